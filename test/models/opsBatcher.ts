/** What can happen to the opsBatcher, and what of its context guards look at. */
import { type AnyMachineSnapshot, createActor, type EventObject, type SnapshotFrom } from 'xstate'
import type { QueuedOperation } from '../../src/domain/operation.ts'
import type { OpsBatcherContext, OpsBatcherInput } from '../../src/machines/opsBatcher/context.ts'
import { opsBatcherMachine } from '../../src/machines/opsBatcher/opsBatcher.ts'
import type { PendingBatchOutput } from '../../src/machines/pendingBatch/context.ts'
import { noVerdict } from '../../src/machines/pendingBatch/rules.ts'
import { ACTORS, type OperationsLeft, type OperationsRevived } from '../../src/machines/protocol.ts'
import {
  address,
  batching,
  block,
  chainState,
  gas,
  inclusion,
  op,
  transactions,
} from '../machines/support/samples.ts'
import { START, type Stage } from '../machines/support/stage.ts'
import { after, done, possible } from './support/events.ts'
import { deferredEffects, type Model, pathStage, unanswered } from './support/model.ts'
import type { ModelEvent } from './support/paths.ts'
import { hold, isSameSet } from './support/promises.ts'

/** One batch at a time, so that one id serves for all. */
const BATCH = 'batch-1'
const where = inclusion(`0x${'f'.repeat(64)}`, 19)
const settled = {
  batches: [{ batchId: BATCH, inclusion: where, operations: [op(9)] }],
  operations: [{ operation: op(8), evidenceBlock: where }],
}
const many = [op(1), op(2), op(3), op(4), op(5)]

const EVENTS: readonly ModelEvent[] = [
  { type: 'operations.withdrawn', operations: many, label: 'withdrawn' },
  { type: 'block.observed', head: block(20), chain: chainState(), label: 'block' },
  { type: 'chain.stalled', label: 'stalled' },
  { type: 'chain.followed', label: 'followed' },
  { type: 'wallet.available', label: 'wallet can send' },
  { type: 'wallet.unavailable', label: 'wallet cannot send' },
  { type: 'tick', at: START, label: 'tick' },
  {
    type: 'batch.addressed',
    batchId: BATCH,
    message: { type: 'nonce.next' },
    label: 'a message to the batch',
  },
  { type: 'batch.inclusionChanged', batchId: BATCH, isIncluded: true, label: 'the batch is in a block' },
  { type: 'drain', label: 'drain' },
  after('batchWindow', 'opsBatcher.Collecting'),
]

/** What brings a batch that was not chosen here. */
const ARRIVALS: readonly ModelEvent[] = [
  { type: 'chain.reorged', depth: 1, orphanedFrom: 19, head: block(20), label: 'reorg' },
  { type: 'nonces.missing', nonces: [7], label: 'a nonce is missing' },
]

/** What becomes ready does not ride already. */
function ready({ slots }: OpsBatcherContext): readonly ModelEvent[] {
  const riding = slots.flatMap((slot) => slot?.operations ?? []).map(({ id }) => id)
  const free = many.filter(({ id }) => !riding.includes(id))
  return [
    { type: 'operations.ready', operations: free.slice(0, 1), label: 'ready' },
    { type: 'operations.ready', operations: free, label: 'a batch full is ready' },
  ]
}

/** What a batch does. */
function ofBatch({ slots }: OpsBatcherContext): readonly ModelEvent[] {
  const operations = slots.flatMap((slot) => slot?.operations ?? [])
  const [first] = operations
  const statuses = first === undefined ? {} : { [first.id]: noVerdict }
  const dropped = { batchId: BATCH, operations: operations.slice(0, 1), statuses, evidenceBlock: {} }
  return [
    ...(first === undefined ? [] : [{ type: 'batch.trimmed', ...dropped, label: 'the batch drops one' }]),
    done('slot-0', ended(operations), 'the batch ends'),
  ]
}

function ended(operations: readonly QueuedOperation[]): PendingBatchOutput {
  const timing = { simulationCompletedAt: null, submittedAt: null, totalDuration: 0, resubmissionCount: 0 }
  return {
    batch: {
      ...{ batchId: BATCH, txHash: null, blockNumber: null, gasUsed: 0, statuses: {}, failure: null },
      timing: { createdAt: START, finalizedAt: START, ...timing },
    },
    inclusion: null,
    operations,
    measured: [],
  }
}

function view({ context }: AnyMachineSnapshot): string {
  const { queue, slots, chain, isChainFollowed, isWalletAvailable, batchNumber }: OpsBatcherContext = context
  return JSON.stringify([
    queue.size,
    slots.map((slot) => slot && [slot.isIncluded, slot.gapNonce]),
    chain !== null,
    isChainFollowed,
    isWalletAvailable,
    batchNumber > 0,
  ])
}

function events(snapshot: AnyMachineSnapshot): readonly ModelEvent[] {
  const { slots }: OpsBatcherContext = snapshot.context
  const isBusy = slots.some((slot) => slot !== null)
  // A batch that is in a block no longer holds a permit: another one would take its id.
  const known = EVENTS.filter(
    ({ type }) => type !== 'batch.inclusionChanged' || !snapshot.matches('Throttled'),
  )
  const others = isBusy ? ofBatch(snapshot.context) : ARRIVALS
  return possible(snapshot, [...known, ...ready(snapshot.context), ...others])
}

const input: OpsBatcherInput = {
  batching: { ...batching, maxConcurrentBatches: 1 },
  ...{ transactions, target: address('2'), gas, resumable: [], settled },
  newId: () => BATCH,
  now: () => START,
}

export const opsBatcherModels: readonly [Model] = [
  {
    machine: opsBatcherMachine,
    // On its own it has no parent to tell.
    provided: { actors: unanswered(['pendingBatch']), actions: { reportSettled: () => {} } },
    input,
    events,
    view,
    sent: [
      ...['operations.ready', 'operations.withdrawn', 'block.observed', 'chain.stalled', 'chain.followed'],
      ...['chain.reorged', 'nonces.missing', 'wallet.available', 'wallet.unavailable', 'tick', 'drain'],
      ...['batch.addressed', 'batch.trimmed', 'batch.inclusionChanged'],
    ],
    start(watch) {
      const { stage, ...hands } = pathStage(ACTORS.opsBatcher, watch)
      const effects = deferredEffects(stage, ['slot-0'])
      const actors = { pendingBatch: effects['slot-0'].logic as never }
      const machine = watch.watch(opsBatcherMachine.provide({ actors }))
      const systemId = ACTORS.opsBatcher
      const actor = createActor(machine, { parent: stage.parent, systemId, input }).start()
      return { actor, effects, check: promises(stage, () => actor.getSnapshot()), ...hands }
    },
  },
]

function promises(stage: Stage, read: () => SnapshotFrom<typeof opsBatcherMachine>) {
  let [spawned, wasDraining] = [0, false]
  const held = new Set<string>()
  let told = 0
  return (event: ModelEvent) => {
    const { type } = event
    const { context, value, children } = read()
    const { slots, queue, throttled, isChainFollowed, isWalletAvailable } = context
    for (const [index, slot] of slots.entries()) {
      hold('a slot is taken by a batch that lives', (slot !== null) === `slot-${index}` in children)
    }
    const riding = slots.flatMap((slot) => slot?.operations ?? []).map(({ id }) => id)
    const queued = [...queue].map(({ id }) => id)
    hold(
      'what rides is not queued',
      queued.every((id) => !riding.includes(id)),
    )
    const toTracker = stage.heardBy('nonceTracker').filter(isAboutOperations)
    const revived = toTracker.slice(told).filter(({ type }) => type === 'operations.revived')
    for (const { id } of [event, ...revived].filter(isArrival).flatMap(operationsOf)) held.add(id)
    const gone = [event, ...toTracker.slice(told)].filter(isDeparture).flatMap(operationsOf)
    for (const { id } of gone) if (!riding.includes(id)) held.delete(id)
    told = toTracker.length
    hold('no operation is lost or doubled', isSameSet(held, new Set([...queued, ...riding])))
    hold('it says why it does not send', (throttled !== null) === (value === 'Throttled'))
    const births = stage.emittedOf('batch.spawned').length
    if (births > spawned) {
      hold('it sends only what it can', isChainFollowed && isWalletAvailable && context.chain !== null)
      hold('at most as many batches as permitted are on their way', onTheirWay(context) <= 1)
      hold('who drains begins no batch', !wasDraining && type !== 'drain')
    }
    const ends = stage.heardBy('gateway').filter((message) => message.type === 'batch.settled')
    const isEnd = type === 'xstate.done.actor.slot-0'
    if (isEnd) hold('the end of a batch is told, and its operations go back', ends.length > 0)
    spawned = births
    wasDraining = value === 'Draining' || value === 'Drained'
  }
}

function isAboutOperations(event: EventObject): event is OperationsLeft | OperationsRevived {
  return event.type === 'operations.left' || event.type === 'operations.revived'
}

function isArrival({ type }: EventObject): boolean {
  return type === 'operations.ready' || type === 'operations.revived'
}

function isDeparture({ type }: EventObject): boolean {
  return type === 'operations.withdrawn' || type === 'operations.left'
}

function operationsOf(event: EventObject): readonly QueuedOperation[] {
  return 'operations' in event && Array.isArray(event.operations) ? event.operations : []
}

function onTheirWay({ slots }: OpsBatcherContext): number {
  return slots.filter((slot) => slot !== null && !slot.isIncluded && slot.operations.length > 0).length
}
