/** A fake gateway, and the values of the answers. */
import { type BatchRecord, summarize, type TransactionAttempt } from '../../src/domain/batch.ts'
import { UnavailableError } from '../../src/domain/errors.ts'
import type { Health, OperationDetail, OpsBatcherHandle } from '../../src/domain/handle.ts'
import type { Address, Hash } from '../../src/domain/primitives.ts'
import type { WorldIdKind, WorldIdOperation } from '../../src/registry/worldId/operations.ts'

export const OPERATION_ID = '3f0f8f1c-6c0e-4f4a-9a53-2b1f0f6c9d11'
export const COMPANION_ID = '5d1a7c1e-10e4-4a53-8a34-7d3d7d0e2a22'
export const BATCH_ID = 'b0a7c1e2-8f4a-4c53-9d11-3f0f8f1c6c0e'

export const hash = (digit: string): Hash => `0x${digit.repeat(64)}`
export const address = (digit: string): Address => `0x${digit.repeat(40)}`
const SIGNATURE = `0x${'5a'.repeat(64)}1b` as const

const account = {
  leaf_index: '0x2a',
  old_offchain_signer_commitment: '1',
  new_offchain_signer_commitment: '0x2',
  signature: SIGNATURE,
  nonce: '7',
}

/** A valid body for each route. */
export const BODIES = {
  '/create-account': {
    recovery_address: null,
    authenticator_addresses: [address('2')],
    authenticator_pubkeys: ['0x0b'],
    offchain_signer_commitment: '12',
  },
  '/insert-authenticator': {
    ...account,
    new_authenticator_address: address('3'),
    pubkey_id: '1',
    new_authenticator_pubkey: '200',
  },
  '/update-authenticator': {
    ...account,
    old_authenticator_address: address('3'),
    new_authenticator_address: address('4'),
    pubkey_id: '1',
    new_authenticator_pubkey: '200',
  },
  '/remove-authenticator': { ...account, authenticator_address: address('3') },
  '/recover-account': { ...account, new_authenticator_address: address('3') },
} as const

export type SubmissionPath = keyof typeof BODIES

export const KINDS: Readonly<Record<SubmissionPath, WorldIdKind>> = {
  '/create-account': 'create_account',
  '/insert-authenticator': 'insert_authenticator',
  '/update-authenticator': 'update_authenticator',
  '/remove-authenticator': 'remove_authenticator',
  '/recover-account': 'recover_account',
}

export const SUBMISSION_PATHS = Object.keys(BODIES) as SubmissionPath[]

export const INSERT: WorldIdOperation = {
  kind: 'insert_authenticator',
  leafIndex: '0x2a',
  oldOffchainSignerCommitment: '0x1',
  newOffchainSignerCommitment: '0x2',
  signature: SIGNATURE,
  nonce: '0x7',
  newAuthenticatorAddress: address('3'),
  pubkeyId: 1,
  newAuthenticatorPubkey: '0xc8',
}

export const PENDING_BATCH: BatchRecord = {
  id: BATCH_ID,
  state: 'Pending',
  operations: [OPERATION_ID, COMPANION_ID],
  gasBudget: 12_000_000,
  plans: [],
  createdAt: 1_000,
  simulationCompletedAt: null,
  submittedAt: null,
  inclusion: null,
  includedAt: null,
  finality: null,
  result: null,
}

export const FINALIZED_BATCH: BatchRecord = {
  ...PENDING_BATCH,
  state: 'Finalized',
  plans: [
    {
      calls: [
        {
          target: address('a'),
          callData: '0x2c92b8a5',
          operations: [OPERATION_ID, COMPANION_ID],
          gas: 540_000,
        },
      ],
      callData: '0x82ad56cb',
      gasLimit: 700_000,
    },
  ],
  simulationCompletedAt: 1_100,
  submittedAt: 1_200,
  inclusion: { txHash: hash('d'), blockNumber: 99, blockHash: hash('e') },
  includedAt: 3_000,
  finality: {
    txHash: hash('d'),
    levels: { included: { blockNumber: 99, at: 3_000 }, confirmed: { blockNumber: 100, at: 5_000 } },
  },
  result: {
    batchId: BATCH_ID,
    txHash: hash('d'),
    blockNumber: 99,
    gasUsed: 612_345,
    cost: {
      effectiveGasPrice: 2_000_000_000,
      gasFee: '1224690000000000',
      l1Fee: '7000000000000',
      operatorFee: '11',
      shares: {
        [OPERATION_ID]: { gasFee: '1224690000000000', l1Fee: '6000000000000', operatorFee: '11' },
        [COMPANION_ID]: { gasFee: '0', l1Fee: '1000000000000', operatorFee: '0' },
      },
    },
    statuses: {
      [OPERATION_ID]: { type: 'Finalized', txHash: hash('d'), blockNumber: 99, gasUsed: 612_345 },
      [COMPANION_ID]: {
        type: 'Failed',
        txHash: hash('d'),
        reason: {
          type: 'ContractError',
          code: 'mismatched_signature_nonce',
          revert: { name: 'MismatchedSignatureNonce', args: ['42', '8', '7'], data: '0xf8c6b45a' },
        },
      },
    },
    timing: {
      createdAt: 1_000,
      simulationCompletedAt: 1_100,
      submittedAt: 1_200,
      finalizedAt: 5_000,
      totalDuration: 4_000,
      resubmissionCount: 1,
    },
    failure: null,
  },
}

export const ATTEMPT: TransactionAttempt = {
  hash: hash('d'),
  nonce: 3,
  purpose: 'batch',
  plan: 0,
  batchId: BATCH_ID,
  gasLimit: 700_000,
  maxFeePerGas: 2_000_000_000,
  maxPriorityFeePerGas: 1_000_000,
  raw: '0x02f8deadbeef',
  signedAt: 1_150,
  rollupFee: '0',
  refusal: null,
}

export const DETAIL: OperationDetail = {
  envelope: {
    id: OPERATION_ID,
    kind: 'insert_authenticator',
    priority: 0,
    lane: { leaf: '42', nonce: 7 },
    claims: [address('3')],
    client: '192.0.2.7',
    receivedAt: 900,
    sequence: 1,
    bytes: 388,
    tries: 0,
    operation: INSERT,
    signer: address('f'),
  },
  state: { state: 'finalized', txHash: hash('d') },
  status: { type: 'Finalized', txHash: hash('d'), blockNumber: 99, gasUsed: 612_345 },
  cost: { gasFee: '1224690000000001', l1Fee: '6000000000000', operatorFee: '11' },
  updatedAt: 5_000,
  batch: FINALIZED_BATCH,
  attempts: [ATTEMPT],
}

/** The levels of `FINALIZED_BATCH` as JSON. */
export const WIRE_FINALITY = {
  preconfirmed: null,
  included: { block_number: 99, at: 3_000 },
  confirmed: { block_number: 100, at: 5_000 },
  safe: null,
  finalized: null,
}

/** `FINALIZED_BATCH` as JSON. */
export const WIRE_BATCH = {
  id: BATCH_ID,
  state: 'Finalized',
  operations: 2,
  gas_budget: 12_000_000,
  gas_limit: 700_000,
  gas_used: 612_345,
  total_cost: '1231690000000011',
  inclusion: { tx_hash: hash('d'), block_number: 99, block_hash: hash('e') },
  created_at: 1_000,
  simulation_completed_at: 1_100,
  submitted_at: 1_200,
  included_at: 3_000,
  finality: WIRE_FINALITY,
  finalized_at: 5_000,
  total_duration: 4_000,
  resubmission_count: 1,
  outcomes: { finalized: 1, failed: 1, evicted: 0 },
  failure: null,
}

/** `ATTEMPT` as JSON. */
export const WIRE_ATTEMPT = {
  tx_hash: hash('d'),
  nonce: 3,
  purpose: 'batch',
  batch_id: BATCH_ID,
  gas_limit: 700_000,
  max_fee_per_gas: 2_000_000_000,
  max_priority_fee_per_gas: 1_000_000,
  refusal: null,
  signed_at: 1_150,
}

/** Status of the first operation of `FINALIZED_BATCH`, as JSON. */
export const WIRE_OUTCOME = { type: 'Finalized', tx_hash: hash('d'), block_number: 99, gas_used: 612_345 }

const well = (state: string) => ({ ok: true, state, message: null })

export const WELL: Health = {
  state: 'Running',
  ok: true,
  chain: well('Following'),
  store: well('Open'),
  wallet: well('Ready'),
  seat: null,
  batcher: { state: 'Collecting', ready: 3, waiting: 2, batches: 1, throttled: null, oldestReceivedAt: 900 },
  intake: { pending: 4, capacity: 512 },
  failures: [],
  supervision: { restarts: 0, lastCrash: null },
}

export const UNKNOWN_ID = '00000000-0000-4000-8000-000000000000'

export const storeIsDown = () =>
  Promise.reject(new UnavailableError('store_unavailable', 'The store does not answer.'))

/** A healthy gateway with an operation and a batch. It admits every operation. */
export function fakeGateway(overrides: Partial<OpsBatcherHandle> = {}): OpsBatcherHandle {
  const accept: OpsBatcherHandle['submit'] = async (operation, id = OPERATION_ID) => ({
    id,
    kind: operation.kind,
    state: { state: 'queued' },
  })
  return {
    submit: accept,
    trySubmit: accept,
    status: async (id) => (id === OPERATION_ID ? { kind: DETAIL.envelope.kind, state: DETAIL.state } : null),
    operation: async (id) => (id === OPERATION_ID ? DETAIL : null),
    reaches: async () => {},
    batches: async () => [summarize(FINALIZED_BATCH)],
    readView: async () => ({ valid: true }),
    isAdmitting: () => true,
    started: Promise.resolve(),
    ended: new Promise(() => {}),
    batch: async (id) => (id === BATCH_ID ? { batch: FINALIZED_BATCH, attempts: [ATTEMPT] } : null),
    runway: async () => ({ duration: 90_999, spent: '60000000000000000000' }),
    chain: () => ({
      state: 'Following',
      chainId: 480,
      registry: 'WorldIDRegistry V1',
      registryAddress: address('a'),
      head: { number: 100, hash: hash('e'), seenAt: 6_000 },
      fees: {
        blockNumber: 100,
        baseFee: 1_000_000,
        baseFeeEma: 1_100_000.5,
        baseFeeTrend: -0.25,
        feePressure: 0.25,
        blockGasLimit: 60_000_000,
        recentUtilization: 0.5,
        nextBlock: null,
        lastUpdated: 6_000,
      },
      endpoints: [
        { name: 'node.example', state: 'Up', message: null, retryAt: null, roundTrip: 40 },
        {
          name: 'other.example',
          state: 'Down',
          message: 'no answer in time',
          retryAt: 7_000,
          roundTrip: null,
        },
      ],
    }),
    wallet: () => ({
      state: 'Ready',
      address: address('f'),
      balance: '1500000000000000000',
      nextNonce: 4,
      inFlight: [{ nonce: 3, batchId: BATCH_ID, hashes: [hash('d')] }],
    }),
    health: async () => WELL,
    on: () => () => {},
    stop: async () => {},
    ...overrides,
  }
}
