/** A pendingBatch in the first state of a test. */

import { createActor } from 'xstate'
import type { TransactionAttempt } from '../../../src/domain/batch.ts'
import type { BlockHead } from '../../../src/domain/chain.ts'
import type { PendingBatchConfig } from '../../../src/domain/config.ts'
import type { FinalityTags } from '../../../src/domain/finality.ts'
import type { OpStatus } from '../../../src/domain/status.ts'
import type { StoreWrite } from '../../../src/domain/writes.ts'
import type {
  BatchOrigin,
  InclusionReport,
  PendingBatchInput,
  SimulationReport,
} from '../../../src/machines/pendingBatch/context.ts'
import type { BatchMessage, Fees } from '../../../src/machines/protocol.ts'
import { batchEffects } from './batchEffects.ts'
import { accepted } from './broadcasts.ts'
import {
  address,
  attempt,
  batching,
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

/** The batch's first attempt, and its replacement. */
export const first = attempt(7)
export const raised = attempt(7, { maxFeePerGas: 13, maxPriorityFeePerGas: 2 })
/** The cancel of the batch. */
export const cancel = attempt(7, { purpose: 'cancel', maxFeePerGas: 17, maxPriorityFeePerGas: 3 })
/** The hash of a foreign transaction at the nonce of the batch. */
export const foreign = hash('e')

export const plan = {
  calls: [{ target: address('1'), callData: '0x01', operations: ['op-1', 'op-2'], gas: 300_000 }],
  callData: '0xdada',
  gasLimit: 500_000,
} as const

export const finalized: OpStatus = { type: 'Finalized', txHash: first.hash, blockNumber: 20, gasUsed: 1 }
export const reverted: OpStatus = {
  type: 'Failed',
  reason: { type: 'ExecutionReverted', revert: null },
  txHash: hash('f'),
}
/** The status of an operation evicted without verdict. */
export const noVerdict: OpStatus = { type: 'Evicted', reason: 'DependencyNotReady', nextNonce: null }

/** Fees of the market above every attempt. */
const HIGH_MARKET: Fees = { maxFeePerGas: 1_000, maxPriorityFeePerGas: 1_000 }

/** The value of a submitted batch. */
export function submitted(Delivery: string, Evidence: string | object) {
  return { Submitted: { Delivery, Evidence } }
}

/** The value of a batch that an endpoint accepted and no block includes. */
export const awaitingInclusion = submitted('Resting', 'Watching')
export const confirmed = submitted('Delivered', 'Confirming')
export const reading = submitted('Delivered', { Reading: 'Running' })

/** The input of a batch without `origin`. */
export const batchInput = {
  batchId: 'batch-1',
  operations,
  gasCap: 16_000_000,
  ahead: [],
  gasReserve: 150_000,
  config: transactions,
  operationDeadline: batching.operationDeadline,
  target: address('2'),
  createdAt: START,
  now: () => START,
} as const

/** A new batch in `Pending`; a resumed batch starts in `Broadcasting` and `Checking`. */
export function pending(
  config: Partial<PendingBatchConfig> = {},
  origin: BatchOrigin = { type: 'planned' },
  members = operations,
) {
  const stage = new Stage(null)
  const effects = batchEffects(stage)
  const input: PendingBatchInput = {
    ...{ ...batchInput, now: stage.now, origin },
    ...{ operations: members, config: { ...transactions, ...config } },
  }
  const batch = createActor(effects.machine, { parent: stage.parent, input }).start()
  const state = () => batch.getSnapshot().value
  const context = () => batch.getSnapshot().context
  const tell = (message: BatchMessage) => batch.send(message)
  const sign = (signed: TransactionAttempt, market = HIGH_MARKET) =>
    tell({ type: 'transaction.signed', attempt: signed, market })
  const see = (number: number, traits: Partial<BlockHead> = {}) =>
    batch.send({ type: 'block.observed', head: block(number, traits), chain: chainState() })
  /** The newest blocks with a tag are known. */
  const tag = (tags: FinalityTags) => batch.send({ type: 'tags.observed', tags })
  const reorg = (number: number) =>
    batch.send({
      type: 'chain.reorged',
      depth: 1,
      orphanedFrom: number,
      head: block(number, { branch: 'c' }),
    })
  /** The chain accepts the batch's nonce next. */
  const becomeNext = () => tell({ type: 'nonce.next' })
  /** Time passes, and the batch gets a tick. */
  const wait = async (ms: number) => {
    await stage.advance(ms)
    batch.send({ type: 'tick', at: stage.now() })
  }
  const allWrites = () => stage.receivedBy('requestTracker').flatMap(({ writes: all }) => all as StoreWrite[])
  /** The stored states of the batch, in order. */
  const storedStates = () =>
    allWrites().flatMap((write) => (write.type === 'batch.entered' ? [write.state] : []))
  /** The batch's writes to the store, in order, without its states. */
  const writes = () => allWrites().filter(({ type }) => type !== 'batch.entered')
  /** Receiver and type of every message but those to the store and to the finalityTracker, in order. */
  const messages = () =>
    stage.messages.filter((message) => !/^(requestTracker|finalityTracker)/.test(message))
  return {
    ...{ ...effects, stage, batch, state, context, tell, sign, see, tag, reorg, becomeNext, wait },
    ...{ writes, storedStates, messages },
  }
}

export type Batch = ReturnType<typeof pending>

/** A simulation report; without traits every operation succeeds. */
export function report(traits: Partial<SimulationReport> = {}): SimulationReport {
  return { plan, statuses: {}, evidenceBlock: {}, measured: [], extraReserve: 0, at: 0, ...traits }
}

/** A resumed batch, in `Broadcasting` and `Checking`. */
export function resumed(
  attempts: readonly TransactionAttempt[],
  config: Partial<PendingBatchConfig> = {},
): Batch {
  return pending(config, { type: 'resumed', record: batchRecord({ plans: [plan] }), attempts })
}

/** A healing batch for nonce 7, in `ReadyToSubmit`. */
export function healing(config: Partial<PendingBatchConfig> = {}): Batch {
  const batch = pending(config, { type: 'healing', nonce: 7 }, [])
  return batch
}

/** A batch in `ReadyToSubmit`, with all operations. */
export async function planned(config: Partial<PendingBatchConfig> = {}): Promise<Batch> {
  const batch = pending(config)
  await batch.simulation.resolve(report({ at: batch.stage.now() }))
  batch.stage.clear()
  return batch
}

/** A batch in `Broadcasting`, while no check runs. */
export async function signed(config: Partial<PendingBatchConfig> = {}): Promise<Batch> {
  const batch = await planned(config)
  batch.sign(first)
  batch.stage.clear()
  return batch
}

/** A batch in `Resting` and `Watching`. A node has accepted the first attempt, and the nonce is next. */
export async function awaiting(config: Partial<PendingBatchConfig> = {}): Promise<Batch> {
  const batch = await signed(config)
  await batch.broadcast.resolve(accepted)
  batch.becomeNext()
  batch.stage.clear()
  return batch
}

/** A batch in `Confirming`. Block 20 includes the first attempt. */
export async function confirming(confirmations = 2): Promise<Batch> {
  const batch = await awaiting({ confirmations })
  batch.see(20, { transactions: [first.hash] })
  await batch.look.resolve(found(first, 20))
  batch.stage.clear()
  return batch
}

/** Shows blocks without the batch. A node accepts every rebroadcast. */
export async function pass({ see, broadcast }: Batch, from: number, to: number): Promise<void> {
  for (let number = from; number <= to; number += 1) {
    see(number)
    if (broadcast.waiting > 0) await broadcast.resolve(accepted)
  }
}

/** The report of a check with an included attempt. */
export function found(
  { hash: txHash }: TransactionAttempt,
  blockNumber: number,
  branch = 'b',
): InclusionReport {
  return { inclusion: inclusion(txHash, blockNumber, branch), consumedBy: null, blockNumber }
}

/** The report of a check without an included attempt. */
export function missing(
  blockNumber: number,
  consumedBy: InclusionReport['consumedBy'] = null,
): InclusionReport {
  return { inclusion: null, consumedBy, blockNumber }
}
