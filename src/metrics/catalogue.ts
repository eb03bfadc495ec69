/**
 * Every metric of the gateway, in one place: name, type, labels, buckets and meaning. `docs/metrics.md` lists the same,
 * and a test holds the two together. Specification, "Metrics"; units are base units, as Prometheus asks.
 */

interface Described<L extends string> {
  readonly name: string
  readonly help: string
  readonly labels: readonly L[]
}

export interface CounterDefinition<L extends string = string> extends Described<L> {
  readonly type: 'counter'
}

export interface GaugeDefinition<L extends string = string> extends Described<L> {
  readonly type: 'gauge'
}

export interface HistogramDefinition<L extends string = string> extends Described<L> {
  readonly type: 'histogram'
  readonly buckets: readonly number[]
}

const PREFIX = 'ops_batcher_'

function counter<const L extends string = never>(
  name: string,
  help: string,
  labels: readonly L[] = [],
): CounterDefinition<L> {
  return { type: 'counter', name: PREFIX + name, help, labels }
}

function gauge<const L extends string = never>(
  name: string,
  help: string,
  labels: readonly L[] = [],
): GaugeDefinition<L> {
  return { type: 'gauge', name: PREFIX + name, help, labels }
}

function histogram<const L extends string = never>(
  name: string,
  help: string,
  buckets: readonly number[],
  labels: readonly L[] = [],
): HistogramDefinition<L> {
  return { type: 'histogram', name: PREFIX + name, help, labels, buckets }
}

/** Seconds of a call to another process: a node, a disk, a client. */
const CALL_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
/** Seconds that pass in blocks. */
const BLOCK_SECONDS = [0.5, 1, 2, 4, 6, 10, 20, 30, 60, 120, 300]
/** Seconds of a batch's life, as the specification gives them. */
const BATCH_SECONDS = [1, 5, 10, 30, 60, 120, 300]
/** Seconds of an operation's life; the reference's client gives up after 90. */
const OPERATION_SECONDS = [0.5, 1, 2, 4, 6, 8, 10, 15, 20, 30, 60, 90, 120, 300, 600]
/** Gas of a transaction, up to the cap of EIP-7825. */
const TRANSACTION_GAS = [100e3, 250e3, 500e3, 1e6, 2e6, 4e6, 6e6, 8e6, 10e6, 12e6, 14e6, 2 ** 24]
/** Gas of an operation: a folded create takes about 106 thousand, the dearest single ones 600 thousand. */
const OPERATION_GAS = [50e3, 100e3, 110e3, 125e3, 150e3, 200e3, 300e3, 350e3, 400e3, 500e3, 600e3, 1e6]
const COUNTS = [1, 2, 5, 10, 20, 50, 100, 150, 200, 500, 1000]
const FEW = [1, 2, 3, 4, 5, 8, 13, 21]

export const CATALOGUE = {
  queueDepth: gauge('queue_depth', 'Operations waiting to be batched, ready or not.'),
  queueOldestAge: gauge(
    'queue_oldest_age_seconds',
    'Age of the oldest operation that is ready to be batched.',
  ),
  laneWaiting: gauge('lane_waiting', 'Operations waiting for an earlier nonce of their account.'),
  intakePending: gauge('intake_pending', 'Submissions between arrival and disk.'),
  intakeCapacity: gauge('intake_capacity', 'Most submissions that may be between arrival and disk.'),

  batchesSpawned: counter('batches_spawned_total', 'Batches begun.'),
  batchesFinalized: counter('batches_finalized_total', 'Batches whose transaction was confirmed.'),
  batchesFailed: counter('batches_failed_total', 'Batches that ended without a transaction of their own.'),
  batchesInFlight: gauge('batches_in_flight', 'Batches begun and not ended.'),
  batchesReorged: counter(
    'batches_reorged_total',
    'Batches put back to waiting because their block was orphaned.',
  ),
  batchesRevived: counter(
    'batches_revived_total',
    'Batches that had ended and were taken up again because their block was orphaned.',
  ),
  batchSize: histogram('batch_size', 'Operations of a batch when it was begun.', COUNTS),
  batchDuration: histogram(
    'batch_duration_seconds',
    'Time from the beginning of a batch to its confirmation.',
    BATCH_SECONDS,
  ),
  throttled: counter('throttled_total', 'Times that ready operations were held back, by reason.', ['reason']),

  opsReceived: counter('ops_received_total', 'Operations received, accepted or refused, by kind.', ['type']),
  opsRefused: counter('ops_refused_total', 'Operations refused at the door, by kind and error code.', [
    'type',
    'code',
  ]),
  opsFinalized: counter('ops_finalized_total', 'Operations confirmed on chain.'),
  opsFailed: counter('ops_failed_total', 'Accepted operations that failed for good, by reason.', ['reason']),
  opsEvicted: counter('ops_evicted_total', 'Operations put back from a batch into the queue, by reason.', [
    'reason',
  ]),
  opsRevived: counter(
    'ops_revived_total',
    'Operations that had ended at simulation and are queued again because the block that this stood on was orphaned.',
  ),
  opLatency: histogram(
    'op_latency_seconds',
    'Time from the receipt of an operation to its confirmation on chain, by kind.',
    OPERATION_SECONDS,
    ['type'],
  ),
  opGasUsed: histogram(
    'op_gas_used',
    "An operation's share of its transaction's gas, by kind.",
    OPERATION_GAS,
    ['type'],
  ),

  headNumber: gauge('chain_head_number', 'Number of the latest block seen.'),
  headAge: gauge('chain_head_age_seconds', 'Time since the latest block was seen.'),
  baseFee: gauge('base_fee_gwei', 'Base fee of the latest block.'),
  baseFeeTrend: gauge('base_fee_trend', 'Trend of the base fee, from -1 (falling) to 1 (rising).'),
  utilization: gauge('block_utilization_ratio', 'Share of their gas limit that recent blocks used.'),
  gasPrice: gauge('gas_price_gwei', 'Maximum fee per gas of the latest batch submitted.'),
  reorgs: counter('reorgs_detected_total', 'Reorganizations of the chain seen.'),
  chainStalls: counter('chain_stalls_total', 'Times that the chain stopped answering.'),

  txResubmissions: counter('tx_resubmissions_total', 'Transactions sent again, replaced or not.'),
  txReplacements: counter('tx_replacements_total', 'Transactions replaced at higher fees, by reason.', [
    'reason',
  ]),
  txCancels: counter('tx_cancels_total', 'Transactions replaced by one that only consumes their nonce.'),
  noncesHealed: counter(
    'nonces_healed_total',
    'Nonces that nobody stood for and a self-transfer was sent for.',
  ),
  foreignTransactions: counter(
    'foreign_transactions_total',
    "Transactions from the wallet that this gateway did not send: somebody else uses the wallet's key.",
  ),
  txAttempts: histogram('tx_attempts', 'Times that a transaction was sent before it was confirmed.', FEW),
  txGasUsed: histogram('tx_gas_used', "Gas used by a batch's transaction.", TRANSACTION_GAS),
  txInFlight: gauge('tx_in_flight', "The signer's transactions that are sent and not confirmed."),

  signerBalance: gauge('signer_balance_eth', 'Balance of the signer.'),
  signerNonce: gauge('signer_nonce', "Nonce of the signer's next transaction."),

  simulationDuration: histogram(
    'simulation_duration_seconds',
    'Time from the beginning of a batch to the end of its simulation.',
    CALL_SECONDS,
  ),
  submissionDuration: histogram(
    'submission_duration_seconds',
    "Time from a batch's simulation to its first broadcast.",
    CALL_SECONDS,
  ),
  inclusionDuration: histogram(
    'inclusion_duration_seconds',
    "Time from a batch's first broadcast to its inclusion in a block.",
    BLOCK_SECONDS,
  ),
  inclusionBlocks: histogram(
    'inclusion_blocks',
    "Blocks seen from a batch's first broadcast to its inclusion.",
    FEW,
  ),
  confirmationDuration: histogram(
    'confirmation_duration_seconds',
    "Time from a batch's first broadcast to its confirmation at the configured depth.",
    BLOCK_SECONDS,
  ),

  rpcDuration: histogram(
    'rpc_duration_seconds',
    'Time of calls to the chain, by method, host and outcome (ok, error, unavailable).',
    CALL_SECONDS,
    ['method', 'endpoint', 'outcome'],
  ),
  rpcEndpointUp: gauge(
    'rpc_endpoint_up',
    '1 while the endpoint is well enough to be asked, else 0, by host.',
    ['endpoint'],
  ),
  storeCommitDuration: histogram(
    'store_commit_duration_seconds',
    'Time of commits to the store.',
    CALL_SECONDS,
  ),
  storeCommitWrites: histogram('store_commit_writes', 'Writes that a commit to the store carried.', COUNTS),
  storeFailures: counter('store_failures_total', 'Commits that the store refused.'),
  transitionsIgnored: counter(
    'store_transitions_ignored_total',
    'Transitions that the store ignored, because the state or the batch of the operation does not allow them.',
  ),
  httpDuration: histogram(
    'http_request_duration_seconds',
    'Time to answer HTTP requests, by route, method and class of status.',
    CALL_SECONDS,
    ['route', 'method', 'status_class'],
  ),

  actorRestarts: counter(
    'actor_restarts_total',
    'Actors that died of a defect and were started again, by actor; a batch dies as the opsBatcher.',
    ['actor'],
  ),
  healthy: gauge('healthy', '1 when new operations are taken and can land, else 0.'),
  chainHealthy: gauge('chain_healthy', '1 when the chain is followed, else 0.'),
  storeHealthy: gauge('store_healthy', '1 when the store answers, else 0.'),
  walletHealthy: gauge('wallet_healthy', '1 when the wallet can send, else 0.'),
} as const

export type Catalogue = typeof CATALOGUE

/** The metrics that are read when they are asked for, rather than counted as things happen. */
export type GaugeName = {
  [K in keyof Catalogue]: Catalogue[K]['type'] extends 'gauge' ? K : never
}[keyof Catalogue]
