/** The model of the chainMonitor: the events of each state, and the context that guards read. */
import { type AnyMachineSnapshot, createActor, type EventObject } from 'xstate'
import { chainMonitorMachine } from '../../src/machines/chainMonitor/chainMonitor.ts'
import type { ChainMonitorContext } from '../../src/machines/chainMonitor/context.ts'
import { ACTORS, type BlockObserved } from '../../src/machines/protocol.ts'
import { batching, block } from '../machines/support/samples.ts'
import { START } from '../machines/support/stage.ts'
import { after, fails, possible } from './support/events.ts'
import { deferredEffects, logicOf, type Model, pathStage, unanswered } from './support/model.ts'
import type { ModelEvent } from './support/paths.ts'
import { hold } from './support/promises.ts'

const EVENTS: readonly ModelEvent[] = [
  { type: 'block.seen', head: block(1), label: 'block 1' },
  { type: 'block.seen', head: block(2), label: 'block 2' },
  { type: 'block.seen', head: block(2, { branch: 'c' }), label: 'block 2 of another branch' },
  { type: 'block.seen', head: block(3, { number: Number.NaN }), label: 'malformed block' },
  { type: 'watch.answered', label: 'answered' },
  { type: 'watch.failed', message: 'no answer', label: 'not answered' },
  { type: 'tags.seen', safe: tagOf(1), finalized: null, label: 'tags' },
  { type: 'tags.answered', label: 'tag answered' },
  { type: 'tags.failed', message: 'no safe block', label: 'tag not answered' },
  fails('watchBlocks', new Error('a defect')),
  ...['Connecting', 'Following'].map((state) => after('stallTimeout', `chainMonitor.${state}`)),
]

const DUE: ModelEvent = { type: 'watch.due', label: 'time to watch again' }

function tagOf(blockNumber: number) {
  return { blockNumber, blockHash: block(blockNumber).hash }
}

function view({ context, children }: AnyMachineSnapshot): string {
  const { head, window }: ChainMonitorContext = context
  return JSON.stringify([head?.hash.slice(0, 3), head?.number, window.length, isWatching({ children })])
}

function isWatching({ children }: Pick<AnyMachineSnapshot, 'children'>): boolean {
  return children.watchBlocks !== undefined
}

const input = { stallTimeout: 20_000, feeLimits: batching.adaptive, known: null, now: () => START }

export const chainMonitorModels: readonly [Model] = [
  {
    machine: chainMonitorMachine,
    provided: { actors: unanswered(['watchBlocks']) },
    input,
    events: (snapshot) => possible(snapshot, isWatching(snapshot) ? EVENTS : [...EVENTS, DUE]),
    view,
    sent: ['block.seen', 'watch.answered', 'watch.failed', 'tags.seen', 'tags.answered', 'tags.failed'],
    start(watch) {
      const { stage, ...hands } = pathStage(ACTORS.chainMonitor, watch)
      const effects = deferredEffects(stage, ['watchBlocks'])
      const machine = watch.watch(chainMonitorMachine.provide({ actors: logicOf(effects) }))
      const systemId = ACTORS.chainMonitor
      const actor = createActor(machine, { parent: stage.parent, systemId, input }).start()
      const check = () => {
        const { value, context } = actor.getSnapshot()
        const toBatcher = stage.receivedBy('opsBatcher')
        const last = toBatcher.findLast(({ type }) => type === 'chain.stalled' || type === 'chain.followed')
        const expected = { Connecting: undefined, Following: 'chain.followed', Stalled: 'chain.stalled' }[
          value
        ]
        hold('the opsBatcher knows whether the chain is followed', last?.type === expected)
        const blocks = stage.received<BlockObserved>('opsBatcher', 'block.observed')
        hold(
          'the newest head was sent to the opsBatcher',
          blocks.at(-1)?.head === (context.head ?? undefined),
        )
        const others = stage.received<BlockObserved>('wallet', 'block.observed')
        hold('wallet and opsBatcher get the same blocks', sameHeads(blocks, others))
        const isFollowed = (index: number) => headOf(toBatcher[index]) === headOf(toBatcher[index + 1])
        hold(
          'a reorg is announced directly before the first block of the new branch',
          toBatcher.every(({ type }, index) => type !== 'chain.reorged' || isFollowed(index)),
        )
      }
      return { actor, effects, check, ...hands }
    },
  },
]

function sameHeads(some: readonly BlockObserved[], others: readonly BlockObserved[]): boolean {
  return some.length === others.length && some.every(({ head }, index) => head === others[index]?.head)
}

function headOf(event: EventObject | undefined): unknown {
  return event !== undefined && 'head' in event ? event.head : null
}
