/**
 * What is shown of each machine's context: a few numbers and names, no payload, no bytes, no key. A machine that is not in
 * the table is shown without context, so what is new is not shown before somebody has thought about it.
 */
import type { Contexts, Json, LaneGap } from '../../inspector/src/wire.ts'
import type { Millis } from '../domain/primitives.ts'
import type { ChainMonitorContext } from '../machines/chainMonitor/context.ts'
import type { NonceTrackerContext } from '../machines/nonceTracker/context.ts'
import type { Lanes } from '../machines/nonceTracker/laneState.ts'
import { countWaiting } from '../machines/nonceTracker/lanes.ts'
import type { OpsBatcherContext } from '../machines/opsBatcher/context.ts'
import type { PendingBatchContext } from '../machines/pendingBatch/context.ts'
import type { RequestTrackerContext } from '../machines/requestTracker/setup.ts'
import { countCrashes } from '../machines/root/crashes.ts'
import type { GatewayContext } from '../machines/root/root.ts'
import type { WalletContext } from '../machines/wallet/context.ts'
import { nextNonce } from '../machines/wallet/nonceStream.ts'
import { chainState } from '../policy/feeWindow.ts'
import { firstLine } from './text.ts'

interface MachineContexts extends Record<keyof Contexts, unknown> {
  readonly gateway: GatewayContext
  readonly chainMonitor: ChainMonitorContext
  readonly nonceTracker: NonceTrackerContext
  readonly wallet: WalletContext
  readonly requestTracker: RequestTrackerContext
  readonly opsBatcher: OpsBatcherContext
  readonly pendingBatch: PendingBatchContext
}

/** Most accounts, and most nonces of one, that are shown waiting. */
const MOST_GAPS = 50
const MOST_NONCES = 20
/** Most transactions in flight that are shown. */
const MOST_IN_FLIGHT = 64

/** @param isBirth whether the fields are wanted that are told at birth alone, which are long and do not change */
type View<M extends keyof Contexts> = (context: MachineContexts[M], isBirth: boolean) => Partial<Contexts[M]>

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
  chainMonitor({ head, window, failure }) {
    const fees = chainState(window)
    return {
      head: head && {
        number: head.number,
        hash: head.hash,
        baseFee: head.baseFee,
        gasUsed: head.gasUsed,
        gasLimit: head.gasLimit,
        transactions: head.transactions.length,
        seenAt: head.seenAt,
      },
      fees: fees && {
        baseFee: fees.baseFee,
        baseFeeEma: fees.baseFeeEma,
        baseFeeTrend: fees.baseFeeTrend,
        blockGasLimit: fees.blockGasLimit,
        recentUtilization: fees.recentUtilization,
      },
      failure: textOrNull(failure),
    }
  },
  nonceTracker: ({ lanes, laneTimeout }) => ({
    lanes: lanes.lanes.size,
    claims: lanes.claims.size,
    storing: lanes.storing.size,
    waiting: countWaiting(lanes),
    gaps: gapsOf(lanes),
    gapCount: lanes.gapped.size,
    backingOff: lanes.backingOff.size,
    laneTimeout,
  }),
  wallet: ({ address, balance, minBalance, nonces, syncedAt, requests, serving, failure }) => ({
    address,
    balance,
    minBalance,
    nextNonce: syncedAt === null ? null : nextNonce(nonces),
    inFlight: nonces.tracked
      .slice(0, MOST_IN_FLIGHT)
      .map(({ nonce, batchId, hashes }) => ({ nonce, batchId, attempts: hashes.length })),
    requests: requests.length + (serving === null ? 0 : 1),
    failure: textOrNull(failure),
  }),
  requestTracker: ({ waiting, writing, failure }) => ({
    waiting: waiting.length,
    writing: writing.length,
    failure: textOrNull(failure),
  }),
  opsBatcher: ({ queue, throttled, slots, isChainFollowed, isWalletAvailable, batchNumber }) => ({
    ready: queue.size,
    oldestReceivedAt: queue.oldestReceivedAt,
    throttled,
    slots: slots.map(
      (slot) =>
        slot && {
          batchId: slot.batchId,
          operations: slot.operations.length,
          gapNonce: slot.gapNonce,
          isIncluded: slot.isIncluded,
        },
    ),
    isChainFollowed,
    isWalletAvailable,
    batchNumber,
  }),
  pendingBatch: (context, isBirth) => ({
    batchId: context.batchId,
    ...(isBirth && {
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
    plan: context.plan && {
      calls: context.plan.calls.length,
      gasLimit: context.plan.gasLimit,
      callGas: context.plan.calls.reduce((sum, { gas }) => sum + gas, 0),
    },
    attempts: context.attempts.map((attempt) => ({
      hash: attempt.hash,
      nonce: attempt.nonce,
      purpose: attempt.purpose,
      gasLimit: attempt.gasLimit,
      maxFeePerGas: attempt.maxFeePerGas,
      maxPriorityFeePerGas: attempt.maxPriorityFeePerGas,
      signedAt: attempt.signedAt,
    })),
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
    failure: textOrNull(context.failure),
  }),
}

type ContextView = Readonly<Record<string, Json>>

/**
 * @param machine a machine's id
 * @param context its context, of whatever shape: what cannot be read is not shown
 * @param isBirth whether fields that are only told at birth are wanted too
 */
export function viewContext(machine: string, context: unknown, isBirth: boolean): ContextView | undefined {
  if (!isViewed(machine)) return undefined
  try {
    return { ...viewAs(machine, context, isBirth) }
  } catch {
    return undefined
  }
}

function isViewed(machine: string): machine is keyof Contexts {
  return Object.hasOwn(VIEWS, machine)
}

function viewAs<M extends keyof Contexts>(machine: M, context: unknown, isBirth: boolean) {
  const view: View<M> = VIEWS[machine]
  return view(context as MachineContexts[M], isBirth)
}

function textOrNull(failure: string | null): string | null {
  return failure === null ? null : firstLine(failure)
}

function gapsOf({ lanes, gapped }: Lanes): readonly LaneGap[] {
  const gaps: LaneGap[] = []
  for (const [leaf] of gapped) {
    if (gaps.length === MOST_GAPS) break
    const lane = lanes.get(leaf)
    if (lane !== undefined) gaps.push(gapOf(leaf, lane.next, lane.members))
  }
  return gaps
}

interface Member {
  readonly operation: { readonly lane: { readonly nonce: number } | null }
  readonly phase: string
  readonly since: Millis
}

/** The first nonce from the next one on that nobody has. */
function gapOf(leaf: string, next: number, members: readonly Member[]): LaneGap {
  const nonces = new Set(members.map(({ operation }) => operation.lane?.nonce))
  let missing = next
  while (nonces.has(missing)) missing += 1
  const waiting = members.filter(({ phase }) => phase === 'waiting')
  return {
    leaf,
    missing,
    waiting: waiting.slice(0, MOST_NONCES).flatMap(({ operation }) => operation.lane?.nonce ?? []),
    since: Math.min(...waiting.map(({ since }) => since)),
  }
}
