/** The model of the finalityTracker: a transaction in flight, its blocks, and the answers of the pending block. */
import { type AnyMachineSnapshot, createActor } from 'xstate'
import type { FinalityTrackerContext } from '../../src/machines/finalityTracker/context.ts'
import { finalityTrackerMachine } from '../../src/machines/finalityTracker/finalityTracker.ts'
import { ACTORS, type RecordRequested } from '../../src/machines/protocol.ts'
import { attempt, block, chainState, inclusion } from '../machines/support/samples.ts'
import { START } from '../machines/support/stage.ts'
import { after, done, fails, possible } from './support/events.ts'
import { deferredEffects, logicOf, type Model, pathStage, unanswered } from './support/model.ts'
import type { ModelEvent } from './support/paths.ts'
import { hold } from './support/promises.ts'

const { hash } = attempt(7)
const report = { type: 'transactions.changed', batchId: 'batch-1', hashes: [hash], isSettled: false }

const EVENTS: readonly ModelEvent[] = [
  { ...report, inclusion: null, label: 'in flight' },
  { ...report, inclusion: inclusion(hash, 20), label: 'included' },
  { ...report, inclusion: inclusion(hash, 20), isSettled: true, label: 'settled' },
  { type: 'block.observed', head: block(20), chain: chainState(), label: 'block' },
  {
    type: 'block.observed',
    head: block(20, { transactions: [hash] }),
    chain: chainState(),
    label: 'block with the batch',
  },
  { type: 'tags.observed', tags: { safe: 20, finalized: 20 }, label: 'tags' },
  { type: 'chain.reorged', depth: 1, orphanedFrom: 20, head: block(20, { branch: 'c' }), label: 'reorg' },
  done('readPending', { blockNumber: 20, transactions: [hash] }, 'preconfirmed'),
  done('readPending', { blockNumber: 20, transactions: [] }, 'not in the pending block'),
  fails('readPending'),
  after('askPause', 'finalityTracker.Pausing'),
]

const config = { confirmations: 0, preconfirmations: 'on' } as const
const input = { config, climbing: [], now: () => START }

function view({ context }: AnyMachineSnapshot): string {
  const { batches, ends, misses }: FinalityTrackerContext = context
  const tracked = [...batches.values()].map(({ inclusion, finality, seenIn }) => [
    inclusion?.blockNumber,
    seenIn,
    Object.keys(finality?.levels ?? {}),
  ])
  return JSON.stringify([tracked, ends.headNumber, ends.tags, Math.min(misses, 1)])
}

export const finalityTrackerModels: readonly [Model] = [
  {
    machine: finalityTrackerMachine,
    provided: { actors: unanswered(['readPending']) },
    input,
    events: (snapshot) => possible(snapshot, EVENTS),
    view,
    sent: ['transactions.changed', 'block.observed', 'tags.observed', 'chain.reorged'],
    start(watch) {
      const { stage, ...hands } = pathStage(ACTORS.finalityTracker, watch)
      const effects = deferredEffects(stage, ['readPending'])
      const machine = watch.watch(finalityTrackerMachine.provide({ actors: logicOf(effects) }))
      const systemId = ACTORS.finalityTracker
      const actor = createActor(machine, { parent: stage.parent, systemId, input }).start()
      let reached: readonly unknown[] = []
      let published = 0
      const check = () => {
        const requests = stage.received<RecordRequested>('requestTracker', 'record.requested')
        hold(
          'every level is published with its commit',
          requests.every(({ writes, events = [] }) => writes.length === 1 && events.length > 0),
        )
        for (const event of stage.emitted.slice(published)) {
          if (event.type === 'batch.levelReached') {
            hold('a level is published once, unless it was taken back', !reached.includes(event['level']))
            reached = [...reached, event['level']]
          } else reached = []
        }
        published = stage.emitted.length
        const { batches }: FinalityTrackerContext = actor.getSnapshot().context
        const [batch] = batches.values()
        if (batch === undefined) reached = []
        const held = Object.keys(batch?.finality?.levels ?? {})
        hold(
          'the published levels are the levels of the batch',
          String([...reached].sort()) === String(held.sort()),
        )
      }
      return { actor, effects, check, ...hands }
    },
  },
]
