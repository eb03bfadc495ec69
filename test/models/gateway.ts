/** What can happen to the gateway's root, and what of its context guards look at. */
import { setImmediate } from 'node:timers/promises'
import { type AnyMachineSnapshot, createActor, type SnapshotFrom } from 'xstate'
import { ACTORS, ROOT } from '../../src/machines/protocol.ts'
import { MOST_FRUITLESS } from '../../src/machines/root/crashes.ts'
import {
  type GatewayContext,
  type GatewayInput,
  gatewayMachine,
  nothing,
} from '../../src/machines/root/root.ts'
import { address, gas, gatewayConfig } from '../machines/support/samples.ts'
import { START } from '../machines/support/stage.ts'
import { after, done, fails, possible } from './support/events.ts'
import { deferredEffects, logicOf, type Model, unanswered } from './support/model.ts'
import { PathClock } from './support/pathClock.ts'
import type { ModelEvent } from './support/paths.ts'
import { hold } from './support/promises.ts'

/** Those without which nothing goes on: when one of them dies, all go. */
const HOLDERS = [ACTORS.requestTracker, ACTORS.wallet, ACTORS.nonceTracker]

/** What the root asks for and whom it brings to life; the actors are played by the path. */
const EFFECTS = ['prepareStart', 'recover', 'settle', 'ticker', ...Object.values(ACTORS)] as const

/** An actor that died in the same moment as another: what it has died of is on its way already. */
const LATE = fails('late', new Error('a defect of the same moment'))

const DRAIN: ModelEvent = { type: 'drain', label: 'drain' }

const EVENTS: readonly ModelEvent[] = [
  DRAIN,
  { type: 'flushed', label: 'flushed' },
  { type: 'batch.settled', label: 'a batch ends' },
  ...['prepareStart', 'settle'].flatMap((effect) => [done(effect, undefined, `${effect}d`), fails(effect)]),
  done('recover', nothing, 'recovered'),
  fails('recover'),
  ...[...HOLDERS, ACTORS.chainMonitor, 'ticker'].map((actor) => fails(actor, new Error('a defect'))),
  after('drainTimeout', 'gateway.Active.Service.Draining'),
  after('flushTimeout', 'gateway.Active.Service.Flushing'),
  after('flushTimeout', 'gateway.Ending'),
  after('restartPause', 'gateway.Active.ChainMonitor.Pausing'),
  after('restartPause', 'gateway.Active.Ticker.Pausing'),
  after('restartPause', 'gateway.Restarting.Pausing'),
]

/** The batcher ends when it was told to drain, and is not heard of again. */
function ofBatcher(snapshot: AnyMachineSnapshot): readonly ModelEvent[] {
  const crash = fails(ACTORS.opsBatcher, new Error('a defect'))
  if (isIn(snapshot, 'Draining')) return [crash, done(ACTORS.opsBatcher, undefined, 'no batch is left')]
  return isIn(snapshot, 'Running') ? [crash] : []
}

function isIn(snapshot: AnyMachineSnapshot, service: 'Running' | 'Draining' | 'Flushing'): boolean {
  return snapshot.matches({ Active: { Service: service } })
}

function view({ context }: AnyMachineSnapshot): string {
  const { crashes }: GatewayContext = context
  return JSON.stringify([crashes.last !== null, Math.min(crashes.fruitless, MOST_FRUITLESS)])
}

function events(snapshot: AnyMachineSnapshot): readonly ModelEvent[] {
  // Nobody has the gateway in hands before it takes operations for the first time.
  const { crashes }: GatewayContext = snapshot.context
  const known = snapshot.matches('Recovering') && crashes.last === null ? without(DRAIN) : EVENTS
  const isDying = snapshot.matches({ Restarting: 'Settling' }) || snapshot.matches('Ending')
  const dying = isDying && crashes.fruitless < MOST_FRUITLESS ? [LATE] : []
  return [...possible(snapshot, [...known, ...ofBatcher(snapshot)]), ...dying]
}

function without(event: ModelEvent): readonly ModelEvent[] {
  return EVENTS.filter((other) => other !== event)
}

const input: GatewayInput = {
  config: gatewayConfig,
  walletAddress: address('a'),
  gas,
  newId: () => 'batch-1',
  now: () => START,
  redact: (text) => text,
}

export const gatewayModels: readonly [Model] = [
  {
    machine: gatewayMachine,
    provided: { actors: unanswered(EFFECTS) },
    input,
    events,
    view,
    sent: ['drain', 'flushed', 'batch.settled', LATE.type],
    start(watch) {
      const clock = new PathClock()
      const settle = () => setImmediate()
      const effects = deferredEffects({ settle }, EFFECTS)
      const machine = watch.watch(gatewayMachine.provide({ actors: logicOf(effects) as never }))
      const actor = createActor(machine, { systemId: ROOT, clock, input, inspect: watch.observe })
      let died = 0
      actor.on('actor.crashed', () => {
        died += 1
      })
      actor.start()
      const check = promises(() => actor.getSnapshot(), {
        died: () => died,
        alive: () => Object.keys(actor.system.getAll()).filter((name) => name !== ROOT),
        settled: () => effects.settle.waiting === 0,
      })
      return { actor, clock, effects, settle, check, stop: () => actor.stop() }
    },
  },
]

interface Observed {
  /** How many crashes were told of. */
  died(): number
  /** The actors that have a name in the system. */
  alive(): readonly string[]
  /** Whether nothing of a former life goes on. */
  settled(): boolean
}

function promises(read: () => SnapshotFrom<typeof gatewayMachine>, observed: Observed) {
  let [crashes, isToStop] = [0, false]
  return ({ type }: ModelEvent) => {
    const snapshot = read()
    const { value, context, status } = snapshot
    isToStop ||= type === DRAIN.type
    const holders = [...HOLDERS, ...(isIn(snapshot, 'Flushing') ? [] : [ACTORS.opsBatcher])]
    const alive = observed.alive()
    const isActive = typeof value === 'object' && 'Active' in value
    if (isActive)
      hold(
        'all who hold state live',
        holders.every((name) => alive.includes(name)),
      )
    else hold('nobody of a former life is left', alive.length === 0)
    if (value === 'Recovering') hold('nothing is read back before all has settled', observed.settled())

    if (/^xstate\.error\.actor\.(?!prepare|settle)/.test(type)) crashes += 1
    if (value === 'Failed' && context.crashes.last === null) crashes = 0
    hold('every crash is told of, once', observed.died() === crashes)

    const isRestarting = typeof value === 'object' && 'Restarting' in value
    hold('who is to stop takes no operation', !isToStop || !(isIn(snapshot, 'Running') || isRestarting))
    hold('who is to stop does not fail', !isToStop || value !== 'Failed')
    hold('it has failed when it says of what', (value === 'Failed') === (context.failure !== null))
    hold('it ends in one of two ways', (status === 'done') === (value === 'Failed' || value === 'Stopped'))
  }
}
