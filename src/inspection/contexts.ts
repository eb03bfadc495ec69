/**
 * The visible part of each machine's context: a few numbers and names, without payloads, bytes or keys. A machine without an entry
 * in the table has no visible context, because a new machine must not reveal a secret by accident.
 */
import type { Contexts, FailingEffect, Json, LaneGap } from '../../inspector/src/wire.ts'
import { type BatchPlan, countOutcomes } from '../domain/batch.ts'
import type { Millis } from '../domain/primitives.ts'
import { type ChainMonitorContext, watchFailure } from '../machines/chainMonitor/context.ts'
import type { FailingEffects } from '../machines/failingEffects.ts'
import type { FinalityTrackerContext } from '../machines/finalityTracker/context.ts'
import type { IntakeContext } from '../machines/intake/setup.ts'
import type { NonceTrackerContext } from '../machines/nonceTracker/context.ts'
import type { Lanes } from '../machines/nonceTracker/laneState.ts'
import { countWaiting } from '../machines/nonceTracker/lanes.ts'
import type { OpsBatcherContext } from '../machines/opsBatcher/context.ts'
import type { PendingBatchContext } from '../machines/pendingBatch/context.ts'
import type { RequestTrackerContext } from '../machines/requestTracker/setup.ts'
import type { GatewayContext } from '../machines/root/context.ts'
import { countCrashes } from '../machines/root/crashes.ts'
import type { SeatContext } from '../machines/seat/setup.ts'
import type { WalletContext } from '../machines/wallet/context.ts'
import { nextNonce } from '../machines/wallet/nonceStream.ts'
import { leadTime } from '../policy/departure.ts'
import { firstLine } from './text.ts'

interface MachineContexts extends Record<keyof Contexts, unknown> {
  readonly gateway: GatewayContext
  readonly chainMonitor: ChainMonitorContext
  readonly nonceTracker: NonceTrackerContext
  readonly wallet: WalletContext
  readonly intake: IntakeContext
  readonly seat: SeatContext
  readonly requestTracker: RequestTrackerContext
  readonly finalityTracker: FinalityTrackerContext
  readonly opsBatcher: OpsBatcherContext
  readonly pendingBatch: PendingBatchContext
}

/** Maximum number of lanes with a gap, and of waiting nonces per lane. */
const MAX_GAPS = 50
const MAX_NONCES = 20
/** Maximum number of transactions in flight. */
const MAX_IN_FLIGHT = 64

/** @param isStart true adds the long constant fields, which are sent only when the actor starts */
type View<M extends keyof Contexts> = (context: MachineContexts[M], isStart: boolean) => Partial<Contexts[M]>

type Views = { readonly [M in keyof Contexts]: View<M> }

const VIEWS: Views = {
  gateway: ({ failure, crashes }) => ({
    failure: failure === null ? null : firstLine(failure),
    restarts: countCrashes(crashes),
    lastCrash: crashes.last && {
      actor: crashes.last.actor,
      message: firstLine(crashes.last.message),
      at: crashes.last.at,
    },
  }),
  chainMonitor: ({ head, chain, failing }) => ({
    head: head && {
      number: head.number,
      hash: head.hash,
      baseFee: head.baseFee,
      gasUsed: head.gasUsed,
      gasLimit: head.gasLimit,
      transactions: head.transactions.length,
      seenAt: head.seenAt,
    },
    fees: chain && {
      baseFee: chain.baseFee,
      baseFeeEma: chain.baseFeeEma,
      baseFeeTrend: chain.baseFeeTrend,
      feePressure: chain.feePressure,
      blockGasLimit: chain.blockGasLimit,
      recentUtilization: chain.recentUtilization,
    },
    failing: failingView(failing),
    failure: textOrNull(watchFailure({ failing })),
  }),
  nonceTracker: ({ lanes, laneTimeout }) => ({
    lanes: lanes.lanes.size,
    claims: lanes.claims.size,
    storing: lanes.storing.size,
    waiting: countWaiting(lanes),
    gaps: gapsOf(lanes),
    gapCount: lanes.gapped.size,
    backingOff: lanes.backingOff.size,
    longestWaitSince: longestWaitSince(lanes),
    laneTimeout,
  }),
  wallet: ({ address, balance, minBalance, nonces, syncedAt, requests, serving, failing, failure }) => ({
    address,
    balance,
    minBalance,
    nextNonce: syncedAt === null ? null : nextNonce(nonces),
    inFlight: nonces.tracked
      .slice(0, MAX_IN_FLIGHT)
      .map(({ nonce, batchId, hashes }) => ({ nonce, batchId, attempts: hashes.length })),
    requests: requests.length + (serving === null ? 0 : 1),
    failing: failingView(failing),
    failure: textOrNull(failure),
  }),
  intake: ({ waiting }) => ({ waiting: waiting.size }),
  seat: ({ isSole, leader, trustedUntil, failure }) => ({
    isSole,
    leader,
    trustedUntil,
    failure: textOrNull(failure),
  }),
  requestTracker: ({ waiting, writing, failure }) => ({
    waiting: waiting.length,
    writing: writing.length,
    failure: textOrNull(failure),
  }),
  finalityTracker: ({ batches, ends: { tags }, misses }) => ({
    batches: batches.size,
    safe: tags.safe,
    finalized: tags.finalized,
    misses,
  }),
  opsBatcher: ({
    queue,
    throttled,
    slots,
    isChainFollowed,
    isWalletAvailable,
    sizeFactor,
    batchNumber,
    window,
    lead,
  }) => ({
    ready: queue.size,
    oldestReceivedAt: queue.oldestReceivedAt,
    throttled,
    slots: slots.map(
      (slot) =>
        slot && {
          batchId: slot.batchId,
          operations: slot.operations.length,
          gas: slot.gas,
          gapNonce: slot.gapNonce,
          isIncluded: slot.isIncluded,
          isAccountLimited: slot.isAccountLimited,
        },
    ),
    isChainFollowed,
    isWalletAvailable,
    sizeFactor,
    batchNumber,
    windowClosesAt: window?.closesAt ?? null,
    windowBlock: window?.blockNumber ?? null,
    lead: leadTime(lead),
  }),
  pendingBatch: (context, isStart) => ({
    batchId: context.batchId,
    ...(isStart && {
      operations: context.operations.map(({ id, kind, lane, receivedAt, tries }) => ({
        id,
        kind,
        lane: lane === null ? null : `${lane.leaf}:${lane.nonce}`,
        receivedAt,
        tries,
      })),
    }),
    kept: context.operations.length,
    gasCap: context.gasCap,
    plan: planView(context.plans.at(-1)),
    plans: context.plans.length,
    attempts: context.attempts.map((attempt) => ({
      hash: attempt.hash,
      nonce: attempt.nonce,
      purpose: attempt.purpose,
      gasLimit: attempt.gasLimit,
      maxFeePerGas: attempt.maxFeePerGas,
      maxPriorityFeePerGas: attempt.maxPriorityFeePerGas,
      signedAt: attempt.signedAt,
      refusal: attempt.refusal && {
        class: attempt.refusal.class,
        words: firstLine(attempt.refusal.words),
        endpoint: attempt.refusal.endpoint,
      },
    })),
    outcomes: countOutcomes(Object.values(context.statuses).map(({ type }) => type)),
    inclusion: context.inclusion && {
      txHash: context.inclusion.txHash,
      blockNumber: context.inclusion.blockNumber,
      blockHash: context.inclusion.blockHash,
    },
    gasUsed: context.gasUsed,
    headNumber: context.headNumber,
    confirmations: context.config.confirmations,
    isHead: context.nextNonceSince !== null,
    origin: context.origin,
    resubmissionReason: context.resubmissionReason,
    blocksSinceSubmission: context.blocksSinceSubmission,
    createdAt: context.createdAt,
    simulationCompletedAt: context.simulationCompletedAt,
    submittedAt: context.submittedAt,
    backOff: context.backOff,
    failing: failingView(context.failing),
    failure: textOrNull(context.failure),
  }),
}

function planView(plan: BatchPlan | undefined): Contexts['pendingBatch']['plan'] {
  if (plan === undefined) return null
  const { calls, gasLimit } = plan
  return { calls: calls.length, gasLimit, callGas: calls.reduce((sum, { gas }) => sum + gas, 0) }
}

function failingView(failing: FailingEffects): readonly FailingEffect[] {
  return Object.entries(failing).map(([effect, { reason, since, isPersistent }]) => ({
    effect,
    reason: firstLine(reason),
    since,
    isPersistent,
  }))
}

type ContextView = Readonly<Record<string, Json>>

/**
 * @param machine id of a machine
 * @param context context of the machine. A context with an unknown shape is not shown.
 * @param isStart true adds the fields that are sent only when the actor starts
 */
export function viewContext(machine: string, context: unknown, isStart: boolean): ContextView | undefined {
  if (!isViewed(machine)) return undefined
  try {
    return { ...viewAs(machine, context, isStart) }
  } catch {
    return undefined
  }
}

function isViewed(machine: string): machine is keyof Contexts {
  return Object.hasOwn(VIEWS, machine)
}

function viewAs<M extends keyof Contexts>(machine: M, context: unknown, isStart: boolean) {
  const view: View<M> = VIEWS[machine]
  return view(context as MachineContexts[M], isStart)
}

function textOrNull(failure: string | null): string | null {
  return failure === null ? null : firstLine(failure)
}

function gapsOf({ lanes, gapped }: Lanes): readonly LaneGap[] {
  const gaps: LaneGap[] = []
  for (const [leaf] of gapped) {
    if (gaps.length === MAX_GAPS) break
    const lane = lanes.get(leaf)
    if (lane !== undefined) gaps.push(gapOf(leaf, lane.next, lane.members))
  }
  return gaps
}

/** Start of the longest wait for an earlier nonce, in all lanes. Null if no operation waits. */
function longestWaitSince({ lanes, gapped }: Lanes): Millis | null {
  let first: Millis | null = null
  for (const [leaf] of gapped) {
    for (const { phase, since } of lanes.get(leaf)?.members ?? []) {
      if (phase === 'waiting' && (first === null || since < first)) first = since
    }
  }
  return first
}

interface Member {
  readonly operation: { readonly lane: { readonly nonce: number } | null }
  readonly phase: string
  readonly since: Millis
}

/** The first missing nonce of a lane, from the next nonce on. */
function gapOf(leaf: string, next: number, members: readonly Member[]): LaneGap {
  const nonces = new Set(members.map(({ operation }) => operation.lane?.nonce))
  let missing = next
  while (nonces.has(missing)) missing += 1
  const waiting = members.filter(({ phase }) => phase === 'waiting')
  return {
    leaf,
    missing,
    waiting: waiting.slice(0, MAX_NONCES).flatMap(({ operation }) => operation.lane?.nonce ?? []),
    since: Math.min(...waiting.map(({ since }) => since)),
  }
}
