/** A pendingBatch, and the ways to bring it where a test begins. */
import { createActor } from 'xstate'
import type { TransactionAttempt } from '../../../src/domain/batch.ts'
import type { BlockHead } from '../../../src/domain/chain.ts'
import type { PendingBatchConfig } from '../../../src/domain/config.ts'
import type { OpStatus } from '../../../src/domain/status.ts'
import type {
  BatchOrigin,
  InclusionReport,
  PendingBatchInput,
  SimulationReport,
} from '../../../src/machines/pendingBatch/context.ts'
import type { BatchMessage } from '../../../src/machines/protocol.ts'
import { batchEffects } from './batchEffects.ts'
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
} from './samples.ts'
import { START, Stage } from './stage.ts'

export const operations = [inLane(1, 'a', 3), inLane(2, 'b', 7)]

/** The batch's first transaction, and what replaces it. */
export const first = attempt(7)
export const raised = attempt(7, { maxFeePerGas: 13, maxPriorityFeePerGas: 2 })
/** What consumes its nonce in its place. */
export const cancel = attempt(7, { purpose: 'cancel', maxFeePerGas: 17, maxPriorityFeePerGas: 3 })
/** A transaction of the same nonce that is not the batch's. */
export const stranger = hash('e')

export const plan = {
  calls: [{ target: address('1'), callData: '0x01', operations: ['op-1', 'op-2'], gas: 300_000 }],
  callData: '0xdada',
  gasLimit: 500_000,
} as const

export const landed: OpStatus = { type: 'Finalized', txHash: first.hash, blockNumber: 20, gasUsed: 1 }
export const reverted: OpStatus = {
  type: 'Failed',
  reason: { type: 'ExecutionReverted', revert: null },
  txHash: hash('f'),
}
/** What a batch says of operations that it cannot judge. */
export const unjudged: OpStatus = { type: 'Evicted', reason: 'DependencyNotReady', nextNonce: null }

/** What a batch is given, but for how it begins. */
export const batchInput = {
  batchId: 'batch-1',
  operations,
  gasCap: 16_000_000,
  config: transactions,
  target: address('2'),
  createdAt: START,
  now: () => START,
} as const

/** A batch as it begins: in `Pending`, but for one that was signed before a restart. */
export function pending(
  config: Partial<PendingBatchConfig> = {},
  origin: BatchOrigin = { type: 'planned' },
  riding = operations,
) {
  const stage = new Stage(null)
  const effects = batchEffects(stage)
  const input: PendingBatchInput = {
    ...{ ...batchInput, now: stage.now, origin },
    ...{ operations: riding, config: { ...transactions, ...config } },
  }
  const batch = createActor(effects.machine, { parent: stage.parent, input }).start()
  const state = () => batch.getSnapshot().value
  const context = () => batch.getSnapshot().context
  const tell = (message: BatchMessage) => batch.send(message)
  const sign = (signed: TransactionAttempt) => tell({ type: 'transaction.signed', attempt: signed })
  const see = (number: number, traits: Partial<BlockHead> = {}) =>
    batch.send({ type: 'block.observed', head: block(number, traits), chain: chainState() })
  const reorg = (number: number) =>
    batch.send({
      type: 'chain.reorged',
      depth: 1,
      orphanedFrom: number,
      head: block(number, { branch: 'c' }),
    })
  /** The chain accepts its nonce next. */
  const takeTurn = () => tell({ type: 'nonce.next' })
  /** Time passes, and the batch is told. */
  const wait = async (ms: number) => {
    await stage.advance(ms)
    batch.send({ type: 'tick', at: stage.now() })
  }
  /** What it asked to be written down, in order. */
  const writes = () => stage.heardBy('requestTracker').flatMap(({ writes: all }) => all)
  return { ...effects, stage, batch, state, context, tell, sign, see, reorg, takeTurn, wait, writes }
}

export type Batch = ReturnType<typeof pending>

/** What simulation found, all well unless told otherwise. */
export function report(traits: Partial<SimulationReport> = {}): SimulationReport {
  return { plan, statuses: {}, evidenceBlock: {}, measured: [], at: 0, ...traits }
}

/** A batch that was signed before a restart: in `Checking`. */
export function resumed(
  attempts: readonly TransactionAttempt[],
  config: Partial<PendingBatchConfig> = {},
): Batch {
  return pending(config, { type: 'resumed', record: batchRecord({ plan }), attempts })
}

/** A batch without operations that fills nonce 7: in `ReadyToSubmit`. */
export function healing(config: Partial<PendingBatchConfig> = {}): Batch {
  const batch = pending(config, { type: 'healing', nonce: 7 }, [])
  return batch
}

/** In `ReadyToSubmit`, with all of its operations. */
export async function planned(config: Partial<PendingBatchConfig> = {}): Promise<Batch> {
  const batch = pending(config)
  await batch.simulation.resolve(report({ at: batch.stage.now() }))
  batch.stage.forget()
  return batch
}

/** In `Broadcasting`. */
export async function signed(config: Partial<PendingBatchConfig> = {}): Promise<Batch> {
  const batch = await planned(config)
  batch.sign(first)
  batch.stage.forget()
  return batch
}

/** In `AwaitingInclusion`, its first transaction accepted by a node, its nonce the next. */
export async function awaiting(config: Partial<PendingBatchConfig> = {}): Promise<Batch> {
  const batch = await signed(config)
  await batch.broadcast.resolve('accepted')
  batch.takeTurn()
  batch.stage.forget()
  return batch
}

/** In `Confirming`, its first transaction found in block 20. */
export async function confirming(confirmations = 2): Promise<Batch> {
  const batch = await awaiting({ confirmations })
  batch.see(20, { transactions: [first.hash] })
  await batch.look.resolve(found(first, 20))
  batch.stage.forget()
  return batch
}

/** Blocks without the batch; what it sends at them, a node takes. */
export async function pass({ see, broadcast }: Batch, from: number, to: number): Promise<void> {
  for (let number = from; number <= to; number += 1) {
    see(number)
    if (broadcast.waiting > 0) await broadcast.resolve('accepted')
  }
}

/** What a look tells that found a transaction. */
export function found(
  { hash: txHash }: TransactionAttempt,
  blockNumber: number,
  branch = 'b',
): InclusionReport {
  return { inclusion: inclusion(txHash, blockNumber, branch), consumedBy: null, blockNumber }
}

/** What a look tells that found none of the transactions. */
export function missing(
  blockNumber: number,
  consumedBy: InclusionReport['consumedBy'] = null,
): InclusionReport {
  return { inclusion: null, consumedBy, blockNumber }
}
