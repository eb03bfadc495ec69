/**
 * A simple model of measured gas (test/contracts/registryGas.test.ts, src/policy/gasLimit.ts), close enough that limits
 * apply where they would on the real chain.
 */
import type { Gas, Hex } from '../../../src/domain/primitives.ts'
import type { RegistryCall } from './registryCall.ts'
import type { RegistryState } from './registryState.ts'

/** The base cost of a transaction. Yellow Paper, appendix G. */
const TRANSACTION_GAS = 21_000

/** The overhead of Multicall3, and of each inner call. */
export const MULTICALL_GAS = 8_000
export const MULTICALL_CALL_GAS = 2_600

/** The first write of a transaction to the tree and the counters is cold. */
const COLD_GAS = 170_000
const LEAF_UPDATE_GAS = 320_000
const CREATE_GAS = 330_000
/** All creates of a call share the path to the root. */
const FOLD_GAS = 270_000
const FOLDED_GAS = 84_000
const AUTHENTICATOR_GAS = 23_000
/** A tree node without an earlier write. */
const NEW_NODE_GAS = 17_100

/** The gas of a call that a rule of the registry refuses, and of a view. */
export const REFUSED_GAS = 40_000
const VIEW_GAS = 6_000

/**
 * The gas of a successful call.
 * @param state before the call
 * @param isFirst whether the call is the first write to the registry in the transaction
 */
export function callGas(state: RegistryState, call: RegistryCall, isFirst: boolean): Gas {
  const cold = isFirst ? COLD_GAS : 0
  switch (call.name) {
    case 'createAccount':
      return cold + CREATE_GAS + AUTHENTICATOR_GAS * call.args[1].length + newNodes(state.nextLeafIndex, 1)
    case 'createManyAccounts': {
      const authenticators = call.args[1].reduce((sum, addresses) => sum + addresses.length, 0)
      const count = call.args[0].length
      return (
        cold +
        FOLD_GAS +
        FOLDED_GAS * count +
        AUTHENTICATOR_GAS * authenticators +
        newNodes(state.nextLeafIndex, count)
      )
    }
    case 'insertAuthenticator':
    case 'updateAuthenticator':
    case 'removeAuthenticator':
    case 'recoverAccount':
      return cold + LEAF_UPDATE_GAS
    default:
      return VIEW_GAS
  }
}

/** A leaf at the start of subtrees writes new nodes: as many as trailing zeros in the index. */
function newNodes(first: bigint, count: number): Gas {
  let nodes = 0
  for (let index = Number(first); index < Number(first) + count; index += 1) {
    nodes += 31 - Math.clz32(index & -index)
  }
  return nodes * NEW_NODE_GAS
}

/** The intrinsic cost: the transaction and its calldata (EIP-2028). */
export function intrinsicGas(data: Hex): Gas {
  const { zero, nonZero } = countBytes(data)
  return TRANSACTION_GAS + 4 * zero + 16 * nonZero
}

/** The least cost of calldata (EIP-7623). */
export function floorGas(data: Hex): Gas {
  const { zero, nonZero } = countBytes(data)
  return TRANSACTION_GAS + 10 * zero + 40 * nonZero
}

function countBytes(data: Hex): { readonly zero: number; readonly nonZero: number } {
  let zero = 0
  for (let index = 2; index < data.length; index += 2) {
    if (data.charCodeAt(index) === 48 && data.charCodeAt(index + 1) === 48) zero += 1
  }
  return { zero, nonZero: (data.length - 2) / 2 - zero }
}
