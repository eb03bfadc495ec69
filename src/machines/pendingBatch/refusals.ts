/** What a batch does after a broadcast: an edge for each refusal class, and the plan that a refusal asks for. Pure. */
import type { BatchPlan, TransactionAttempt } from '../../domain/batch.ts'
import type { DurationMs, Gas } from '../../domain/primitives.ts'
import type { Refusal, RefusalClass } from '../../domain/refusal.ts'
import type { BroadcastResult, PendingBatchContext, SimulationInput } from './context.ts'
import { newestAttempt, planOf, simulationInput } from './rules.ts'

/**
 * The edges after a broadcast.
 *
 * - `rest`: wait for inclusion.
 * - `check`: the nonce is consumed, so look for the hashes of all attempts.
 * - `raise`: replace at higher fees.
 * - `shrink`: plan again with fewer operations, at the same nonce and fees.
 * - `addGas`: sign again with a higher gas limit, at the same nonce and fees.
 * - `sign`: such a plan exists already, and its signature was refused or is delayed.
 * - `cancel`: no smaller plan is possible.
 * - `backOff`: the same bytes again after a pause.
 */
export type Edge = 'rest' | 'check' | 'raise' | 'shrink' | 'addGas' | 'sign' | 'cancel' | 'backOff'

/** Only the edge `raise` changes a price. */
const EDGES: Readonly<Record<RefusalClass, Edge>> = {
  known: 'rest',
  nonceTooLow: 'check',
  replacement: 'raise',
  underpriced: 'raise',
  feeBelowBlock: 'raise',
  nodeFeeCap: 'shrink',
  tooLarge: 'shrink',
  gasTooLow: 'addGas',
  funds: 'backOff',
  accountLimit: 'backOff',
  poolFull: 'backOff',
  nonceGap: 'backOff',
  config: 'backOff',
  rateLimited: 'backOff',
  transport: 'backOff',
  unknown: 'backOff',
}

/** @param canReplace false when all replacements are used */
export function edgeAfter(context: PendingBatchContext, result: BroadcastResult, canReplace: boolean): Edge {
  if (result.type === 'accepted') return 'rest'
  const edge = EDGES[result.refusal.class]
  if (edge === 'raise') return canReplace ? 'raise' : 'backOff'
  if (edge !== 'shrink' && edge !== 'addGas') return edge
  const sent = sentAttempt(context)
  if (sent.plan !== null && sent.plan < context.plans.length - 1) return 'sign'
  if (edge === 'addGas' && gasAfter(context, result.refusal) !== null) return 'addGas'
  if (sent.purpose === 'cancel') return 'backOff'
  return countOf(planOf(context, sent)) > 1 ? 'shrink' : 'cancel'
}

const MIN_BACK_OFF = 1_000
const MAX_BACK_OFF = 30_000

/** The pause after a refusal: twice the pause before, from 1 to 30 seconds. */
export function nextBackOff({ backOff }: Pick<PendingBatchContext, 'backOff'>): DurationMs {
  return Math.min(MAX_BACK_OFF, Math.max(MIN_BACK_OFF, 2 * backOff))
}

/** A refusal for a broadcast that failed without an answer. */
export function noAnswer(words: string): Refusal {
  return { class: 'transport', words, code: null, endpoint: 'all endpoints', limit: null }
}

/** Highest gas limit of a cancel. On some chains a transfer also pays for the data on L1. */
const MAX_CANCEL_GAS = 1_000_000

/**
 * The gas limit after the refusal `gasTooLow`. The minimum of the message is added: it covers what the simulation does not
 * know, such as the data on L1.
 * @returns null when the limit would be too high
 */
export function gasAfter(context: PendingBatchContext, { limit }: Refusal): Gas | null {
  const { purpose, gasLimit } = sentAttempt(context)
  const gas = gasLimit + Math.ceil(limit ?? gasLimit / 2)
  return gas <= (purpose === 'cancel' ? MAX_CANCEL_GAS : context.gasCap) ? gas : null
}

/** Part of the allowed size that the next plan uses: the fixed cost of a transaction does not shrink. */
const SAFE_SHARE = 0.95

/** The operations of the next, smaller plan, and its gas cap. */
export function smallerPlanInput(context: PendingBatchContext): SimulationInput {
  const sent = sentAttempt(context)
  const refusal = context.lastBroadcast?.refusal ?? noAnswer('')
  const ids = planOf(context, sent).calls.flatMap(({ operations }) => operations)
  const { share, gasCap } = allowed(refusal, sent)
  const fitting = Math.floor(ids.length * (share < 1 ? share * SAFE_SHARE : 1 / 2))
  const kept = new Set(ids.slice(0, Math.max(1, Math.min(fitting, ids.length - 1))))
  return {
    ...simulationInput(context),
    operations: context.operations.filter(({ id }) => kept.has(id)),
    gasCap: Math.min(context.gasCap, gasCap),
  }
}

/**
 * The part of an attempt that fits into the limit of a refusal; 1 if the message names no limit. A limit on the bytes is told
 * from a limit on the gas by its size: every byte costs several gas.
 */
function allowed({ class: kind, limit }: Refusal, sent: TransactionAttempt) {
  const unknown = { share: 1, gasCap: sent.gasLimit }
  if (limit === null) return unknown
  if (kind === 'nodeFeeCap') {
    const gasCap = Math.floor(limit / sent.maxFeePerGas)
    return { share: gasCap / sent.gasLimit, gasCap }
  }
  if (kind !== 'tooLarge') return unknown
  const bytes = (sent.raw.length - 2) / 2
  return limit < bytes
    ? { share: limit / bytes, gasCap: sent.gasLimit }
    : { share: limit / sent.gasLimit, gasCap: limit }
}

function countOf({ calls }: BatchPlan): number {
  return calls.reduce((sum, { operations }) => sum + operations.length, 0)
}

function sentAttempt(context: PendingBatchContext): TransactionAttempt {
  return context.sending ?? newestAttempt(context)
}
