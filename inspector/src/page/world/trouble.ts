/** What is wrong, and what waits, each in one sentence. The worst comes first. */
import type { FailingEffect } from '../../wire.ts'
import { count, duration, ether, gwei, long, short, words } from '../format.ts'
import { batchRuns, contextOf, contextOfMachine, lanesOf } from './batches.ts'
import { explained } from './reasons.ts'
import { type Tone, topState } from './states.ts'
import type { Run, World } from './world.ts'

export interface Trouble {
  /** `bad`: wrong. `warn`: needs attention. `hold`: waits as designed. */
  readonly tone: Extract<Tone, 'bad' | 'warn' | 'hold'>
  readonly text: string
  /** Route of the page with the details. */
  readonly route: readonly string[]
}

type Finder = (world: World) => readonly (Trouble | false)[]

const ORDER = ['bad', 'warn', 'hold'] as const

export function troublesOf(world: World): readonly Trouble[] {
  const found = FINDERS.flatMap((find) => find(world)).filter((each) => each !== false)
  return ORDER.flatMap((tone) => found.filter((trouble) => trouble.tone === tone))
}

const actorRoute = (name: string) => ['actor', name] as const

/** The present state of the actor with a machine that exists once. */
const stateOf = (world: World, machine: string): string =>
  topState([...world.actors.values()].find((actor) => actor.machine === machine)?.states ?? [])

/** Start of the present state of an actor. */
function since(world: World, machine: string): number {
  const run = [...world.runs.values()].findLast((each) => each.machine === machine)
  return run?.steps.at(-1)?.at ?? world.at
}

const ago = (world: World, at: number) => duration(world.at - at)

/** A crash is shown for ten minutes. */
const CRASH_SHOWN_MS = 600_000

const gatewayTroubles: Finder = (world) => {
  const { failure = null, lastCrash = null } = contextOfMachine(world, 'gateway') ?? {}
  const { leader = null, failure: seatFailure = null } = contextOfMachine(world, 'seat') ?? {}
  const state = stateOf(world, 'gateway')
  return [
    failure !== null && {
      tone: 'bad',
      text: `The gateway does not run: “${failure}”.`,
      route: actorRoute('gateway'),
    },
    state === 'Restarting' && {
      tone: 'bad',
      text: 'An actor crashed, and the gateway restarts from the store.',
      route: actorRoute('gateway'),
    },
    lastCrash !== null &&
      world.at - lastCrash.at < CRASH_SHOWN_MS && {
        tone: 'warn',
        text: `The actor ${lastCrash.actor} crashed ${ago(world, lastCrash.at)} ago and was restarted: “${lastCrash.message}”.`,
        route: actorRoute(lastCrash.actor),
      },
    seatFailure !== null && {
      tone: 'bad',
      text: `The seat of the leader cannot be renewed: “${seatFailure}”.`,
      route: actorRoute('seat'),
    },
    state === 'Standby' && {
      tone: 'hold',
      text:
        leader === null
          ? 'This process stands by, and no leader is known.'
          : `This process stands by: ${leader.name} leads for ${ago(world, leader.since)}.`,
      route: actorRoute('seat'),
    },
  ]
}

const chainTroubles: Finder = (world) => {
  const { failure = null } = contextOfMachine(world, 'chainMonitor') ?? {}
  const isStalled = stateOf(world, 'chainMonitor') === 'Stalled'
  const endpoints = [...world.endpoints.values()].filter(({ state }) => state !== 'Up')
  return [
    isStalled && {
      tone: 'bad',
      text: `The chain is stalled for ${ago(world, since(world, 'chainMonitor'))}: ${failure === null ? 'no endpoint shows a new block' : `“${failure}”`}.`,
      route: actorRoute('chainMonitor'),
    },
    ...endpoints.map(({ name, state, message }): Trouble => {
      const why = message === null ? '' : `: “${message}”`
      const tone = state === 'Slow' || state === 'Behind' ? 'warn' : 'bad'
      return {
        tone,
        text: `RPC endpoint ${name} is ${state.toLowerCase()}${why}.`,
        route: actorRoute('chainMonitor'),
      }
    }),
  ]
}

/** A shorter runway is a trouble: six hours, the time to wake a person and to move money. */
const SHORT_RUNWAY_MS = 21_600_000

const walletTroubles: Finder = (world) => {
  const { balance = null, minBalance = '0', failure = null } = contextOfMachine(world, 'wallet') ?? {}
  const state = stateOf(world, 'wallet')
  const runway = world.samples.at(-1)?.money?.runway ?? null
  const why = failure === null ? '' : `: “${failure}”`
  const route = actorRoute('wallet')
  return [
    state === 'LowFunds' && {
      tone: 'bad',
      text: `The wallet pauses: its balance of ${ether(balance ?? '0')} is too low. The minimum is ${ether(minBalance)}, and the cost of the transactions in flight.`,
      route,
    },
    state === 'Stopped' && {
      tone: 'bad',
      text: `The wallet stopped, because the nodes refuse its transactions for a reason that only you can change${why}.`,
      route,
    },
    state === 'Unreachable' && { tone: 'bad', text: `The wallet cannot read its account${why}.`, route },
    runway !== null &&
      runway < SHORT_RUNWAY_MS && {
        tone: 'warn',
        text: `The balance of the wallet lasts ${long(runway)} at the spending of the last hour.`,
        route,
      },
  ]
}

const storeTroubles: Finder = (world) => {
  const { failure = null } = contextOfMachine(world, 'requestTracker') ?? {}
  return [
    failure !== null && {
      tone: 'bad',
      text: `The database takes no writes: “${failure}”.`,
      route: actorRoute('requestTracker'),
    },
  ]
}

/** Effects that failed for the stall timeout without a success. A refused transaction is told by its batch. */
const effectTroubles: Finder = (world) =>
  [...world.actors.values()].flatMap(({ name, machine, snapshot }) => {
    const { failing = [], batchId } = (snapshot.context ?? {}) as {
      readonly failing?: readonly FailingEffect[]
      readonly batchId?: string
    }
    const isTold = (effect: string) =>
      machine === 'chainMonitor' &&
      effect === 'watchBlocks' &&
      topState(snapshotStates(world, name)) === 'Stalled'
    return failing
      .filter(({ isPersistent, effect }) => isPersistent && !isTold(effect))
      .map(({ effect, reason, since: from }): Trouble => {
        const subject = batchId === undefined ? name : `Batch ${short(batchId)}`
        const text = `${subject}: ${words(effect).toLowerCase()} fails for ${ago(world, from)}: “${reason}”.`
        return { tone: 'bad', text, route: batchId === undefined ? actorRoute(name) : ['batch', batchId] }
      })
  })

const snapshotStates = (world: World, name: string): readonly string[] =>
  [...world.actors.values()].find((actor) => actor.name === name)?.states ?? []

/** A batch that waits for its inclusion longer than the time to a replacement, or whose transaction is refused. */
const batchTroubles: Finder = (world) =>
  batchRuns(world)
    .filter(({ endedAt }) => endedAt === null)
    .flatMap((run): readonly Trouble[] => {
      const trouble = refusedTrouble(run) ?? slowTrouble(world, run)
      return trouble === null ? [] : [trouble]
    })

function refusedTrouble(run: Run): Trouble | null {
  const { batchId = '', attempts = [], backOff = 0, inclusion, failing = [] } = contextOf(run)
  const refusal = attempts.at(-1)?.refusal
  if (
    refusal == null ||
    backOff === 0 ||
    inclusion != null ||
    failing.some(({ isPersistent }) => isPersistent)
  )
    return null
  const text = `RPC endpoint ${refusal.endpoint} refuses the transaction of batch ${short(batchId)}: “${refusal.words}”.`
  return { tone: 'bad', text, route: ['batch', batchId] }
}

function slowTrouble(world: World, run: Run): Trouble | null {
  const { batchId = '', attempts = [], inclusion, submittedAt = null } = contextOf(run)
  if (inclusion != null || submittedAt === null) return null
  const waits = world.at - submittedAt
  if (attempts.length < 2 && waits < world.limits.resubmitTimeout) return null
  const sent =
    attempts.length < 2
      ? ''
      : `, with attempt ${attempts.length} of at most ${world.limits.maxResubmissions + 1}`
  const text = `Batch ${short(batchId)} waits for its inclusion for ${duration(waits)}${sent}.`
  return { tone: 'warn', text, route: ['batch', batchId] }
}

type Clause = (world: World) => readonly [Trouble['tone'], string, readonly string[]]

/** Why the batcher starts no batch. The reasons are those of `ThrottleReason` of the gateway. */
const THROTTLES: Readonly<Record<string, Clause>> = {
  NoPermit: ({ limits }) => [
    'hold',
    `all ${limits.maxConcurrentBatches} batches that may be in flight are in flight`,
    ['batches'],
  ],
  BlockBudgetUsed: () => ['hold', 'the batches in flight use the gas of the next block', ['batches']],
  LanesBusy: () => ['hold', 'earlier operations of the same accounts are in flight', ['batches']],
  FeeAboveCeiling: ({ blocks, limits }) => [
    'warn',
    `the base fee, ${gwei(blocks.at(-1)?.baseFee ?? 0)}, is at or above the ceiling of ${gwei(limits.maxBaseFee)}`,
    actorRoute('chainMonitor'),
  ],
  ChainStalled: () => ['bad', 'the chain shows no new block', actorRoute('chainMonitor')],
  WalletUnavailable: () => ['bad', 'the wallet cannot sign', actorRoute('wallet')],
  AccountLimited: () => [
    'warn',
    'a pool takes no more transactions of the wallet until one is included',
    ['batches'],
  ],
}

const queueTroubles: Finder = (world) => {
  const { throttled = null, ready = 0 } = contextOfMachine(world, 'opsBatcher') ?? {}
  if (throttled === null) return []
  const [tone, clause, route] = THROTTLES[throttled]?.(world) ?? [
    'warn',
    words(throttled).toLowerCase(),
    actorRoute('opsBatcher'),
  ]
  const text = `${waiting(ready)} for ${ago(world, since(world, 'opsBatcher'))}: ${clause}.`
  return [{ tone, text, route }]
}

const waiting = (amount: number) => `${count(amount, 'operation')} ${amount === 1 ? 'waits' : 'wait'}`

/** From this base fee pressure on, batches have less than half of their usual gas. */
const HIGH_PRESSURE = 0.5

const feeTroubles: Finder = (world) => {
  const fees = contextOfMachine(world, 'chainMonitor')?.fees
  if (fees == null || fees.feePressure < HIGH_PRESSURE) return []
  const text = `Batches are smaller than usual: the base fee, ${gwei(fees.baseFee)}, is near the ceiling of ${gwei(world.limits.maxBaseFee)}.`
  return [{ tone: 'hold', text, route: actorRoute('chainMonitor') }]
}

const laneTroubles: Finder = (world) => {
  const { gaps, gapCount, longestWaitSince, timeout } = lanesOf(world)
  if (gapCount === 0) return []
  const amount = gaps.reduce((sum, gap) => sum + gap.waiting.length, 0)
  const longest = longestWaitSince === null ? '' : `, for up to ${ago(world, longestWaitSince)}`
  const limit = timeout === null ? '' : `. After ${duration(timeout)} they are tried without it`
  const text = `${waiting(amount)} in ${count(gapCount, 'account')} for an earlier nonce that did not arrive${longest}${limit}.`
  return [{ tone: 'hold', text, route: ['lanes'] }]
}

const resultTroubles: Finder = (world) => {
  const [failed, evicted] = [recent(world, 'failed'), recent(world, 'evicted')]
  const [id, last] = [...world.failures].at(-1) ?? []
  const why = last === undefined ? '' : ` The last one: ${explained(last.reason).words}`
  return [
    failed > 0 && {
      tone: 'warn',
      text: `${count(failed, 'operation')} failed in the last ${period(world)}.${why}`,
      route: id === undefined ? ['batches'] : ['operation', id],
    },
    evicted > 0 && {
      tone: 'hold',
      text: `${count(evicted, 'operation')} left a batch without a verdict in the last ${period(world)}, to be tried again.`,
      route: ['batches'],
    },
  ]
}

/** The increase of a counter over the samples: five minutes at most. */
export function recent({ samples }: World, counter: 'failed' | 'evicted'): number {
  return Math.max(0, (samples.at(-1)?.[counter] ?? 0) - (samples[0]?.[counter] ?? 0))
}

/** The time of the samples, in words. */
export function period({ samples }: World): string {
  const minutes = Math.round(((samples.at(-1)?.at ?? 0) - (samples[0]?.at ?? 0)) / 60_000)
  return minutes < 2 ? 'minute' : `${minutes} minutes`
}

const FINDERS: readonly Finder[] = [
  gatewayTroubles,
  storeTroubles,
  chainTroubles,
  walletTroubles,
  effectTroubles,
  batchTroubles,
  queueTroubles,
  feeTroubles,
  laneTroubles,
  resultTroubles,
]
