/** Small records of every stored kind, made from numbers. */
import type {
  BatchId,
  BatchPlan,
  BatchState,
  FinalizedBatch,
  Inclusion,
  PlannedCall,
  TransactionAttempt,
} from '../../src/domain/batch.ts'
import type { BlockRef } from '../../src/domain/chain.ts'
import type { DividedCost } from '../../src/domain/cost.ts'
import type { Finality, FinalityLevel } from '../../src/domain/finality.ts'
import type { OpEnvelope, OperationId } from '../../src/domain/operation.ts'
import { PriorityClass } from '../../src/domain/operation.ts'
import type { Address, Hash, Hex, Millis } from '../../src/domain/primitives.ts'
import type { Refusal } from '../../src/domain/refusal.ts'
import type { OpStatus } from '../../src/domain/status.ts'
import type { StoreWrite } from '../../src/domain/writes.ts'
import type { WorldIdOperation } from '../../src/registry/worldId/operations.ts'
import type { StoreIdentity } from '../../src/store/port.ts'

/** The time when every test starts. */
export const START: Millis = 1_700_000_000_000

export const operationId = (n: number): OperationId => uuid('00000000', n)
export const batchId = (n: number): BatchId => uuid('bbbbbbbb', n)
export const hash = (n: number): Hash => hex(n, 32)
export const address = (n: number): Address => hex(n, 20)

export const IDENTITY: StoreIdentity = {
  chainId: 480,
  registryAddress: address(0xabc),
  genesisHash: hash(0xdef),
}

/** Operation `n`, with sequence number `n`. Every third operation is a create, without lane and signer. */
export function envelope(n: number): OpEnvelope<WorldIdOperation> {
  const common = {
    id: operationId(n),
    client: n % 4 === 0 ? '192.0.2.7' : null,
    receivedAt: START + n,
    sequence: n,
    tries: 0,
    bytes: 100 + n,
    claims: [`authenticator:${address(n)}`],
  }
  if (n % 3 === 0) {
    return {
      ...common,
      kind: 'create_account',
      priority: PriorityClass.Critical,
      lane: null,
      signer: null,
      operation: {
        kind: 'create_account',
        recoveryAddress: address(0),
        authenticatorAddresses: [address(n)],
        authenticatorPubkeys: ['0x7'],
        offchainSignerCommitment: '0x9',
      },
    }
  }
  return {
    ...common,
    kind: 'insert_authenticator',
    priority: PriorityClass.Normal,
    // A leaf above 2^63, too large for a number column.
    lane: { leaf: `1844674407370955${1000 + n}`, nonce: n },
    signer: address(n + 1),
    operation: {
      kind: 'insert_authenticator',
      leafIndex: hex(n, 8),
      oldOffchainSignerCommitment: '0x1',
      newOffchainSignerCommitment: '0x2',
      signature: hex(n, 65),
      nonce: hex(n, 1),
      newAuthenticatorAddress: address(n),
      pubkeyId: 1,
      newAuthenticatorPubkey: '0x3',
    },
  }
}

export const accepted = (n: number): StoreWrite => ({ type: 'operation.accepted', envelope: envelope(n) })

export function failed(n: number, at = START): StoreWrite {
  return { type: 'operation.failed', id: operationId(n), reason: { type: 'NonceTooHigh', expected: 3 }, at }
}

export function opened(batch: number, operations: readonly number[], at = START): StoreWrite {
  return {
    type: 'batch.opened',
    batchId: batchId(batch),
    operations: operations.map(operationId),
    gasBudget: 9_000_000,
    at,
  }
}

/** A plan with a call for each operation. */
export function plan(operations: readonly number[]): BatchPlan {
  const calls = operations.map(
    (n): PlannedCall => ({
      target: address(0xabc),
      callData: hex(n, 36),
      operations: [operationId(n)],
      gas: 100_000 + n,
    }),
  )
  return {
    calls,
    callData: `0x82ad56cb${calls.map(({ callData }) => callData.slice(2)).join('')}`,
    gasLimit: 8_000_000,
  }
}

export function entered(batch: number, state: BatchState, at = START): StoreWrite {
  return { type: 'batch.entered', batchId: batchId(batch), state, at }
}

export function planned(batch: number, operations: readonly number[], at = START): StoreWrite {
  return { type: 'batch.planned', batchId: batchId(batch), plan: plan(operations), at }
}

/** The hash of attempt `n` of a batch. */
export const attemptHash = (batch: number, n: number): Hash => hash(batch * 100 + n)

/** The `n` of a cancel among the attempts. */
export const CANCEL = 9

export function attempt(batch: number, n: number): TransactionAttempt {
  return {
    hash: attemptHash(batch, n),
    nonce: 40 + batch,
    purpose: n === CANCEL ? 'cancel' : 'batch',
    plan: n === CANCEL ? null : 0,
    batchId: batchId(batch),
    gasLimit: 8_000_000,
    maxFeePerGas: 9_007_199_254_740_991,
    maxPriorityFeePerGas: n,
    raw: hex(batch * 100 + n, 300),
    signedAt: START + n,
    rollupFee: String(1e18 + n),
    refusal: null,
  }
}

/** @param plan position of the plan that the attempt carries */
export const signed = (batch: number, n: number, plan = 0): StoreWrite => ({
  type: 'attempt.signed',
  attempt: { ...attempt(batch, n), ...(n !== CANCEL && { plan }) },
})

export const REFUSAL: Refusal = {
  class: 'nodeFeeCap',
  words: 'tx fee (1.10 ether) exceeds the configured cap (1.00 ether)',
  code: -32000,
  endpoint: 'node:8545',
  limit: 1e18,
}

export function refused(batch: number, n: number, refusal = REFUSAL): StoreWrite {
  return {
    type: 'attempt.refused',
    batchId: batchId(batch),
    txHash: attemptHash(batch, n),
    refusal,
    at: START,
  }
}

export function submitted(batch: number, n: number, at = START): StoreWrite {
  return { type: 'batch.submitted', batchId: batchId(batch), txHash: attemptHash(batch, n), at }
}

export const block = (blockNumber: number): BlockRef => ({
  blockNumber,
  blockHash: hash(0xb10c00 + blockNumber),
})

export const inclusion = (batch: number, n: number, blockNumber = 7): Inclusion => ({
  txHash: attemptHash(batch, n),
  ...block(blockNumber),
})

export function included(batch: number, where: Inclusion | null): StoreWrite {
  return { type: 'batch.included', batchId: batchId(batch), inclusion: where, at: START }
}

export type StatusName = 'finalized' | 'failed' | 'evicted'

/** The stored status of each name. */
export const STATUS = {
  finalized: { type: 'Finalized', txHash: hash(0xf1), blockNumber: 7, gasUsed: 90_000 },
  failed: { type: 'Failed', reason: { type: 'ExecutionReverted', revert: null }, txHash: hash(0xfa) },
  evicted: { type: 'Evicted', reason: 'GasLimitExceeded', nextNonce: 5 },
} as const satisfies Record<StatusName, OpStatus>

/** Statuses by the operations' numbers. */
export type Statuses = Readonly<Record<number, StatusName>>

function statuses(names: Statuses): Readonly<Record<OperationId, OpStatus>> {
  return Object.fromEntries(Object.entries(names).map(([n, name]) => [operationId(Number(n)), STATUS[name]]))
}

/** @param blockNumber evidence block of the verdicts among the statuses */
export function trimmed(batch: number, names: Statuses, at = START, blockNumber = 7): StoreWrite {
  const verdicts = Object.entries(names).filter(([, name]) => name !== 'evicted')
  const evidenceBlock = Object.fromEntries(
    verdicts.map(([n]) => [operationId(Number(n)), block(blockNumber)]),
  )
  return { type: 'batch.trimmed', batchId: batchId(batch), statuses: statuses(names), evidenceBlock, at }
}

interface Settlement {
  readonly at?: Millis
  readonly failure?: string | null
  /** The inclusion; invented when absent and the batch did not fail. */
  readonly where?: Inclusion
  readonly cost?: DividedCost
}

/** The cost of a transaction with equal shares. Larger than the integers of SQLite. */
export function costOf(...operations: readonly number[]): DividedCost {
  const share = { gasFee: '10000000000000000001', l1Fee: '30', operatorFee: null }
  return {
    effectiveGasPrice: 2e9,
    gasFee: String(BigInt(operations.length) * BigInt(share.gasFee)),
    l1Fee: String(30 * operations.length),
    operatorFee: null,
    shares: Object.fromEntries(operations.map((n) => [operationId(n), share])),
  }
}

export function result(
  batch: number,
  names: Statuses,
  { at = START, failure = null, where, cost }: Settlement = {},
): FinalizedBatch {
  return {
    batchId: batchId(batch),
    txHash: where?.txHash ?? (failure === null ? hash(0xf1) : null),
    blockNumber: where?.blockNumber ?? (failure === null ? 7 : null),
    gasUsed: 180_000,
    ...(cost !== undefined && { cost }),
    statuses: statuses(names),
    timing: {
      createdAt: START,
      simulationCompletedAt: START,
      submittedAt: START,
      finalizedAt: at,
      totalDuration: at - START,
      resubmissionCount: 0,
    },
    failure,
  }
}

export function settled(batch: number, names: Statuses, end: Settlement = {}): StoreWrite {
  return { type: 'batch.settled', batch: result(batch, names, end) }
}

/** The transaction of attempt `n` has reached these levels. */
export function finalityOf(batch: number, n: number, ...levels: readonly FinalityLevel[]): Finality {
  const reached = { blockNumber: 7, at: START }
  return {
    txHash: attemptHash(batch, n),
    levels: Object.fromEntries(levels.map((level) => [level, reached])),
  }
}

export function finalityChanged(batch: number, finality: Finality | null): StoreWrite {
  return { type: 'batch.finalityChanged', batchId: batchId(batch), finality }
}

export function revived(batch: number, at = START): StoreWrite {
  return { type: 'batch.revived', batchId: batchId(batch), at }
}

export function operationRevived(n: number, at = START): StoreWrite {
  return { type: 'operation.revived', id: operationId(n), at }
}

/** Operations 1 and 2 in batch 1, up to the first broadcast. */
export const SUBMITTED_BATCH: readonly StoreWrite[] = [
  accepted(1),
  accepted(2),
  opened(1, [1, 2], START + 10),
  planned(1, [1, 2], START + 20),
  signed(1, 1),
  entered(1, 'Submitted'),
  submitted(1, 1, START + 30),
]

function uuid(prefix: string, n: number): string {
  return `${prefix}-0000-4000-8000-${n.toString(16).padStart(12, '0')}`
}

function hex(n: number, bytes: number): Hex {
  return `0x${n.toString(16).padStart(2 * bytes, '0')}`
}
