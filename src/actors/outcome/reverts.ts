/** Reads how the calls of an included batch ended: from a trace, or from a new simulation. */
import type { Hex, TransactionReceipt } from 'viem'
import type { PlannedCall } from '../../domain/batch.ts'
import type { Gas, Hash } from '../../domain/primitives.ts'
import { type ChainClient, isTemporary } from '../../rpc/chainClient.ts'
import type { Simulate } from '../simulation/simulationMethods.ts'
import { ContradictionError } from './contradictions.ts'

/** How a call failed. */
export interface Revert {
  /** `0x` when the call ran out of gas, and when the data is unknown. */
  readonly data: Hex
  /** Gas of the call in a trace; null without a trace. */
  readonly gas: TracedGas | null
}

interface TracedGas {
  /** Gas that the call got. */
  readonly given: Gas
  readonly used: Gas
}

/** The failed calls. */
export type Reverts = ReadonlyMap<PlannedCall, Revert>

/**
 * The failed calls by a trace of the transaction. If the transaction reverted, every call has failed, and a call that did
 * not run has no gas.
 * @returns null when the node gives no trace
 * @throws ContradictionError when trace and receipt disagree about the success of the transaction
 */
export async function tracedReverts(
  client: ChainClient,
  calls: readonly PlannedCall[],
  { transactionHash, status }: Pick<TransactionReceipt, 'transactionHash' | 'status'>,
): Promise<Reverts | null> {
  const trace = await traceTransaction(client, transactionHash)
  if (trace === null) return null
  const isReverted = status === 'reverted'
  if ((trace.error !== undefined) !== isReverted) {
    throw new ContradictionError(transactionHash, 'its trace and its receipt have different results')
  }
  const traced = trace.calls ?? []
  if (!isReverted && traced.length !== calls.length) return null
  return new Map(
    calls.flatMap((call, index): [PlannedCall, Revert][] => {
      const { error, output = '0x', ...gas } = traced[index] ?? {}
      if (isReverted) return [[call, { data: '0x', gas: toGas(gas) }]]
      return error === undefined ? [] : [[call, { data: output, gas: toGas(gas) }]]
    }),
  )
}

/**
 * Runs the calls again in the state after a block.
 * @returns the failed calls; an empty map when the node has pruned the state
 * @throws viem's error when the chain does not answer
 */
export async function simulatedReverts(
  simulate: Simulate,
  calls: readonly PlannedCall[],
  blockHash: Hash,
): Promise<Reverts> {
  try {
    const results = await simulate(
      calls.map(({ target, callData }) => ({ target, callData, isolated: false })),
      blockHash,
    )
    return new Map(
      calls.flatMap((call, index): [PlannedCall, Revert][] => {
        const result = results[index]
        return result === undefined || result.success ? [] : [[call, { data: result.returnData, gas: null }]]
      }),
    )
  } catch (error) {
    if (isTemporary(error)) throw error
    return new Map()
  }
}

interface Frame {
  readonly error?: string
  readonly output?: Hex
  readonly gas?: Hex
  readonly gasUsed?: Hex
}

/** A trace of `callTracer`: the transaction, with the inner calls of the multicall. */
interface Trace extends Frame {
  readonly calls?: readonly Frame[]
}

function toGas({ gas, gasUsed }: Pick<Frame, 'gas' | 'gasUsed'>): TracedGas | null {
  return gas === undefined || gasUsed === undefined ? null : { given: Number(gas), used: Number(gasUsed) }
}

/**
 * The transaction as executed. Nodes refuse a trace with many errors, and some look like an outage. Every error means "no
 * trace": an outage shows in the next read.
 * @returns null when the node gives no trace
 */
export async function traceTransaction(client: ChainClient, hash: Hash): Promise<Trace | null> {
  try {
    return await client.request<{
      Method: 'debug_traceTransaction'
      Parameters: [Hash, { tracer: 'callTracer' }]
      ReturnType: Trace | null
    }>({ method: 'debug_traceTransaction', params: [hash, { tracer: 'callTracer' }] })
  } catch {
    return null
  }
}
