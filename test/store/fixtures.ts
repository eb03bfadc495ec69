/** Small records of every kind that a store takes. Numbers in, so that a test reads as the story it tells. */
import type {
  BatchId,
  BatchPlan,
  FinalizedBatch,
  Inclusion,
  PlannedCall,
  TransactionAttempt,
} from '../../src/domain/batch.ts'
import type { BlockRef } from '../../src/domain/chain.ts'
import type { OpEnvelope, OperationId } from '../../src/domain/operation.ts'
import { PriorityClass } from '../../src/domain/operation.ts'
import type { Address, Hash, Hex, Millis } from '../../src/domain/primitives.ts'
import type { OpStatus } from '../../src/domain/status.ts'
import type { StoreWrite } from '../../src/domain/writes.ts'
import type { StoreIdentity } from '../../src/store/port.ts'

/** Every test's beginning of time. */
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

/** Operation `n`, admitted as the `n`th. Every third is a create: no lane, no signer. */
export function envelope(n: number): OpEnvelope {
  const common = {
    id: operationId(n),
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
    // A leaf above 2^53 and 2^63, which no number column can hold.
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

/** A plan of one call for each operation. */
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

export function planned(batch: number, operations: readonly number[], at = START): StoreWrite {
  return { type: 'batch.planned', batchId: batchId(batch), plan: plan(operations), at }
}

/** The hash of a batch's `n`th signed transaction. */
export const attemptHash = (batch: number, n: number): Hash => hash(batch * 100 + n)

/** The `n` of an attempt that is a cancel. */
export const CANCEL = 9

export function attempt(batch: number, n: number): TransactionAttempt {
  return {
    hash: attemptHash(batch, n),
    nonce: 40 + batch,
    purpose: n === CANCEL ? 'cancel' : 'batch',
    batchId: batchId(batch),
    gasLimit: 8_000_000,
    maxFeePerGas: 9_007_199_254_740_991,
    maxPriorityFeePerGas: n,
    raw: hex(batch * 100 + n, 300),
    signedAt: START + n,
  }
}

export const signed = (batch: number, n: number): StoreWrite => ({
  type: 'attempt.signed',
  attempt: attempt(batch, n),
})

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

export type Fate = 'finalized' | 'failed' | 'evicted'

/** What a fate is in the record. */
export const STATUS = {
  finalized: { type: 'Finalized', txHash: hash(0xf1), blockNumber: 7, gasUsed: 90_000 },
  failed: { type: 'Failed', reason: { type: 'ExecutionReverted', revert: null }, txHash: hash(0xfa) },
  evicted: { type: 'Evicted', reason: 'GasLimitExceeded', nextNonce: 5 },
} as const satisfies Record<Fate, OpStatus>

/** Fates by the operations' numbers. */
export type Fates = Readonly<Record<number, Fate>>

function statuses(fates: Fates): Readonly<Record<OperationId, OpStatus>> {
  return Object.fromEntries(Object.entries(fates).map(([n, fate]) => [operationId(Number(n)), STATUS[fate]]))
}

/** @param blockNumber of the block that the ends among the fates stand on */
export function dropped(batch: number, fates: Fates, at = START, blockNumber = 7): StoreWrite {
  const ended = Object.entries(fates).filter(([, fate]) => fate !== 'evicted')
  const evidenceBlock = Object.fromEntries(ended.map(([n]) => [operationId(Number(n)), block(blockNumber)]))
  return { type: 'batch.trimmed', batchId: batchId(batch), statuses: statuses(fates), evidenceBlock, at }
}

interface End {
  readonly at?: Millis
  readonly failure?: string | null
  /** What it stands on; made up for a batch that landed when absent. */
  readonly where?: Inclusion
}

export function result(
  batch: number,
  fates: Fates,
  { at = START, failure = null, where }: End = {},
): FinalizedBatch {
  return {
    batchId: batchId(batch),
    txHash: where?.txHash ?? (failure === null ? hash(0xf1) : null),
    blockNumber: where?.blockNumber ?? (failure === null ? 7 : null),
    gasUsed: 180_000,
    statuses: statuses(fates),
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

export function settled(batch: number, fates: Fates, end: End = {}): StoreWrite {
  return { type: 'batch.settled', batch: result(batch, fates, end) }
}

export function revived(batch: number, at = START): StoreWrite {
  return { type: 'batch.revived', batchId: batchId(batch), at }
}

export function requeued(n: number, at = START): StoreWrite {
  return { type: 'operation.revived', id: operationId(n), at }
}

/** Operations 1 and 2 in batch 1, up to its first broadcast. */
export const ON_ITS_WAY: readonly StoreWrite[] = [
  accepted(1),
  accepted(2),
  opened(1, [1, 2], START + 10),
  planned(1, [1, 2], START + 20),
  signed(1, 1),
  submitted(1, 1, START + 30),
]

function uuid(prefix: string, n: number): string {
  return `${prefix}-0000-4000-8000-${n.toString(16).padStart(12, '0')}`
}

function hex(n: number, bytes: number): Hex {
  return `0x${n.toString(16).padStart(2 * bytes, '0')}`
}
