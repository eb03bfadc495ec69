/** What each actor says of itself in a line, and why the batcher waits. */

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
  nonceTracker: ({ lanes = 0, waiting = 0 }) => `${count(lanes, 'lane')} · ${integer(waiting)} waiting`,
  requestTracker: ({ waiting = 0, writing = 0, failure }) =>
    failure ?? `${integer(writing)} writing · ${integer(waiting)} waiting`,
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
      origin === 'healing' ? 'fills a nonce' : `${integer(kept)} op${kept === 1 ? '' : 's'}`,
      attempts.length > 1 ? `try ${attempts.length}` : '',
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

/** Why nothing is sent although something is ready. */
const REASONS: Readonly<Record<string, (world: World) => string>> = {
  NoPermit: ({ limits }) =>
    `${count(limits.maxConcurrentBatches, 'batch').replace('batchs', 'batches')} on the way into a block already: the next one goes when one of them is in.`,
  LanesBusy: () =>
    'Every ready operation’s account has one in a batch already; its next goes when that batch has ended.',
  FeeAboveCeiling: ({ blocks, limits }) =>
    `The base fee, ${gwei(blocks.at(-1)?.baseFee ?? 0)}, is above the ceiling of ${gwei(limits.maxBaseFee)}.`,
  ChainStalled: () => 'The chain does not answer, or makes no blocks.',
  WalletUnavailable: () => 'The wallet cannot sign: it does not know its nonce, or has too little money.',
}

export interface Why {
  readonly tone: Tone
  readonly title: string
  readonly text: string
}

export function whyOf(world: World): Why {
  const batcher = [...world.actors.values()].find(({ machine }) => machine === 'opsBatcher')
  const context = contextOfMachine(world, 'opsBatcher')
  if (batcher === undefined) return { tone: 'bad', title: 'No batcher', text: 'It is not running.' }
  const { ready = 0, throttled } = context ?? {}
  if (throttled != null) {
    const text = REASONS[throttled]?.(world) ?? 'It does not say more.'
    return {
      tone: 'warn',
      title: `The batcher waits: ${throttled}`,
      text: `${text} ${count(ready, 'operation')} ready.`,
    }
  }
  const inFlight = context?.slots?.filter((slot) => slot !== null).length ?? 0
  switch (topState(batcher.states)) {
    case 'Collecting':
      return {
        tone: 'work',
        title: 'Collecting',
        text: `${count(ready, 'operation')} so far; the window closes ${duration(world.limits.batchWindow)} after the first, or when a batch is full.`,
      }
    case 'Draining':
      return { tone: 'warn', title: 'Draining', text: 'The gateway stops; batches in flight may end.' }
    case 'Drained':
      return { tone: 'calm', title: 'Drained', text: 'Nothing is in flight and nothing will be.' }
    default:
      return {
        tone: inFlight > 0 ? 'fly' : 'calm',
        title: inFlight > 0 ? 'Nothing to wait for' : 'At rest',
        text:
          inFlight > 0
            ? `All that was ready is on its way, in ${inFlight === 1 ? 'a batch' : `${inFlight} batches`}.`
            : 'No operation is ready. The next one opens the batch window.',
      }
  }
}
