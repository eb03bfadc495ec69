/** The registry on a new chain, and functions to encode, sign and send calls. */
import {
  BaseError,
  encodeFunctionData,
  isHex,
  RpcRequestError,
  type TransactionReceipt,
  toHex,
  zeroAddress,
} from 'viem'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { WorldIDRegistry } from '../../contracts/artifacts/WorldIDRegistry.ts'
import type { RegistryVersion } from '../../src/devnet/deploy.ts'
import type { Address, Hex } from '../../src/domain/primitives.ts'
import { multicallAbi } from '../../src/evm/multicall.ts'
import { registryFunctions } from '../../src/registry/worldId/abi.ts'
import { registryCall } from '../../src/registry/worldId/calls.ts'
import type { OperationOf, WorldIdKind } from '../../src/registry/worldId/operations.ts'
import { decodeRevert } from '../../src/registry/worldId/reverts.ts'
import { registryDigest, registryDomain } from '../../src/registry/worldId/typedData.ts'
import { startTestChain } from '../support/chain.ts'

/** Deviations from the default fields below. A given signature is not replaced. */
type Changes<K extends WorldIdKind> = Partial<Omit<OperationOf<K>, 'kind'>>

export type NewAccount = Omit<OperationOf<'create_account'>, 'kind'>

/** An operation of an account, in order. */
type Turn = Pick<OperationOf<'insert_authenticator'>, 'leafIndex' | 'nonce'>

export type RegistryFixture = Awaited<ReturnType<typeof startRegistry>>

const digestOfInsert = registryDigest('InsertAuthenticator')
const digestOfUpdate = registryDigest('UpdateAuthenticator')
const digestOfRemove = registryDigest('RemoveAuthenticator')
const digestOfRecover = registryDigest('RecoverAccount')
const digestOfNewAgent = registryDigest('InitiateRecoveryAgentUpdate')
const digestOfOldAgent = registryDigest('CancelRecoveryAgentUpdate')

/** The default fields: the first operation of account 1, with a change of the commitment from 1 to 2. */
const FIRST = {
  leafIndex: '0x1',
  nonce: '0x0',
  oldOffchainSignerCommitment: '0x1',
  newOffchainSignerCommitment: '0x2',
} as const

/** The n-th test key. */
export function signer(n: number): PrivateKeyAccount {
  return privateKeyToAccount(toHex(n, { size: 32 }))
}

/** An account with commitment 1 and one authenticator: the n-th key. Without a recovery address. */
export function newAccount(n: number, changes: Changes<'create_account'> = {}): NewAccount {
  return {
    recoveryAddress: zeroAddress,
    authenticatorAddresses: [signer(n).address],
    authenticatorPubkeys: ['0x7'],
    offchainSignerCommitment: '0x1',
    ...changes,
  }
}

/** Calldata of a single create. */
export const create = registryCall('createAccount')

/** Calldata of a fold: creates all accounts in one call. */
export function createMany(accounts: readonly NewAccount[]): Hex {
  return encodeFunctionData({
    abi: registryFunctions,
    functionName: 'createManyAccounts',
    args: [
      accounts.map((account) => account.recoveryAddress),
      accounts.map((account) => account.authenticatorAddresses),
      accounts.map((account) => account.authenticatorPubkeys.map(BigInt)),
      accounts.map((account) => BigInt(account.offchainSignerCommitment)),
    ],
  })
}

/** The functions that set a recovery agent, by version. */
const NEW_AGENT = { v1: 'initiateRecoveryAgentUpdate', v2: 'updateRecoveryAgent' } as const
/** The functions that keep the old recovery agent, by version. */
const OLD_AGENT = { v1: 'cancelRecoveryAgentUpdate', v2: 'revertRecoveryAgentUpdate' } as const

/** Starts a chain; the caller stops it. */
export async function startRegistry(registryVersion: RegistryVersion = 'v1') {
  const chain = await startTestChain({ registryVersion })
  const { client, registryAddress, multicallAddress } = chain
  const domain = registryDomain(chain.chainId, registryAddress)
  const registry = { address: registryAddress, abi: registryFunctions } as const

  /** Mines a transaction, also a reverting transaction: the gas limit is fixed, not estimated. */
  const send = (data: Hex, to = registryAddress): Promise<TransactionReceipt> =>
    client.sendTransactionSync({ to, data, gas: 40_000_000n, throwOnReceiptRevert: false })

  return {
    chain,
    client,
    domain,
    registry,
    send,

    /** Mines the calls in a single transaction through Multicall3. */
    sendAll(calls: readonly Hex[], allowFailure = false): Promise<TransactionReceipt> {
      const args = [calls.map((callData) => ({ target: registryAddress, allowFailure, callData }))] as const
      return send(
        encodeFunctionData({ abi: multicallAbi, functionName: 'aggregate3', args }),
        multicallAddress,
      )
    },

    /** The error of a call in simulation, e.g. `ZeroAddress()`; null if the call would succeed. */
    async refusal(data: Hex): Promise<string | null> {
      try {
        await client.call({ to: registryAddress, data })
        return null
      } catch (error) {
        const { name, args } = decodeRevert(revertData(error))
        return `${name}(${args.join(', ')})`
      }
    },

    async insert(by: PrivateKeyAccount, changes: Changes<'insert_authenticator'> = {}): Promise<Hex> {
      const slot = {
        newAuthenticatorAddress: signer(1000).address,
        pubkeyId: 1,
        newAuthenticatorPubkey: '0x8',
      } as const
      const fields = { ...FIRST, ...slot, ...changes }
      const signature = await by.sign({ hash: digestOfInsert(fields, domain) })
      return registryCall('insertAuthenticator')({ signature, ...fields })
    },

    async update(by: PrivateKeyAccount, changes: Changes<'update_authenticator'> = {}): Promise<Hex> {
      const slot = {
        newAuthenticatorAddress: signer(1000).address,
        pubkeyId: 0,
        newAuthenticatorPubkey: '0x8',
      } as const
      const fields = { ...FIRST, ...slot, oldAuthenticatorAddress: by.address, ...changes }
      const signature = await by.sign({ hash: digestOfUpdate(fields, domain) })
      return registryCall('updateAuthenticator')({ signature, ...fields })
    },

    async remove(by: PrivateKeyAccount, changes: Changes<'remove_authenticator'> = {}): Promise<Hex> {
      const slot = { authenticatorAddress: by.address, pubkeyId: 0, authenticatorPubkey: '0x7' } as const
      const fields = { ...FIRST, ...slot, ...changes }
      const signature = await by.sign({ hash: digestOfRemove(fields, domain) })
      return registryCall('removeAuthenticator')({ signature, ...fields })
    },

    async recover(by: PrivateKeyAccount, changes: Changes<'recover_account'> = {}): Promise<Hex> {
      const slot = { newAuthenticatorAddress: signer(1000).address, newAuthenticatorPubkey: '0x8' } as const
      const fields = { ...FIRST, ...slot, ...changes }
      const signature = await by.sign({ hash: digestOfRecover(fields, domain) })
      return registryCall('recoverAccount')({ signature, ...fields })
    },

    /** The announcement of a recovery agent on version 1, its update on version 2. */
    async setAgent(by: PrivateKeyAccount, agent: Address, { leafIndex, nonce }: Turn = FIRST): Promise<Hex> {
      const fields = { leafIndex, nonce, newRecoveryAgent: agent }
      const signature = await by.sign({ hash: digestOfNewAgent(fields, domain) })
      return registryCall(NEW_AGENT[registryVersion])({ signature, ...fields })
    },

    /** The withdrawal of `setAgent`. */
    async keepAgent(by: PrivateKeyAccount, { leafIndex, nonce }: Turn): Promise<Hex> {
      const fields = { leafIndex, nonce }
      const signature = await by.sign({ hash: digestOfOldAgent(fields, domain) })
      return registryCall(OLD_AGENT[registryVersion])({ signature, ...fields })
    },

    /** Calls a function of the owner. */
    async own(data: Hex): Promise<TransactionReceipt> {
      const owner = await client.readContract({
        address: registryAddress,
        abi: WorldIDRegistry.abi,
        functionName: 'owner',
      })
      return client.sendTransactionSync({ account: owner, to: registryAddress, data, gas: 8_000_000n })
    },

    /** Mines an empty block some seconds after the newest. */
    async pass(seconds: number): Promise<void> {
      await client.increaseTime({ seconds })
      await client.mine({ blocks: 1 })
    },
  }
}

/** The revert data of a failed `eth_call`. */
function revertData(error: unknown): Hex {
  const cause = error instanceof BaseError ? error.walk((inner) => inner instanceof RpcRequestError) : null
  if (!(cause instanceof RpcRequestError) || !isHex(cause.data)) throw error
  return cause.data
}
