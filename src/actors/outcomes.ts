/** Reads what became of a batch that is in a block: what each of its operations came to. */
import type { Hex, TransactionReceipt } from 'viem'
import { decodeRevert } from '../contracts/reverts.ts'
import type { PlannedCall } from '../domain/batch.ts'
import type { OpEnvelope, OperationId } from '../domain/operation.ts'
import type { Address, Gas, Hash } from '../domain/primitives.ts'
import type { OpStatus } from '../domain/status.ts'
import type { OutcomeInput, OutcomeReport } from '../machines/batchContext.ts'
import { attribute } from '../operations/attribution.ts'
import { toFailure } from '../operations/failure.ts'
import type { RequestStore } from '../store/port.ts'
import { type ChainClient, isStateGone, isUnavailable } from './chainClient.ts'
import { findLanding } from './foreignLandings.ts'
import { receiptOf } from './inclusion.ts'
import type { Simulate } from './simulator.ts'

export interface OutcomeReading {
  readonly client: ChainClient
  readonly simulate: Simulate
  readonly store: Pick<RequestStore, 'envelopes'>
  readonly registry: Address
}

/**
 * Tells each operation's fate from the receipt's logs; for one that failed, why.
 * @throws viem's error when the chain does not answer
 */
export function createOutcomeReader(reading: OutcomeReading) {
  return async ({ plan, inclusion }: OutcomeInput): Promise<OutcomeReport> => {
    const { client, store, registry } = reading
    const [receipt, block] = await Promise.all([
      receiptOf(client, inclusion.txHash),
      client.getBlock({ blockNumber: BigInt(inclusion.blockNumber) }),
    ])
    if (receipt === null || receipt.blockHash !== inclusion.blockHash || block.hash !== receipt.blockHash) {
      return { type: 'orphaned' }
    }
    if (plan === null) return { type: 'settled', statuses: {}, gasUsed: Number(receipt.gasUsed) }
    const envelopes = await store.envelopes(plan.calls.flatMap(({ operations }) => operations))
    const succeeded = attribute(envelopes, receipt.logs, registry)
    const failed = plan.calls.filter(({ operations }) => operations.some((id) => !succeeded.has(id)))
    const reverts = failed.length === 0 ? new Map() : await revertsOf(reading, plan.calls, receipt)
    const landings = await landingsElsewhere(
      reading,
      envelopes.filter(({ id }) => !succeeded.has(id)),
      inclusion.blockNumber,
    )
    return {
      type: 'settled',
      statuses: Object.fromEntries(
        plan.calls.flatMap((call) =>
          call.operations.map((id): [OperationId, OpStatus] => [
            id,
            succeeded.has(id)
              ? finalized(receipt, call, plan.calls)
              : (landings.get(id) ?? failure(call, reverts.get(call) ?? null, receipt.transactionHash)),
          ]),
        ),
      ),
      gasUsed: Number(receipt.gasUsed),
    }
  }
}

/** The fate of those that landed all the same, in somebody else's transaction: it took none of this one's gas. */
async function landingsElsewhere(
  { client, registry }: OutcomeReading,
  envelopes: readonly OpEnvelope[],
  upTo: number,
): Promise<ReadonlyMap<OperationId, OpStatus>> {
  const found = await Promise.all(envelopes.map((envelope) => findLanding(client, registry, envelope, upTo)))
  return new Map(
    envelopes.flatMap(({ id }, index): [OperationId, OpStatus][] => {
      const landing = found[index]
      return landing ? [[id, { type: 'Finalized', ...landing, gasUsed: 0 }]] : []
    }),
  )
}

function finalized(receipt: TransactionReceipt, call: PlannedCall, calls: readonly PlannedCall[]): OpStatus {
  const total = calls.reduce((sum, { gas }) => sum + gas, 0)
  return {
    type: 'Finalized',
    txHash: receipt.transactionHash,
    blockNumber: Number(receipt.blockNumber),
    gasUsed: share(Number(receipt.gasUsed), call, total),
  }
}

/** An operation's part of the transaction's gas: its call's by what the calls took in simulation, split evenly. */
function share(gasUsed: Gas, call: PlannedCall, total: Gas): Gas {
  return Math.round((gasUsed * call.gas) / total / call.operations.length)
}

/**
 * The fate of an operation whose success is not logged. A revert with a reason of its own is final. A fold says nothing
 * of its members, and a call that ran out of gas nothing of its operation: those are tried again.
 */
function failure(call: PlannedCall, revertData: Hex | null, txHash: Hash): OpStatus {
  if (call.operations.length > 1) {
    return { type: 'Evicted', reason: 'DependencyNotReady', nextNonce: null }
  }
  if (revertData === null || revertData === '0x') {
    return { type: 'Evicted', reason: 'GasLimitExceeded', nextNonce: null }
  }
  const reason = toFailure(decodeRevert(revertData), 'execution')
  return reason.type === 'NonceTooHigh'
    ? { type: 'Evicted', reason: 'DependencyNotReady', nextNonce: reason.expected }
    : { type: 'Failed', reason, txHash }
}

/** The revert data of the calls that failed: by trace, or by running them again in the parent's state. */
async function revertsOf(
  { client, simulate }: OutcomeReading,
  calls: readonly PlannedCall[],
  receipt: TransactionReceipt,
): Promise<ReadonlyMap<PlannedCall, Hex>> {
  const reverts = new Map<PlannedCall, Hex>()
  if (receipt.status === 'reverted') return reverts
  const traced = await traceCalls(client, receipt.transactionHash)
  if (traced !== null && traced.length === calls.length) {
    calls.forEach((call, index) => {
      const { error, output } = traced[index] ?? {}
      if (error !== undefined && output !== undefined) reverts.set(call, output)
    })
    return reverts
  }
  const outcomes = await simulateAt(simulate, calls, Number(receipt.blockNumber) - 1)
  calls.forEach((call, index) => {
    const outcome = outcomes[index]
    if (outcome !== undefined && !outcome.success) reverts.set(call, outcome.returnData)
  })
  return reverts
}

/** Runs the calls in an older state; tells nothing where the node does not have that state any more. */
async function simulateAt(simulate: Simulate, calls: readonly PlannedCall[], blockNumber: number) {
  try {
    const again = calls.map(({ target, callData }) => ({ target, callData, isolated: false }))
    return await simulate(again, blockNumber)
  } catch (error) {
    if (isUnavailable(error) && !isStateGone(error)) throw error
    return []
  }
}

interface TracedCall {
  readonly error?: string
  readonly output?: Hex
}

/** The multicall's inner calls as they ran; null where the node does not trace. */
async function traceCalls(client: ChainClient, hash: Hash): Promise<readonly TracedCall[] | null> {
  try {
    const trace = await client.request<{
      Method: 'debug_traceTransaction'
      Parameters: [Hash, { tracer: 'callTracer' }]
      ReturnType: { readonly calls?: readonly TracedCall[] }
    }>({ method: 'debug_traceTransaction', params: [hash, { tracer: 'callTracer' }] })
    return trace.calls ?? []
  } catch (error) {
    if (isUnavailable(error)) throw error
    return null
  }
}
