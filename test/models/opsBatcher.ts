/** What can happen to the opsBatcher, and what of its context guards look at. */
import { type AnyMachineSnapshot, createActor } from 'xstate'
import type { PendingBatchOutput } from '../../src/machines/batchContext.ts'
import {
  type OpsBatcherContext,
  type OpsBatcherInput,
  opsBatcherMachine,
} from '../../src/machines/opsBatcher.ts'
import { ACTORS } from '../../src/machines/protocol.ts'
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
import { START, Stage } from '../machines/support/stage.ts'
import { after, done, possible } from './support/events.ts'
import { deferredEffects, type Model } from './support/model.ts'
import type { ModelEvent } from './support/paths.ts'

/** One batch at a time, so that one id serves for all. */
const BATCH = 'batch-1'
const settled = { batchId: BATCH, inclusion: inclusion(`0x${'f'.repeat(64)}`, 19), operations: [op(9)] }
const many = [op(1), op(2), op(3), op(4), op(5)]

const EVENTS: readonly ModelEvent[] = [
  { type: 'operations.ready', operations: [op(1)], label: 'ready' },
  { type: 'operations.ready', operations: many, label: 'a batch full is ready' },
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
  { type: 'batch.dropped', batchId: BATCH, operations: [op(1)], statuses: {}, label: 'the batch drops one' },
  { type: 'batch.placed', batchId: BATCH, isIncluded: true, label: 'the batch is in a block' },
  done('slot-0', ended(), 'the batch ends'),
  { type: 'drain', label: 'drain' },
  after('batchWindow', 'opsBatcher.Collecting'),
]

/** What brings a batch that was not chosen here. */
const ARRIVALS: readonly ModelEvent[] = [
  { type: 'chain.reorged', depth: 1, orphanedFrom: 19, head: block(20), label: 'reorg' },
  { type: 'nonces.missing', nonces: [7], label: 'a nonce is missing' },
]

function ended(): PendingBatchOutput {
  const timing = { simulationCompletedAt: null, submittedAt: null, totalDuration: 0, resubmissionCount: 0 }
  return {
    batch: {
      ...{ batchId: BATCH, txHash: null, blockNumber: null, gasUsed: 0, statuses: {}, failure: null },
      timing: { createdAt: START, finalizedAt: START, ...timing },
    },
    inclusion: null,
    operations: [],
    measured: [],
  }
}

function view({ context }: AnyMachineSnapshot): string {
  const { queue, slots, chain, isChainFollowed, isWalletAvailable }: OpsBatcherContext = context
  return JSON.stringify([
    queue.size,
    slots.map((slot) => slot && [slot.isIncluded, slot.healedNonce]),
    chain !== null,
    isChainFollowed,
    isWalletAvailable,
  ])
}

function events(snapshot: AnyMachineSnapshot): readonly ModelEvent[] {
  const { slots }: OpsBatcherContext = snapshot.context
  const isBusy = slots.some((slot) => slot !== null)
  // A batch that is in a block no longer holds a permit: another one would take its id.
  const known = EVENTS.filter(({ type }) => type !== 'batch.placed' || !snapshot.matches('Throttled'))
  return possible(snapshot, isBusy ? known : [...known, ...ARRIVALS])
}

const input: OpsBatcherInput = {
  batching: { ...batching, maxConcurrentBatches: 1 },
  ...{ transactions, target: address('2'), gas, resumable: [], settled: [settled] },
  newId: () => BATCH,
  now: () => START,
}

export const opsBatcherModels: readonly [Model] = [
  {
    // On its own it has no parent to tell.
    machine: opsBatcherMachine.provide({ actions: { tellEnd: () => {} } }),
    input,
    events,
    view,
    sent: [
      ...['operations.ready', 'operations.withdrawn', 'block.observed', 'chain.stalled', 'chain.followed'],
      ...['chain.reorged', 'nonces.missing', 'wallet.available', 'wallet.unavailable', 'tick', 'drain'],
      ...['batch.addressed', 'batch.dropped', 'batch.placed'],
    ],
    delays: { batchWindow: batching.window },
    start(watch) {
      const stage = new Stage(ACTORS.opsBatcher)
      const effects = deferredEffects(stage, ['slot-0'])
      const machine = opsBatcherMachine.provide({
        actors: { pendingBatch: effects['slot-0'].logic as never },
      })
      watch(machine)
      const systemId = ACTORS.opsBatcher
      return {
        actor: createActor(machine, { parent: stage.parent, systemId, input }).start(),
        stage,
        effects,
      }
    },
  },
]
