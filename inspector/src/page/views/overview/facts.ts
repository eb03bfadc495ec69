/** A line about each actor, and the reason why the batcher waits. */

import type { ActorMessage, Contexts, FailingEffect } from '../../../wire.ts'
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

/** Explanations of the throttle reasons. */
const REASONS: Readonly<Record<string, (world: World) => string>> = {
  NoPermit: ({ limits }) =>
    `${count(limits.maxConcurrentBatches, 'batch').replace('batchs', 'batches')} in flight: the next batch starts when one of them is included.`,
  BlockBudgetUsed: () =>
    'The batches in flight use the gas budget of the next block. The next batch starts when one of them is included.',
  LanesBusy: () =>
    'The lane of every ready operation is in a batch in flight. The next operation follows when that batch is settled.',
  FeeAboveCeiling: ({ blocks, limits }) =>
    `The base fee, ${gwei(blocks.at(-1)?.baseFee ?? 0)}, is at or above the ceiling of ${gwei(limits.maxBaseFee)}.`,
  ChainStalled: () => 'The chain is stalled: no endpoint answers, or there is no new block.',
  WalletUnavailable: () => 'The wallet cannot sign: it is not in sync, or its balance is too low.',
  AccountLimited: () => 'A pool takes no more transactions of the wallet until one is included.',
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

/** Why nothing is sent, or what is being sent. A persistent failure comes first: it is often the cause of the rest. */
export function whyOf(world: World): Why {
  const why = whyOfBatcher(world)
  const [failure, ...others] = persistentFailures(world)
  if (failure === undefined) return why
  const { actor, effect, reason, since } = failure
  const more = others.length === 0 ? '' : ` ${count(others.length, 'more effect')} failing.`
  return {
    tone: 'bad',
    title: `Failing: ${effect}`,
    text: `${actor}, for ${duration(world.at - since)}: “${reason}”${more} ${why.title}: ${why.text}`,
  }
}

interface Failure extends FailingEffect {
  readonly actor: string
}

/** The oldest first. */
function persistentFailures(world: World): readonly Failure[] {
  return [...world.actors.values()]
    .flatMap(({ name, snapshot }) => {
      const { failing = [] } = (snapshot.context ?? {}) as { readonly failing?: readonly FailingEffect[] }
      return failing.map((effect) => ({ ...effect, actor: name }))
    })
    .filter(({ isPersistent }) => isPersistent)
    .sort((one, other) => one.since - other.since)
}

function whyOfBatcher(world: World): Why {
  const batcher = [...world.actors.values()].find(({ machine }) => machine === 'opsBatcher')
  const context = contextOfMachine(world, 'opsBatcher')
  if (batcher === undefined)
    return { tone: 'bad', title: 'No batcher', text: 'The actor opsBatcher is not running.' }
  const { ready = 0, throttled } = context ?? {}
  if (throttled != null) {
    const text = REASONS[throttled]?.(world) ?? 'There is no explanation for this reason.'
    return {
      tone: 'warn',
      title: `Throttled: ${throttled}`,
      text: `${text} ${count(ready, 'operation')} ready.`,
    }
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
