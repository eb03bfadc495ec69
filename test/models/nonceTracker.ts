/** Events of the nonceTracker. The machine has no guards, because the lane rules are pure functions. */
import { createActor } from 'xstate'
import type { StoreWrite } from '../../src/domain/writes.ts'
import type { NonceTrackerInput } from '../../src/machines/nonceTracker/context.ts'
import { nonceTrackerMachine } from '../../src/machines/nonceTracker/nonceTracker.ts'
import { ACTORS, type OperationsReady, type RecordRequested } from '../../src/machines/protocol.ts'
import { batching, envelope, inclusion, inLane } from '../machines/support/samples.ts'
import { START } from '../machines/support/stage.ts'
import { possible } from './support/events.ts'
import { type Model, pathStage } from './support/model.ts'
import type { ModelEvent } from './support/paths.ts'
import { hold } from './support/promises.ts'

/** The first operation of the lane is queued since the last run, and the next one is submitted. */
const queued = inLane(1, 'a', 3)
const submitted = inLane(2, 'a', 4)
/** It has the position of an operation that a reorg may bring back. */
const arrived = inLane(3, 'a', 2)

const EVENTS: readonly ModelEvent[] = [
  { type: 'operation.submitted', envelope: envelope(submitted), chainNonce: 3, label: 'submitted' },
  {
    type: 'operations.arrived',
    arrivals: [{ envelope: envelope(arrived), chainNonce: 3 }],
    label: 'stored by another process',
  },
  { type: 'operations.recorded', ids: [submitted.id], label: 'on disk' },
  { type: 'record.failed', token: submitted.id, message: 'no', label: 'not stored' },
  { type: 'operations.left', operations: [queued], statuses: {}, label: 'the first is evicted' },
  {
    type: 'operations.expired',
    operations: [queued],
    reason: { type: 'InsufficientBalance' },
    label: 'the first has passed its deadline',
  },
  { type: 'operations.revived', operations: [inLane(0, 'a', 2)], label: 'one of an orphaned block' },
  {
    type: 'operations.requeued',
    settled: [{ operation: inLane(9, 'a', 2), evidenceBlock: inclusion(`0x${'f'.repeat(64)}`, 19) }],
    label: 'one that was settled without a transaction',
  },
  { type: 'tick', at: START + 1, label: 'tick' },
]

function isArrival(write: StoreWrite | undefined): boolean {
  return write?.type === 'operation.accepted' && write.hasArrived === true
}

const input: NonceTrackerInput = {
  ...{ queued: [queued], inBatches: [], orphaned: [], nextSequence: 2 },
  limits: batching.limits,
  ...{ laneTimeout: batching.laneTimeout, operationDeadline: batching.operationDeadline },
  ...{ maxTries: batching.maxTries, now: () => START },
}

export const nonceTrackerModels: readonly [Model] = [
  {
    machine: nonceTrackerMachine,
    input,
    events: (snapshot) => possible(snapshot, EVENTS),
    view: () => '',
    sent: EVENTS.map(({ type }) => type),
    start(watch) {
      const { stage, ...hands } = pathStage(ACTORS.nonceTracker, watch)
      const machine = watch.watch(nonceTrackerMachine.provide({}))
      const systemId = ACTORS.nonceTracker
      const actor = createActor(machine, { parent: stage.parent, systemId, input }).start()
      let isRecorded = false
      let arrivals = 0
      const check = ({ type }: ModelEvent) => {
        isRecorded ||= type === 'operations.recorded'
        const ready = stage.received<OperationsReady>('opsBatcher', 'operations.ready')
        const ids = ready.flatMap(({ operations }) => operations).map(({ id }) => id)
        const records = stage.received<RecordRequested>('requestTracker', 'record.requested')
        const stored = records.filter(({ writes: [write] }) => isArrival(write))
        if (type === 'operations.arrived') arrivals += 1
        hold('an operation that has arrived is admitted, or fails', stored.length === arrivals)
        hold('an operation is ready only if on disk', isRecorded || !ids.includes(submitted.id))
      }
      return { actor, effects: {}, check, ...hands }
    },
  },
]
