/** Converts events of the gateway to facts of the live view. Payloads are left out. A finalized operation has no separate fact. */
import type { Fact, Outcome } from '../../inspector/src/wire.ts'
import type { FinalizedBatch } from '../domain/batch.ts'
import type { GatewayEvent } from '../domain/events.ts'
import type { DecodedRevert, FailureReason, OpStatus } from '../domain/status.ts'
import { firstLine, shorten } from './text.ts'

/** @returns null if the event is only counted */
export function factOf(event: GatewayEvent): Fact | null {
  switch (event.type) {
    case 'batch.spawned':
      return { ...event, operations: event.operations.length }
    case 'batch.submitted':
    case 'batch.included': {
      const { operations: _, ...fact } = event
      return fact
    }
    case 'batch.simulated':
    case 'batch.resubmitted':
    case 'endpoint.suspected':
    case 'batch.reorged':
    case 'batch.revived':
    case 'batch.displaced':
    case 'operation.refused':
    case 'operation.revived':
    case 'chain.reorged':
    case 'chain.followed':
    case 'batcher.throttled':
    case 'departure.judged':
    case 'wallet.foreignTransactions':
    case 'wallet.healing':
    case 'failure.ended':
      return event
    case 'chain.stalled':
    case 'store.failing':
      return { ...event, message: firstLine(event.message) }
    case 'wallet.stopped':
      return { type: event.type, reason: firstLine(event.reason), at: event.at }
    case 'failure.persisted':
      return { ...event, reason: firstLine(event.reason) }
    case 'transaction.refused':
    case 'broadcast.contradicted':
      return { ...event, words: firstLine(event.words) }
    case 'actor.crashed': {
      const { type, actor, message, restarts, at } = event
      return { type, actor, message: firstLine(message), restarts, at }
    }
    case 'endpoint.changed': {
      const { message } = event
      return { ...event, message: message === null ? null : firstLine(message) }
    }
    case 'batch.finalized':
    case 'batch.failed':
      return { type: event.type, ...settledBatch(event.batch), at: event.at }
    case 'operation.settled': {
      const { id, kind, status, receivedAt, at } = event
      if (status.type !== 'Failed') return null
      return { type: 'operation.failed', id, kind, reason: reasonOf(status.reason), receivedAt, at }
    }
    case 'block.observed': {
      const { number, hash, baseFee, gasUsed, gasLimit, seenAt } = event.head
      const { baseFeeEma } = event.chain
      return { type: event.type, number, hash, baseFee, baseFeeEma, gasUsed, gasLimit, at: seenAt }
    }
    default:
      return null
  }
}

function settledBatch({ batchId, txHash, blockNumber, gasUsed, statuses, timing, failure }: FinalizedBatch) {
  const { createdAt, simulationCompletedAt, submittedAt, finalizedAt, resubmissionCount } = timing
  return {
    batchId,
    txHash,
    blockNumber,
    gasUsed,
    outcomes: outcomesOf(statuses),
    createdAt,
    simulationCompletedAt,
    submittedAt,
    finalizedAt,
    resubmissionCount,
    failure,
  }
}

/** The status of each operation, by operation id. */
export function outcomesOf(statuses: Readonly<Record<string, OpStatus>>): Readonly<Record<string, Outcome>> {
  return Object.fromEntries(Object.entries(statuses).map(([id, status]) => [id, outcomeOf(status)]))
}

function outcomeOf(status: OpStatus): Outcome {
  switch (status.type) {
    case 'Finalized':
      return { type: 'Finalized', reason: null }
    case 'Failed':
      return { type: 'Failed', reason: reasonOf(status.reason) }
    case 'Evicted':
      return { type: 'Evicted', reason: status.reason }
  }
}

function reasonOf(reason: FailureReason): string {
  switch (reason.type) {
    case 'SimulationReverted':
    case 'ContractError':
      return revertOf(reason.revert)
    case 'ExecutionReverted':
      return reason.revert === null ? reason.type : revertOf(reason.revert)
    case 'NonceTooLow':
    case 'NonceTooHigh':
      return `${reason.type}(${reason.expected})`
    case 'Unknown':
      return firstLine(reason.message)
    default:
      return reason.type
  }
}

/** The error name with its arguments. A long text is shortened. */
function revertOf({ name, args, data }: DecodedRevert): string {
  return shorten(name === 'Unknown' ? `Unknown(${data})` : `${name}(${args.join(', ')})`)
}
