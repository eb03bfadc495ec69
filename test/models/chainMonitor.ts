/** What can happen to the chainMonitor, and what of its context guards look at. */
import { type AnyMachineSnapshot, createActor, fromCallback } from 'xstate'
import {
  type ChainMonitorContext,
  chainMonitorMachine,
  type WatchEvent,
} from '../../src/machines/chainMonitor.ts'
import { ACTORS } from '../../src/machines/protocol.ts'
import { block } from '../machines/support/samples.ts'
import { START, Stage } from '../machines/support/stage.ts'
import { after, possible } from './support/events.ts'
import type { Model } from './support/model.ts'
import type { ModelEvent } from './support/paths.ts'

const STALL_TIMEOUT = 20_000

const EVENTS: readonly ModelEvent[] = [
  { type: 'block.seen', head: block(1), label: 'block 1' },
  { type: 'block.seen', head: block(2), label: 'block 2' },
  { type: 'block.seen', head: block(2, { branch: 'c' }), label: 'block 2 of a rival' },
  { type: 'block.seen', head: block(3, { number: Number.NaN }), label: 'nonsense' },
  { type: 'watch.answered', label: 'answered' },
  { type: 'watch.failed', message: 'no answer', label: 'not answered' },
  { type: 'watch.due', label: 'time to watch again' },
  {
    type: 'xstate.error.actor.watchBlocks',
    actorId: 'watchBlocks',
    error: new Error('a defect'),
    label: 'the watch dies',
  },
  ...['Connecting', 'Following'].map((state) => after('stallTimeout', `chainMonitor.${state}`)),
]

function view({ context }: AnyMachineSnapshot): string {
  const { head, window }: ChainMonitorContext = context
  return JSON.stringify([head?.hash.slice(0, 3), head?.number, window.length])
}

const input = { stallTimeout: STALL_TIMEOUT, now: () => START }

export const chainMonitorModels: readonly [Model] = [
  {
    machine: chainMonitorMachine,
    input,
    events: (snapshot) => possible(snapshot, EVENTS),
    view,
    sent: ['block.seen', 'watch.answered', 'watch.failed', 'watch.due', 'xstate.error.actor.watchBlocks'],
    delays: { stallTimeout: STALL_TIMEOUT },
    start(watch) {
      const stage = new Stage(ACTORS.chainMonitor)
      const machine = chainMonitorMachine.provide({
        actors: { watchBlocks: fromCallback<WatchEvent>(() => {}) },
      })
      watch(machine)
      const systemId = ACTORS.chainMonitor
      const actor = createActor(machine, { parent: stage.parent, systemId, input }).start()
      return { actor, stage, effects: {} }
    },
  },
]
