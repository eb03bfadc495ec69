/**
 * The fees that a rollup of the OP stack takes on top of the gas: for the data on L1, and for the operator. The pools of
 * such a rollup require a balance that covers both fees.
 */
import { BaseError, type Hex, parseAbi } from 'viem'
import type { Gas } from '../../domain/primitives.ts'
import { type ChainClient, isUnavailable } from '../../rpc/chainClient.ts'

/** The predeployed contract GasPriceOracle. */
export const GAS_PRICE_ORACLE = '0x420000000000000000000000000000000000000F'

const oracle = {
  address: GAS_PRICE_ORACLE,
  abi: parseAbi([
    'function getL1FeeUpperBound(uint256 unsignedTxSize) view returns (uint256)',
    'function getL1Fee(bytes unsignedTx) view returns (uint256)',
    'function getOperatorFee(uint256 gas) view returns (uint256)',
  ]),
} as const

/** Largest size of the fields of an unsigned transaction without its calldata. */
const FIELD_BYTES = 100

export interface RollupTransaction {
  readonly data: Hex
  readonly gasLimit: Gas
}

/** @returns the highest fee in wei; zero on other chains. @throws viem's error when the chain does not answer */
export type ReadRollupFee = (client: ChainClient, transaction: RollupTransaction) => Promise<bigint>

/** The chain is asked once whether it has the contract. */
export function createRollupFees(): ReadRollupFee {
  let hasOracle: boolean | null = null
  return async (client, { data, gasLimit }) => {
    hasOracle ??= ((await client.getCode({ address: GAS_PRICE_ORACLE })) ?? '0x') !== '0x'
    if (!hasOracle) return 0n
    const [dataFee, operatorFee] = await Promise.all([
      readDataFee(client, data),
      // Exists since the upgrade Isthmus.
      ifDefined(client.readContract({ ...oracle, functionName: 'getOperatorFee', args: [BigInt(gasLimit)] })),
    ])
    return dataFee + (operatorFee ?? 0n)
  }
}

/** The upper bound by size exists since the upgrade Fjord; before, the contract takes the bytes. */
async function readDataFee(client: ChainClient, data: Hex): Promise<bigint> {
  const size = BigInt(FIELD_BYTES + (data.length - 2) / 2)
  const bound = await ifDefined(
    client.readContract({ ...oracle, functionName: 'getL1FeeUpperBound', args: [size] }),
  )
  if (bound !== null) return bound
  const bytes: Hex = `0x${'ff'.repeat(FIELD_BYTES)}${data.slice(2)}`
  const fee = await ifDefined(client.readContract({ ...oracle, functionName: 'getL1Fee', args: [bytes] }))
  return fee ?? 0n
}

/** @returns null if the contract lacks the function. @throws viem's error when the chain does not answer */
async function ifDefined(reading: Promise<bigint>): Promise<bigint | null> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof BaseError && !isUnavailable(error)) return null
    throw error
  }
}
