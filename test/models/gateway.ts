/** The model of the gateway: the events of each state, and the context that guards read. */
import { setImmediate } from 'node:timers/promises'
import { type AnyMachineSnapshot, createActor, type SnapshotFrom } from 'xstate'
import { UnavailableError } from '../../src/domain/errors.ts'
import { ACTORS, ROOT } from '../../src/machines/protocol.ts'
import { emptyStart, type GatewayContext, type GatewayInput } from '../../src/machines/root/context.ts'
import { MOST_FRUITLESS } from '../../src/machines/root/crashes.ts'
import { gatewayMachine } from '../../src/machines/root/root.ts'
import { address, gas, gatewayConfig } from '../machines/support/samples.ts'
import { START } from '../machines/support/stage.ts'
import { after, done, fails, possible } from './support/events.ts'
import { deferredEffects, logicOf, type Model, unanswered } from './support/model.ts'
import { PathClock } from './support/pathClock.ts'
import type { ModelEvent } from './support/paths.ts'
import { hold } from './support/promises.ts'

/** Actors with state. If any crashes, all restart. */
const WITH_STATE = [ACTORS.requestTracker, ACTORS.wallet, ACTORS.nonceTracker]

/** The effects and actors that the gateway starts. The path gives the answers of all. */
const EFFECTS = ['prepareStart', 'recover', 'ticker', ...Object.values(ACTORS)] as const

/** The error of an actor that crashed together with the first. The error is already in the mailbox. */
const LATE = fails('late', new Error('a second defect'))

const OUTAGE = new UnavailableError('chain_unavailable', 'the chain does not answer')

const DRAIN: ModelEvent = { type: 'drain', label: 'drain' }

const EVENTS: readonly ModelEvent[] = [
  DRAIN,
  { type: 'flushed', label: 'flushed' },
  { type: 'batch.settled', label: 'a batch is settled' },
  { type: 'intake.settled', label: 'all callers are answered' },
  { type: 'seat.taken', label: 'this process leads' },
  { type: 'seat.lost', label: 'another process leads' },
  done('prepareStart', undefined, 'checked'),
  fails('prepareStart'),
  fails('prepareStart', OUTAGE),
  done('recover', emptyStart, 'recovered'),
  fails('recover'),
  fails('recover', OUTAGE),
  ...[...WITH_STATE, ACTORS.intake, ACTORS.seat, ACTORS.chainMonitor, 'ticker'].map((actor) =>
    fails(actor, new Error('a defect')),
  ),
  after('startPause', 'gateway.Starting.Pausing'),
  after('drainTimeout', 'gateway.Active.Service.Draining'),
  after('flushTimeout', 'gateway.Active.Service.Flushing'),
  after('flushTimeout', 'gateway.Ending'),
  after('restartPause', 'gateway.Active.ChainMonitor.Pausing'),
  after('restartPause', 'gateway.Active.Ticker.Pausing'),
  after('restartPause', 'gateway.Restarting.Pausing'),
]

/** The opsBatcher ends only in a drain, and sends nothing afterwards. */
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
  const { crashes }: GatewayContext = snapshot.context
  const isStopping = snapshot.matches({ Restarting: 'Settling' }) || snapshot.matches('Ending')
  const late = isStopping && crashes.fruitless < MOST_FRUITLESS ? [LATE] : []
  return [...possible(snapshot, [...EVENTS, ...ofBatcher(snapshot)]), ...late]
}

function inputOf(databaseUrl: string | null): GatewayInput {
  return {
    config: { ...gatewayConfig, databaseUrl },
    walletAddress: address('a'),
    gas,
    newId: () => 'batch-1',
    now: () => START,
    redact: (text) => text,
  }
}

function modelOf(databaseUrl: string | null): Model {
  const input = inputOf(databaseUrl)
  return {
    machine: gatewayMachine,
    provided: { actors: unanswered(EFFECTS) },
    input,
    events,
    view,
    sent: ['drain', 'flushed', 'batch.settled', 'intake.settled', 'seat.taken', 'seat.lost', LATE.type],
    start(watch) {
      const clock = new PathClock()
      const settle = () => setImmediate()
      const effects = deferredEffects({ settle }, EFFECTS)
      const machine = watch.watch(gatewayMachine.provide({ actors: logicOf(effects) as never }))
      const actor = createActor(machine, { systemId: ROOT, clock, input, inspect: watch.observe })
      let reported = 0
      actor.on('actor.crashed', () => {
        reported += 1
      })
      actor.start()
      const check = promises(() => actor.getSnapshot(), {
        reported: () => reported,
        registered: () => Object.keys(actor.system.getAll()).filter((name) => name !== ROOT),
      })
      return { actor, clock, effects, settle, check, stop: () => actor.stop() }
    },
  }
}

export const gatewayModels: readonly [Model, Model] = [modelOf(null), modelOf('postgres://shared')]

interface Observed {
  /** Number of reported crashes. */
  reported(): number
  /** The registered actors of the system. */
  registered(): readonly string[]
}

function isWaitingForSeat(snapshot: AnyMachineSnapshot): boolean {
  return snapshot.matches('Standby')
}

function promises(read: () => SnapshotFrom<typeof gatewayMachine>, observed: Observed) {
  let [crashes, isToStop, isSettled, isLeading] = [0, false, true, false]
  return ({ type, error }: ModelEvent) => {
    const snapshot = read()
    const { value, context, status } = snapshot
    isToStop ||= type === DRAIN.type
    const withState = [...WITH_STATE, ...(isIn(snapshot, 'Flushing') ? [] : [ACTORS.opsBatcher])]
    const registered = observed.registered()
    const isActive = typeof value === 'object' && 'Active' in value
    if (isActive)
      hold(
        'all actors with state run in Active',
        withState.every((name) => registered.includes(name)),
      )
    else
      hold(
        'no actor with state runs outside Active',
        registered.every((name) => name === ACTORS.intake || name === ACTORS.seat),
      )
    hold('an outage does not fail the gateway', error !== OUTAGE || value !== 'Failed')
    for (const name of [ACTORS.intake, ACTORS.seat]) {
      hold(`the ${name} runs until the end`, status === 'done' || registered.includes(name))
    }
    if (type === 'seat.taken') isLeading = true
    if (type === 'seat.lost' || isWaitingForSeat(snapshot)) isLeading = false
    hold('no actor with state runs while another process leads', !isActive || isLeading)
    if (type === 'intake.settled') isSettled = true
    if (snapshot.matches({ Restarting: 'Settling' })) isSettled = false
    hold('no work is recovered before all callers are answered', value !== 'Recovering' || isSettled)

    if (/^xstate\.error\.actor\.(?!prepare)/.test(type) && error !== OUTAGE) crashes += 1
    if (value === 'Failed' && context.crashes.last === null) crashes = 0
    hold('every crash is reported exactly once', observed.reported() === crashes)

    const isRestarting = typeof value === 'object' && 'Restarting' in value
    hold('a stopping gateway admits no operation', !isToStop || !(isIn(snapshot, 'Running') || isRestarting))
    hold('a stopping gateway does not fail', !isToStop || value !== 'Failed')
    hold('a failed gateway, and no other, has an error', (value === 'Failed') === (context.failure !== null))
    hold(
      'the gateway ends in Failed or Stopped',
      (status === 'done') === (value === 'Failed' || value === 'Stopped'),
    )
  }
}
