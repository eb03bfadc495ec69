/** The model of a pendingBatch: the events of each state, and the context that guards read. */
import { type AnyMachineSnapshot, createActor } from 'xstate'
import type { TransactionAttempt } from '../../src/domain/batch.ts'
import type { Refusal } from '../../src/domain/refusal.ts'
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

const ALONE_TOO_LARGE = refused('nodeFeeCap')
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
  done('broadcast', ALONE_TOO_LARGE, 'too large with one operation'),
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
  { type: 'tags.observed', tags: { safe: 20, finalized: null }, label: 'tags' },
  { type: 'tick', at: START + 1, label: 'tick' },
  { type: 'tick', at: START + 60_000, label: 'late tick' },
  { type: 'tick', at: START + 130_000, label: 'tick after the deadline' },
]

function simulated(planned: SimulationReport['plan']): SimulationReport {
  return { plan: planned, statuses: {}, evidenceBlock: {}, measured: [], extraReserve: 0, at: START }
}

function found({ hash: txHash }: TransactionAttempt, blockNumber: number, branch = 'b'): InclusionReport {
  return { inclusion: inclusion(txHash, blockNumber, branch), consumedBy: null, blockNumber }
}

function missing(blockNumber: number, consumedBy: InclusionReport['consumedBy']): InclusionReport {
  return { inclusion: null, consumedBy, blockNumber }
}

/** The context that guards read. A counter or a time counts only in the states that read it: otherwise each would be a state. */
function view(snapshot: AnyMachineSnapshot): string {
  const context: PendingBatchContext = snapshot.context
  const { attempts, plans, lastBroadcast, sending, accepted: taken, inclusion: seen, lastOffer } = context
  const indexOf = (txHash: string | null | undefined) => attempts.findIndex((known) => known.hash === txHash)
  const value = JSON.stringify(snapshot.value)
  const isIn = (...states: readonly string[]) => states.some((state) => value.includes(state))
  return JSON.stringify({
    attempts: attempts.map(({ purpose, maxFeePerGas }) => `${purpose}${maxFeePerGas}`).join(),
    plans: plans.map(({ calls }) => calls.flatMap(({ operations: ids }) => ids).length),
    operations: context.operations.length,
    onlyFills: context.gapNonce !== null && plans.length === 0,
    sending: isIn('Broadcasting') ? indexOf(sending?.hash) : null,
    sent: lastBroadcast && [indexOf(lastBroadcast.hash), kindOf(lastBroadcast.refusal)],
    accepted: indexOf(taken),
    inclusion: seen === null ? null : [indexOf(seen.txHash), seen.blockHash.slice(0, 3)],
    isSeen: context.isSeen,
    isNext: context.nextNonceSince !== null,
    isOffered: context.offeredAt !== null,
    displacedAt: context.displacedAt,
    pausedAt: isIn('Pausing') ? context.pausedAt : null,
    mustCancel: context.mustCancel,
    refusals: Math.min(context.refusedReplacements, 1),
    backOff: isIn('BackingOff') ? context.backOff > 0 : null,
    ...(isIn('Resting', 'BackingOff', 'Replanning') && {
      lastOffer: lastOffer === null ? null : context.headNumber > lastOffer.headNumber,
    }),
    ...(isIn('Watching', 'Resubmitting') && {
      blocks: Math.min(context.blocksSinceCheck, BLOCKS_BETWEEN_CHECKS - 1),
    }),
    ...(isIn('Resting') && { broadcast: Math.min(context.blocksSinceBroadcast, 1) }),
  })
}

/** The guards tell only these refusals apart. */
function kindOf(refusal: Refusal | null): string {
  if (refusal === null) return 'accepted'
  return refusal.class === 'unknown' ? 'unknown' : 'refused'
}

/**
 * The order of attempts: the first transaction (for a gap: a cancel), a replacement or the next plan, then a cancel. A check
 * finds only attempts signed before.
 */
function canHappen(snapshot: AnyMachineSnapshot, { attempt: signed, output, label }: ModelEvent): boolean {
  const { attempts, gapNonce, plans, inclusion: seen }: PendingBatchContext = snapshot.context
  if (label === 'tick after the deadline') return attempts.length === 0
  const isSigned = ({ hash: txHash }: TransactionAttempt) => attempts.some((known) => known.hash === txHash)
  if (output === VERDICTS) return seen?.txHash !== cancel.hash
  if (output === CANCEL_READ) return seen?.txHash === cancel.hash
  if (output === IN_BLOCK || output === IN_OTHER_BLOCK) return isSigned(first)
  if (output === CANCEL_FOUND) return isSigned(cancel)
  if (output === PLANNED_SMALLER) return snapshot.matches({ Submitted: { Delivery: 'Replanning' } })
  if (output === ALONE_TOO_LARGE) return isSigned(planned)
  if (output === PLANNED) return snapshot.matches('Simulating')
  if (signed === undefined) return true
  if (gapNonce !== null) return signed === cancel && attempts.length === 0
  if (attempts.length === 0) return signed === first
  if (attempts.length > 1) return false
  return signed === cancel || (signed === planned ? plans.length > 1 : signed === raised)
}

/**
 * The regions of a submitted batch run in parallel, and all pairs of their states are too many. So some models vary the
 * delivery, and others vary the evidence. The events of the other region are limited to these.
 */
const FEW = {
  delivery: new Set(['found', 'not found', 'block']),
  evidence: new Set(['accepted', 'simulated', 'signed', 'signed again', 'refused']),
} as const
const EVIDENCE = /readInclusion|readOutcome|block|reorg/
const DELIVERY = /broadcast|simulateBatch|signed|signature/

type Focus = 'delivery' | 'evidence'

function isInFocus(snapshot: AnyMachineSnapshot, { type, label }: ModelEvent, focus: Focus): boolean {
  const { nextNonceSince, attempts, blocksSinceCheck, origin }: PendingBatchContext = snapshot.context
  // From `Submitted` on, a revived batch is like a resumed batch.
  if (origin === 'revived' && !snapshot.matches('Pending')) return false
  if (focus === 'evidence') return !DELIVERY.test(type) || FEW.evidence.has(label)
  // Delivery begins when the nonce is next, and no check becomes due by the number of blocks.
  if (label === 'nonce is next') return attempts.length === 0 && nextNonceSince === null
  if (label === 'signed' || label === 'cancel signed') return nextNonceSince !== null
  if (label === 'block') return blocksSinceCheck < 2
  return !EVIDENCE.test(type) || FEW.delivery.has(label)
}

/** Models for each origin of a batch. */
export const pendingBatchModels: readonly [Model, ...Model[]] = [
  model({ type: 'planned' }, 'delivery'),
  model({ type: 'healing', nonce: 7 }, 'delivery'),
  model({ type: 'healing', nonce: 7 }, 'evidence'),
  model({ type: 'resumed', record: batchRecord({ plans: [plan] }), attempts: [first] }, 'evidence'),
  model({ type: 'resumed', record: batchRecord({ plans: [plan] }), attempts: [first, cancel] }, 'evidence'),
  model({ type: 'revived' }, 'evidence'),
]

function model(origin: BatchOrigin, focus: Focus): Model {
  const input: PendingBatchInput = {
    batchId: 'batch-1',
    operations: origin.type === 'healing' ? [] : operations,
    gasCap: 16_000_000,
    ahead: [],
    gasReserve: 150_000,
    config: { ...transactions, maxResubmissions: 1, confirmations: 1 },
    operationDeadline: 120_000,
    target: address('2'),
    createdAt: START,
    now: () => START,
    origin,
  }
  return {
    machine: pendingBatchMachine,
    input,
    events: (snapshot) =>
      possible(snapshot, EVENTS).filter(
        (event) => isInFocus(snapshot, event, focus) && canHappen(snapshot, event),
      ),
    view,
    sent: [
      ...['transaction.signed', 'signature.refused', 'nonce.next'],
      ...['block.observed', 'chain.reorged', 'tags.observed', 'tick'],
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
