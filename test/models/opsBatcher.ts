/** Events of the opsBatcher, and the part of its context that the guards read. */
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

/** At most one batch is in flight, so a single id is enough. */
const BATCH = 'batch-1'
const where = inclusion(`0x${'f'.repeat(64)}`, 19)
const settled = {
  batches: [{ batchId: BATCH, inclusion: where, operations: [op(9)] }],
  operations: [{ operation: op(8), evidenceBlock: where }],
}
const many = [op(1), op(2), op(3), op(4), op(5)]

/** The next block is far enough for a batch to wait. */
const predicted = chainState({
  nextBlock: { blockNumber: 21, expectedAt: START + 1_500, blockTime: 2_000 },
})

const EVENTS: readonly ModelEvent[] = [
  { type: 'operations.withdrawn', operations: many, label: 'withdrawn' },
  { type: 'block.observed', head: block(20), chain: chainState(), label: 'block' },
  { type: 'tags.observed', tags: { safe: 19, finalized: null }, label: 'tags' },
  { type: 'block.observed', head: block(20), chain: predicted, label: 'a block of a regular chain' },
  { type: 'chain.stalled', label: 'stalled' },
  { type: 'chain.followed', label: 'followed' },
  { type: 'wallet.available', label: 'wallet available' },
  { type: 'wallet.unavailable', label: 'wallet unavailable' },
  { type: 'tick', at: START, label: 'tick' },
  {
    type: 'batch.addressed',
    batchId: BATCH,
    message: { type: 'nonce.next' },
    label: 'a message to the batch',
  },
  { type: 'batch.broadcast', batchId: BATCH, gasLimit: 500_000, label: 'the batch is broadcast' },
  {
    type: 'batch.inclusionChanged',
    batchId: BATCH,
    isIncluded: true,
    blockNumber: 2,
    label: 'the batch is included',
  },
  { type: 'account.limited', batchId: BATCH, label: 'the account is limited' },
  { type: 'drain', label: 'drain' },
  after('batchWindow', 'opsBatcher.Collecting'),
]

/** Events that start a batch without a selection. */
const ARRIVALS: readonly ModelEvent[] = [
  { type: 'chain.reorged', depth: 1, orphanedFrom: 19, head: block(20), label: 'reorg' },
  { type: 'nonces.missing', nonces: [7], label: 'a nonce gap' },
]

/** An operation in a batch does not become ready. */
function ready({ slots }: OpsBatcherContext): readonly ModelEvent[] {
  const inBatches = slots.flatMap((slot) => slot?.operations ?? []).map(({ id }) => id)
  const free = many.filter(({ id }) => !inBatches.includes(id))
  return [
    { type: 'operations.ready', operations: free.slice(0, 1), label: 'ready' },
    { type: 'operations.ready', operations: free, label: 'a full batch is ready' },
  ]
}

/** Events of a batch. */
function batchEvents({ slots }: OpsBatcherContext): readonly ModelEvent[] {
  const operations = slots.flatMap((slot) => slot?.operations ?? [])
  const [first] = operations
  const statuses = first === undefined ? {} : { [first.id]: noVerdict }
  const trimmed = { batchId: BATCH, operations: operations.slice(0, 1), statuses, evidenceBlock: {} }
  return [
    ...(first === undefined ? [] : [{ type: 'batch.trimmed', ...trimmed, label: 'the batch is trimmed' }]),
    done('slot-0', output(operations), 'the batch is settled'),
  ]
}

function output(operations: readonly QueuedOperation[]): PendingBatchOutput {
  const timing = { simulationCompletedAt: null, submittedAt: null, totalDuration: 0, resubmissionCount: 0 }
  return {
    batch: {
      ...{ batchId: BATCH, txHash: null, blockNumber: null, gasUsed: 0, statuses: {}, failure: null },
      timing: { createdAt: START, finalizedAt: START, ...timing },
    },
    inclusion: null,
    operations,
    measured: [],
    usage: null,
  }
}

function view({ context }: AnyMachineSnapshot): string {
  const { queue, slots, chain, isChainFollowed, isWalletAvailable, batchNumber }: OpsBatcherContext = context
  const { sizeFactor, lead }: OpsBatcherContext = context
  const nextBlock = (chain?.nextBlock ?? null) !== null
  return JSON.stringify([
    queue.size,
    slots.map((slot) => slot && [slot.isIncluded, slot.gapNonce, slot.isAccountLimited]),
    chain !== null,
    isChainFollowed,
    isWalletAvailable,
    sizeFactor,
    batchNumber > 0,
    lead !== null,
    nextBlock,
  ])
}

function events(snapshot: AnyMachineSnapshot): readonly ModelEvent[] {
  const { slots }: OpsBatcherContext = snapshot.context
  const isBusy = slots.some((slot) => slot !== null)
  // An included batch holds no permit. A second batch would reuse the id.
  const known = EVENTS.filter(
    ({ type }) => type !== 'batch.inclusionChanged' || !snapshot.matches('Throttled'),
  )
  const others = isBusy ? batchEvents(snapshot.context) : ARRIVALS
  return possible(snapshot, [...known, ...ready(snapshot.context), ...others])
}

const input: OpsBatcherInput = {
  batching: { ...batching, batchWindow: 'auto', maxConcurrentBatches: 1 },
  ...{ transactions, target: address('2'), gas, resumable: [], settled },
  newId: () => BATCH,
  now: () => START,
}

export const opsBatcherModels: readonly [Model] = [
  {
    machine: opsBatcherMachine,
    // The machine runs alone, without a gateway.
    provided: { actors: unanswered(['pendingBatch']), actions: { reportSettled: () => {} } },
    input,
    events,
    view,
    sent: [
      ...['operations.ready', 'operations.withdrawn', 'block.observed', 'chain.stalled', 'chain.followed'],
      ...[
        'chain.reorged',
        'tags.observed',
        'nonces.missing',
        'wallet.available',
        'wallet.unavailable',
        'tick',
        'drain',
      ],
      ...['batch.addressed', 'batch.trimmed', 'batch.broadcast', 'batch.inclusionChanged', 'account.limited'],
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
  let seen = 0
  return (event: ModelEvent) => {
    const { type } = event
    const { context, value, children } = read()
    const { slots, queue, throttled, isChainFollowed, isWalletAvailable } = context
    for (const [index, slot] of slots.entries()) {
      hold(
        'a slot is taken exactly while its batch is in flight',
        (slot !== null) === `slot-${index}` in children,
      )
    }
    const inBatches = slots.flatMap((slot) => slot?.operations ?? []).map(({ id }) => id)
    const queued = [...queue].map(({ id }) => id)
    hold(
      'an operation in a batch is not queued',
      queued.every((id) => !inBatches.includes(id)),
    )
    const toTracker = stage.receivedBy('nonceTracker').filter(isAboutOperations)
    const revived = toTracker.slice(seen).filter(({ type }) => type === 'operations.revived')
    for (const { id } of [event, ...revived].filter(isArrival).flatMap(operationsOf)) held.add(id)
    const departed = [event, ...toTracker.slice(seen)].filter(isDeparture).flatMap(operationsOf)
    for (const { id } of departed) if (!inBatches.includes(id)) held.delete(id)
    seen = toTracker.length
    hold('no operation is lost or duplicated', isSameSet(held, new Set([...queued, ...inBatches])))
    hold('the throttle reason is set exactly in Throttled', (throttled !== null) === (value === 'Throttled'))
    const spawnedNow = stage.emittedOf('batch.spawned').length
    if (spawnedNow > spawned) {
      hold(
        'a batch is spawned only with the chain and the wallet available',
        isChainFollowed && isWalletAvailable && context.chain !== null,
      )
      hold('at most as many batches as permits are not included', countNotIncluded(context) <= 1)
      hold('no batch is spawned while the batcher drains', !wasDraining && type !== 'drain')
    }
    const reports = stage.receivedBy('gateway').filter((message) => message.type === 'batch.settled')
    const isSettled = type === 'xstate.done.actor.slot-0'
    if (isSettled) hold('the gateway learns of each settled batch', reports.length > 0)
    spawned = spawnedNow
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

function countNotIncluded({ slots }: OpsBatcherContext): number {
  return slots.filter((slot) => slot !== null && !slot.isIncluded && slot.operations.length > 0).length
}
