/** The model of a pendingBatch: the events of each state, and the context that guards read. */
import { type AnyMachineSnapshot, createActor } from 'xstate'
import type { TransactionAttempt } from '../../src/domain/batch.ts'
import type {
  BatchOrigin,
  InclusionReport,
  PendingBatchContext,
  PendingBatchInput,
  SimulationReport,
} from '../../src/machines/pendingBatch/context.ts'
import { pendingBatchMachine } from '../../src/machines/pendingBatch/pendingBatch.ts'
import { BLOCKS_BETWEEN_CHECKS } from '../../src/machines/pendingBatch/rules.ts'
import { accepted, nonceTooLow, refused, underpriced } from '../machines/support/broadcasts.ts'
import {
  address,
  attempt,
  batchRecord,
  block,
  chainState,
  hash,
  inclusion,
  inLane,
  transactions,
} from '../machines/support/samples.ts'
import { START } from '../machines/support/stage.ts'
import { batchPromises } from './batchPromises.ts'
import { done, fails, possible } from './support/events.ts'
import { deferredEffects, logicOf, type Model, pathStage } from './support/model.ts'
import type { ModelEvent } from './support/paths.ts'

const EFFECTS = ['loadBatch', 'simulateBatch', 'broadcast', 'readInclusion', 'readOutcome'] as const

const operations = [inLane(1, 'a', 3), inLane(2, 'b', 7)]

const plan = {
  calls: [{ target: address('1'), callData: '0x01', operations: ['op-1', 'op-2'], gas: 300_000 }],
  callData: '0xdada',
  gasLimit: 500_000,
} as const

const smallPlan = { ...plan, calls: [{ ...plan.calls[0], operations: ['op-1'] }] } as const

const finalized = { type: 'Finalized', txHash: hash('f'), blockNumber: 20, gasUsed: 1 } as const

const first = attempt(7)
const raised = attempt(7, { maxFeePerGas: 13, maxPriorityFeePerGas: 2 })
/** Carries the second plan: it is smaller, or has more gas. */
const planned = attempt(7, { maxFeePerGas: 14, plan: 1 })
const cancel = attempt(7, { purpose: 'cancel', maxFeePerGas: 17, maxPriorityFeePerGas: 3 })
const foreign = attempt(7, { maxFeePerGas: 99 })

const IN_BLOCK = found(first, 20)
const IN_OTHER_BLOCK = found(first, 20, 'c')
const CANCEL_FOUND = found(cancel, 20)

const PLANNED = simulated(plan)
const PLANNED_SMALLER = simulated(smallPlan)

const VERDICTS = { type: 'settled', statuses: { 'op-1': finalized, 'op-2': finalized }, gasUsed: 1 }
const CANCEL_READ = { type: 'settled', statuses: {}, gasUsed: 1 }

const EVENTS: readonly ModelEvent[] = [
  done('loadBatch', { record: batchRecord({ plans: [plan] }), attempts: [first] }, 'loaded'),
  fails('loadBatch'),
  done('simulateBatch', PLANNED, 'simulated'),
  done('simulateBatch', simulated(null), 'nothing is left'),
  done('simulateBatch', PLANNED_SMALLER, 'planned smaller'),
  fails('simulateBatch'),
  ...[first, raised, planned, cancel].map((signed, index) => ({
    type: 'transaction.signed',
    attempt: signed,
    market: { maxFeePerGas: 10, maxPriorityFeePerGas: 1 },
    label: ['signed', 'signed again', 'signed with the next plan', 'cancel signed'][index] ?? '',
  })),
  { type: 'signature.refused', label: 'refused' },
  { type: 'nonce.next', label: 'nonce is next' },
  done('broadcast', accepted, 'accepted'),
  done('broadcast', underpriced, 'underpriced'),
  done('broadcast', nonceTooLow, 'nonce consumed'),
  done('broadcast', refused('tooLarge'), 'too large'),
  done('broadcast', refused('gasTooLow'), 'gas too low'),
  done('broadcast', refused('funds'), 'refused for funds'),
  done('broadcast', refused('unknown'), 'refused for an unknown reason'),
  fails('broadcast'),
  done('readInclusion', IN_BLOCK, 'found'),
  done('readInclusion', IN_OTHER_BLOCK, 'found elsewhere'),
  done('readInclusion', CANCEL_FOUND, 'cancel found'),
  done('readInclusion', missing(20, null), 'not found'),
  done('readInclusion', missing(20, 'unknown'), 'nonce consumed by an unknown transaction'),
  done('readInclusion', missing(21, 'unknown'), 'still unknown, a block later'),
  done('readInclusion', missing(20, foreign.hash), 'a foreign transaction'),
  fails('readInclusion'),
  done('readOutcome', VERDICTS, 'verdicts read'),
  done('readOutcome', CANCEL_READ, 'the cancel read'),
  done('readOutcome', { type: 'orphaned' }, 'orphaned'),
  fails('readOutcome'),
  { type: 'block.observed', head: block(20), chain: chainState(), label: 'block' },
  { type: 'block.observed', head: block(21), chain: chainState(), label: 'block on top' },
  {
    type: 'block.observed',
    head: block(20, { transactions: [first.hash] }),
    chain: chainState(),
    label: 'block with the batch',
  },
  { type: 'chain.reorged', depth: 1, orphanedFrom: 20, head: block(20, { branch: 'c' }), label: 'reorg' },
  { type: 'tick', at: START + 1, label: 'tick' },
  { type: 'tick', at: START + 60_000, label: 'late tick' },
]

function simulated(planned: SimulationReport['plan']): SimulationReport {
  return { plan: planned, statuses: {}, evidenceBlock: {}, measured: [], at: START }
}

function found({ hash: txHash }: TransactionAttempt, blockNumber: number, branch = 'b'): InclusionReport {
  return { inclusion: inclusion(txHash, blockNumber, branch), consumedBy: null, blockNumber }
}

function missing(blockNumber: number, consumedBy: InclusionReport['consumedBy']): InclusionReport {
  return { inclusion: null, consumedBy, blockNumber }
}

/** The context that guards read. Counters and times count only in the states that read them: otherwise each would be a state. */
function view(snapshot: AnyMachineSnapshot): string {
  const context: PendingBatchContext = snapshot.context
  const { attempts, plans, lastBroadcast, sending, accepted: taken, inclusion: seen } = context
  const indexOf = (txHash: string | null | undefined) => attempts.findIndex((known) => known.hash === txHash)
  const isIn = (state: string) => JSON.stringify(snapshot.value).includes(state)
  const isWaiting = isIn('Resting') || isIn('BackingOff') || isIn('Resubmitting')
  return JSON.stringify({
    attempts: attempts.map(({ purpose, maxFeePerGas }) => `${purpose}${maxFeePerGas}`).join(),
    plans: plans.map((each) => each.calls.flatMap(({ operations: ids }) => ids).length).join(),
    onlyFills: context.gapNonce !== null && plans.length === 0,
    sending: isIn('Broadcasting') ? indexOf(sending?.hash) : null,
    sent: lastBroadcast && [indexOf(lastBroadcast.hash), lastBroadcast.refusal?.class ?? 'accepted'],
    accepted: indexOf(taken),
    inclusion: seen === null ? null : [indexOf(seen.txHash), seen.blockHash.slice(0, 3)],
    isSeen: context.isSeen,
    isNext: context.nextNonceSince !== null,
    isOffered: context.offeredAt !== null,
    displacedAt: context.displacedAt,
    pausedAt: isIn('Pausing') ? context.pausedAt : null,
    mustCancel: context.mustCancel,
    cancelGas: context.cancelGas > 21_000,
    refusals: Math.min(context.refusedReplacements, 1),
    backOff: context.backOff > 0,
    ...(isWaiting && {
      lastOffer: context.lastOffer === null ? null : context.headNumber > context.lastOffer.headNumber,
      blocks: Math.min(context.blocksSinceCheck, BLOCKS_BETWEEN_CHECKS - 1),
      broadcast: Math.min(context.blocksSinceBroadcast, 1),
    }),
  })
}

/**
 * The order of attempts: the first transaction (for a gap: a cancel), a replacement or the next plan, then a cancel. A check
 * finds only attempts signed before.
 */
function canHappen(snapshot: AnyMachineSnapshot, { attempt: signed, output }: ModelEvent): boolean {
  const { attempts, gapNonce, plans, inclusion: seen }: PendingBatchContext = snapshot.context
  const isSigned = ({ hash: txHash }: TransactionAttempt) => attempts.some((known) => known.hash === txHash)
  if (output === VERDICTS) return seen?.txHash !== cancel.hash
  if (output === CANCEL_READ) return seen?.txHash === cancel.hash
  if (output === IN_BLOCK || output === IN_OTHER_BLOCK) return isSigned(first)
  if (output === CANCEL_FOUND) return isSigned(cancel)
  if (output === PLANNED_SMALLER) return snapshot.matches({ Submitted: { Delivery: 'Replanning' } })
  if (output === PLANNED) return snapshot.matches('Simulating')
  if (signed === undefined) return true
  if (gapNonce !== null) return signed === cancel && attempts.length === 0
  if (attempts.length === 0) return signed === first
  if (isSigned(cancel) || attempts.length > 2) return false
  return (
    signed === cancel ||
    (signed === planned
      ? plans.length > 1 && !isSigned(planned)
      : signed === raised && !isSigned(raised) && attempts.length === 1)
  )
}

/** A model for each origin of a batch. */
export const pendingBatchModels: readonly [Model, ...Model[]] = [
  model({ type: 'planned' }),
  model({ type: 'healing', nonce: 7 }),
  model({ type: 'resumed', record: batchRecord({ plans: [plan] }), attempts: [first] }),
  model({ type: 'revived' }),
]

function model(origin: BatchOrigin): Model {
  const input: PendingBatchInput = {
    batchId: 'batch-1',
    operations: origin.type === 'healing' ? [] : operations,
    gasCap: 16_000_000,
    config: { ...transactions, maxResubmissions: 1, confirmations: 1 },
    target: address('2'),
    createdAt: START,
    now: () => START,
    origin,
  }
  return {
    machine: pendingBatchMachine,
    input,
    events: (snapshot) => possible(snapshot, EVENTS).filter((event) => canHappen(snapshot, event)),
    view,
    sent: [
      ...['transaction.signed', 'signature.refused', 'nonce.next'],
      ...['block.observed', 'chain.reorged', 'tick'],
    ],
    start(watch) {
      const { stage, ...hands } = pathStage(null, watch)
      const effects = deferredEffects(stage, EFFECTS)
      const machine = watch.watch(pendingBatchMachine.provide({ actors: logicOf(effects) }))
      const actor = createActor(machine, { parent: stage.parent, input }).start()
      return { actor, effects, check: batchPromises(stage, effects, () => actor.getSnapshot()), ...hands }
    },
  }
}
