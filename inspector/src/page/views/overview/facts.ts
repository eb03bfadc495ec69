/** A line about each actor, and a line about what the batcher does. */
import type { ActorMessage, Contexts } from '../../../wire.ts'
import { count, duration, ether, gwei, integer } from '../../format.ts'
import { contextOfMachine } from '../../world/batches.ts'
import { type Tone, topState } from '../../world/states.ts'
import type { World } from '../../world/world.ts'

type Lines = { readonly [M in keyof Contexts]: (context: Partial<Contexts[M]>, world: World) => string }

const LINES: Lines = {
  gateway: ({ failure }, { at, gateway }) => failure ?? `up ${duration(at - gateway.startedAt)}`,
  chainMonitor: ({ head, failure }) =>
    failure ?? (head ? `block ${integer(head.number)} · ${gwei(head.baseFee)}` : 'no block yet'),
  intake: ({ waiting = 0 }) => `${count(waiting, 'caller')} waiting`,
  seat: ({ leader, failure }) => failure ?? (leader ? `leader ${leader.name}` : 'no leader known'),
  nonceTracker: ({ lanes = 0, waiting = 0 }) => `${count(lanes, 'lane')} · ${integer(waiting)} waiting`,
  requestTracker: ({ waiting = 0, writing = 0, failure }) =>
    failure ?? `${integer(writing)} writing · ${integer(waiting)} waiting`,
  finalityTracker: ({ batches = 0, finalized }) =>
    finalized == null
      ? `${integer(batches)} followed`
      : `${integer(batches)} followed · block ${integer(finalized)} final`,
  wallet: ({ nextNonce, inFlight = [], balance, failure }) =>
    failure ??
    (inFlight.length > 0 || balance == null
      ? `nonce ${nextNonce ?? '?'} · ${inFlight.length} in flight`
      : `nonce ${nextNonce ?? '?'} · ${ether(balance)}`),
  opsBatcher: ({ ready = 0, oldestReceivedAt }, { at }) =>
    oldestReceivedAt == null
      ? `${integer(ready)} ready`
      : `${integer(ready)} ready · oldest ${duration(at - oldestReceivedAt)}`,
  pendingBatch: ({ kept = 0, attempts = [], origin }) =>
    [
      origin === 'healing' ? 'fills a gap' : `${integer(kept)} op${kept === 1 ? '' : 's'}`,
      attempts.length > 1 ? `attempt ${attempts.length}` : '',
    ]
      .filter(Boolean)
      .join(' · '),
}

export function lineOf({ machine, snapshot }: ActorMessage, world: World): string {
  return machine !== null && isKnown(machine) ? lineAs(machine, snapshot.context ?? {}, world) : ''
}

const isKnown = (machine: string): machine is keyof Contexts => Object.hasOwn(LINES, machine)

function lineAs<M extends keyof Contexts>(machine: M, context: object, world: World): string {
  const line: Lines[M] = LINES[machine]
  return line(context as Partial<Contexts[M]>, world)
}

export interface Why {
  readonly tone: Tone
  readonly title: string
  readonly text: string
}

function windowText({ limits: { batchWindow } }: World, block: number | null): string {
  const full = 'or when the queue fills a batch'
  if (batchWindow !== 'auto')
    return `The batch window closes ${duration(batchWindow)} after the first operation, ${full}.`
  if (block === null) return `The next block cannot be predicted: the batch starts soon, ${full}.`
  return `The batch starts just in time for block ${integer(block)}, ${full}.`
}

/** What the batcher does. Why it waits although operations are ready is a trouble. */
export function whyOf(world: World): Why {
  const batcher = [...world.actors.values()].find(({ machine }) => machine === 'opsBatcher')
  const context = contextOfMachine(world, 'opsBatcher')
  if (batcher === undefined)
    return { tone: 'bad', title: 'No batcher', text: 'The actor opsBatcher is not running.' }
  const { ready = 0, throttled } = context ?? {}
  if (throttled != null)
    return {
      tone: 'hold',
      title: 'Waiting',
      text: `${count(ready, 'operation')} ready, and no batch starts now.`,
    }
  const inFlight = context?.slots?.filter((slot) => slot !== null).length ?? 0
  switch (topState(batcher.states)) {
    case 'Collecting':
      return {
        tone: 'work',
        title: 'Collecting',
        text: `${count(ready, 'operation')} ready. ${windowText(world, context?.windowBlock ?? null)}`,
      }
    case 'Draining':
      return {
        tone: 'warn',
        title: 'Draining',
        text: 'The gateway stops. It waits until the batches in flight are settled.',
      }
    case 'Drained':
      return { tone: 'calm', title: 'Drained', text: 'No batch is in flight, and no new batch starts.' }
    default:
      return {
        tone: inFlight > 0 ? 'flight' : 'calm',
        title: inFlight > 0 ? 'In flight' : 'Idle',
        text:
          inFlight > 0
            ? `All ready operations are in ${inFlight === 1 ? 'a batch' : `${inFlight} batches`} in flight.`
            : 'No operation is ready. The next operation opens the batch window.',
      }
  }
}
