/** Reads the revert data of the failed calls of an included batch: from a trace, or from a new simulation. */
import type { Hex } from 'viem'
import type { PlannedCall } from '../../domain/batch.ts'
import type { Hash } from '../../domain/primitives.ts'
import { type ChainClient, isTemporary } from '../../rpc/chainClient.ts'
import type { Simulate } from '../simulation/simulationMethods.ts'

/** Revert data of the failed calls. */
export type Reverts = ReadonlyMap<PlannedCall, Hex>

/** @returns null when the node gives no trace */
export async function tracedReverts(
  client: ChainClient,
  calls: readonly PlannedCall[],
  txHash: Hash,
): Promise<Reverts | null> {
  const traced = await traceCalls(client, txHash)
  if (traced?.length !== calls.length) return null
  return new Map(
    calls.flatMap((call, index): [PlannedCall, Hex][] => {
      const { error, output = '0x' } = traced[index] ?? {}
      return error === undefined ? [] : [[call, output]]
    }),
  )
}

/** Where calls are run again. */
export interface State {
  /** State for the calls: after this block. */
  readonly blockHash: Hash
  /** Whether each call runs without the effects of earlier calls. */
  readonly isolated: boolean
}

/**
 * Runs the calls again.
 * @returns the reverts; an empty map when the node has pruned the state
 * @throws viem's error when the chain does not answer
 */
export async function simulatedReverts(
  simulate: Simulate,
  calls: readonly PlannedCall[],
  { blockHash, isolated }: State,
): Promise<Reverts> {
  try {
    const results = await simulate(
      calls.map(({ target, callData }) => ({ target, callData, isolated })),
      blockHash,
    )
    return new Map(
      calls.flatMap((call, index): [PlannedCall, Hex][] => {
        const result = results[index]
        return result === undefined || result.success ? [] : [[call, result.returnData]]
      }),
    )
  } catch (error) {
    if (isTemporary(error)) throw error
    return new Map()
  }
}

interface TracedCall {
  readonly error?: string
  readonly output?: Hex
}

/**
 * The inner calls of the multicall, as executed. Nodes refuse a trace with many errors, and some look like an outage.
 * Every error means "no trace": an outage shows in the next read.
 * @returns null when the node gives no trace
 */
async function traceCalls(client: ChainClient, hash: Hash): Promise<readonly TracedCall[] | null> {
  try {
    const trace = await client.request<{
      Method: 'debug_traceTransaction'
      Parameters: [Hash, { tracer: 'callTracer' }]
      ReturnType: { readonly calls?: readonly TracedCall[] }
    }>({ method: 'debug_traceTransaction', params: [hash, { tracer: 'callTracer' }] })
    return trace.calls ?? []
  } catch {
    return null
  }
}
