/** A nonceTracker on a stage, with operations and statuses for tests. */
import { createActor } from 'xstate'
import type { QueuedOperation } from '../../../src/domain/operation.ts'
import type { OpStatus } from '../../../src/domain/status.ts'
import type { NonceTrackerInput } from '../../../src/machines/nonceTracker/context.ts'
import { nonceTrackerMachine } from '../../../src/machines/nonceTracker/nonceTracker.ts'
import { ACTORS } from '../../../src/machines/protocol.ts'
import { batching, envelope, hash, inLane } from './samples.ts'
import { Stage } from './stage.ts'

export const LANE_TIMEOUT = 60_000
export const OPERATION_DEADLINE = 60 * LANE_TIMEOUT
export const MAX_TRIES = 3

export function setting(known: Partial<NonceTrackerInput> = {}) {
  const stage = new Stage(ACTORS.nonceTracker)
  const tracker = createActor(nonceTrackerMachine, {
    parent: stage.parent,
    systemId: ACTORS.nonceTracker,
    input: {
      queued: [],
      inBatches: [],
      orphaned: [],
      nextSequence: 1,
      limits: batching.limits,
      laneTimeout: LANE_TIMEOUT,
      operationDeadline: OPERATION_DEADLINE,
      maxTries: MAX_TRIES,
      now: stage.now,
      ...known,
    },
  }).start()
  const submit = (operation: QueuedOperation, chainNonce: number | null = null) =>
    tracker.send({ type: 'operation.submitted', envelope: envelope(operation), chainNonce })
  const record = (operation: QueuedOperation) =>
    tracker.send({ type: 'operations.recorded', ids: [operation.id] })
  const admitAll = (operations: readonly QueuedOperation[], chainNonce: number | null = null) => {
    for (const operation of operations) {
      submit(operation, chainNonce)
      record(operation)
    }
    stage.clear()
  }
  const settle = (...results: readonly (readonly [QueuedOperation, OpStatus | null])[]) =>
    tracker.send({
      type: 'operations.left',
      operations: results.map(([operation]) => operation),
      statuses: Object.fromEntries(
        results.flatMap(([{ id }, status]) => (status === null ? [] : [[id, status]])),
      ),
    })
  const tick = () => tracker.send({ type: 'tick', at: stage.now() })
  const revive = (...operations: QueuedOperation[]) =>
    tracker.send({ type: 'operations.revived', operations })
  return { stage, tracker, submit, record, admitAll, settle, tick, revive }
}

export const third = inLane(1, 'a', 3)
export const fourth = inLane(2, 'a', 4)
export const fifth = inLane(3, 'a', 5)

export const finalized: OpStatus = { type: 'Finalized', txHash: hash('f'), blockNumber: 9, gasUsed: 1 }
export const failed: OpStatus = { type: 'Failed', reason: { type: 'InvalidSignature' }, txHash: null }
export const evicted = (
  nextNonce: number | null = null,
  reason: Extract<OpStatus, { type: 'Evicted' }>['reason'] = 'DependencyNotReady',
): OpStatus => ({ type: 'Evicted', reason, nextNonce })
/** The only eviction with a charge to the operation. */
export const outOfGas = evicted(null, 'GasLimitExceeded')
export const ready = (...operations: QueuedOperation[]) => ({ type: 'operations.ready', operations })
export const withdrawn = (...operations: QueuedOperation[]) => ({ type: 'operations.withdrawn', operations })
