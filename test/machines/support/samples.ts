/** Values that the machines are tested with. */
import type { BatchRecord, Inclusion, TransactionAttempt } from '../../../src/domain/batch.ts'
import type { BlockHead, ChainState } from '../../../src/domain/chain.ts'
import type { GatewayConfig, OpsBatcherConfig, PendingBatchConfig } from '../../../src/domain/config.ts'
import type { OpEnvelope, QueuedOperation } from '../../../src/domain/operation.ts'
import type { Address, Hash, Hex } from '../../../src/domain/primitives.ts'
import { type FeeLimits, observeBlock, chainState as observedState } from '../../../src/policy/feeWindow.ts'
import type { GasModel } from '../../../src/policy/gasModel.ts'
import type { CreateAccountOp } from '../../../src/registry/worldId/operations.ts'
import { START } from './stage.ts'

export const GWEI = 1_000_000_000

/** A hash that a reader recognises: `hash('a', 1)` is `0xa…1`. */
export function hash(letter: string, number = 0): Hash {
  return `0x${letter}${number.toString(16).padStart(63, '0')}`
}

export function address(letter: string): Address {
  return `0x${letter.repeat(40)}`
}

export const batching: OpsBatcherConfig & { readonly batchWindow: number } = {
  batchWindow: 100,
  maxConcurrentBatches: 2,
  maxWait: 30_000,
  limits: { queueCapacity: 1_000, maxPerAccount: 100, futureNonces: 'queue' },
  ordering: 'fifo',
  ageing: 0,
  maxTries: 3,
  laneTimeout: 60_000,
  operationDeadline: 600_000,
  maxBytes: 100_000,
  adaptive: {
    gasPerOp: null,
    maxBaseFee: 100 * GWEI,
    softCapBaseFee: 50 * GWEI,
    targetBaseFee: 10 * GWEI,
    backlogThreshold: 100,
    maxBatchOps: 4,
    minBatchOps: 1,
    maxTransactionGas: 2 ** 24,
    minBlockUtilisation: 0.1,
    maxBlockUtilisation: 0.9,
  },
}

export const transactions: PendingBatchConfig = {
  resubmitTimeout: 10_000,
  maxFeeMultiplier: 10,
  feeEscalationStep: 1.25,
  maxResubmissions: 2,
  cancelTimeout: 60_000,
  stallTimeout: 20_000,
  maxFeePerGas: 200 * GWEI,
  priorityFeePercentile: 50,
  simulationTimeout: 10_000,
  finality: 'confirmed',
  confirmations: 0,
  preconfirmations: 'off',
  minBalance: '1000',
}

export const gatewayConfig: GatewayConfig = {
  chain: {
    rpcUrls: ['http://127.0.0.1:8545'],
    registryAddress: address('1'),
    sendOnlyRpcUrls: [],
    refusalPatterns: {},
    multicallAddress: address('2'),
    pollInterval: 500,
    stallTimeout: 20_000,
    rpcTimeout: 5_000,
    rpcConcurrency: 32,
  },
  walletPrivateKey: `0x${'1'.repeat(64)}`,
  awsKmsKeyId: null,
  databaseUrl: null,
  databasePath: ':memory:',
  intakeCapacity: 100,
  preflightTimeout: 8_000,
  batching,
  transactions,
  retention: 86_400_000,
  drainTimeout: 15_000,
}

/** What operations are estimated to cost. */
export const gas: GasModel['start'] = {
  create_account: { base: 400_000, each: 100_000, foldBytes: 260 },
  insert_authenticator: { base: 200_000, each: 300_000, foldBytes: null },
  update_authenticator: { base: 200_000, each: 300_000, foldBytes: null },
  remove_authenticator: { base: 200_000, each: 300_000, foldBytes: null },
  recover_account: { base: 200_000, each: 300_000, foldBytes: null },
}

/** An operation: the n-th to arrive, an insert without a lane unless told otherwise. */
export function op(sequence: number, traits: Partial<QueuedOperation> = {}): QueuedOperation {
  return {
    id: `op-${sequence}`,
    kind: 'insert_authenticator',
    priority: 0,
    lane: null,
    claims: [],
    client: null,
    receivedAt: START,
    sequence,
    bytes: 388,
    tries: 0,
    ...traits,
  }
}

/** The n-th operation to arrive, at a place in a lane. */
export function inLane(sequence: number, leaf: string, nonce: number, traits: Partial<QueuedOperation> = {}) {
  return op(sequence, { lane: { leaf, nonce }, ...traits })
}

const CREATE: CreateAccountOp = {
  kind: 'create_account',
  recoveryAddress: address('0'),
  authenticatorAddresses: [address('3')],
  authenticatorPubkeys: ['0x1'],
  offchainSignerCommitment: '0x2',
}

/** A submitted operation without a sequence number. */
export function envelope(queued: QueuedOperation): Omit<OpEnvelope, 'sequence'> {
  const { sequence: _sequence, ...rest } = queued
  return {
    ...rest,
    operation: CREATE,
    signer: null,
  }
}

/** A block of the chain `branch`. The parent is the previous block of the branch. */
export function block(
  number: number,
  traits: Partial<BlockHead> & { readonly branch?: string } = {},
): BlockHead {
  const { branch = 'b', ...rest } = traits
  return {
    number,
    hash: hash(branch, number),
    parentHash: hash(branch, number - 1),
    baseFee: GWEI,
    gasUsed: 1_000_000,
    gasLimit: 30_000_000,
    transactions: [],
    minedAt: START,
    seenAt: START,
    ...rest,
  }
}

/** The fee pressure that follows from a base fee. */
export function pressureAt(baseFee: number, limits: FeeLimits): number {
  return observedState(observeBlock([], block(1, { baseFee })), limits)?.feePressure ?? Number.NaN
}

export function chainState(traits: Partial<ChainState> = {}): ChainState {
  const { baseFee = GWEI } = traits
  return {
    blockNumber: 1,
    baseFee,
    baseFeeEma: GWEI,
    baseFeeTrend: 0,
    feePressure: pressureAt(baseFee, batching.adaptive),
    blockGasLimit: 30_000_000,
    recentUtilization: 0.1,
    lastUpdated: START,
    nextBlock: null,
    ...traits,
  }
}

/** A signed transaction. Attempts at one nonce differ in the fees. */
export function attempt(nonce: number, traits: Partial<TransactionAttempt> = {}): TransactionAttempt {
  const { maxFeePerGas = 10, purpose = 'batch' } = traits
  const txHash = hash('f', nonce * 1_000 + maxFeePerGas)
  return {
    hash: txHash,
    nonce,
    purpose,
    plan: purpose === 'batch' ? 0 : null,
    batchId: 'batch-1',
    gasLimit: 500_000,
    maxFeePerGas,
    maxPriorityFeePerGas: 1,
    raw: rawOf(txHash),
    signedAt: START,
    rollupFee: '0',
    refusal: null,
    ...traits,
  }
}

function rawOf(txHash: Hash): Hex {
  return `0x02${txHash.slice(2)}`
}

export function inclusion(txHash: Hash, blockNumber: number, branch = 'b'): Inclusion {
  return { txHash, blockNumber, blockHash: hash(branch, blockNumber) }
}

export function batchRecord(traits: Partial<BatchRecord> = {}): BatchRecord {
  return {
    id: 'batch-1',
    state: 'Submitted',
    operations: ['op-1'],
    gasBudget: 3_000_000,
    plans: [
      {
        calls: [{ target: address('1'), callData: '0x01', operations: ['op-1'], gas: 300_000 }],
        callData: '0x02',
        gasLimit: 500_000,
      },
    ],
    createdAt: START - 5_000,
    simulationCompletedAt: START - 4_000,
    submittedAt: START - 3_000,
    inclusion: null,
    includedAt: null,
    finality: null,
    result: null,
    ...traits,
  }
}
