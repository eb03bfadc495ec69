/**
 * All metrics of the gateway: name, type, labels, buckets and help text. A test compares `docs/metrics.md` with this table.
 * Source: specification, "Metrics". Values are in base units, as Prometheus recommends.
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

/**
 * Durations of a call to another process: a node, a disk or a client. In seconds, like all durations of the catalogue.
 */
const CALL_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
/** Durations that are counted in blocks. */
const BLOCK_SECONDS = [0.5, 1, 2, 4, 6, 10, 20, 30, 60, 120, 300]
/** Durations of a batch, from the specification. */
const BATCH_SECONDS = [1, 5, 10, 30, 60, 120, 300]
/** Durations of an operation. The client of the reference gives up after 90 seconds. */
const OPERATION_SECONDS = [0.5, 1, 2, 4, 6, 8, 10, 15, 20, 30, 60, 90, 120, 300, 600]
/** Gas of a transaction, up to the limit of EIP-7825. */
const TRANSACTION_GAS = [100e3, 250e3, 500e3, 1e6, 2e6, 4e6, 6e6, 8e6, 10e6, 12e6, 14e6, 2 ** 24]
/** Gas of an operation. A folded create uses about 106,000, the most expensive single call about 600,000. */
const OPERATION_GAS = [50e3, 100e3, 110e3, 125e3, 150e3, 200e3, 300e3, 350e3, 400e3, 500e3, 600e3, 1e6]
const COUNTS = [1, 2, 5, 10, 20, 50, 100, 150, 200, 500, 1000]
const FEW = [1, 2, 3, 4, 5, 8, 13, 21]

export const CATALOGUE = {
  queueDepth: gauge('queue_depth', 'Queued operations that are not in a batch, ready or not.'),
  queueOldestAge: gauge(
    'queue_oldest_age_seconds',
    'Age of the oldest operation in the queue: ready, or waiting for an earlier nonce.',
  ),
  laneWaiting: gauge('lane_waiting', 'Operations that wait for an earlier nonce of their account.'),
  intakePending: gauge('intake_pending', 'Submitted operations that are not stored yet.'),
  intakeCapacity: gauge('intake_capacity', 'Maximum number of submitted operations that are not stored yet.'),

  batchesSpawned: counter('batches_spawned_total', 'Batches started.'),
  batchesFinalized: counter(
    'batches_finalized_total',
    'Batches finalized: their transaction reached the configured finality.',
  ),
  batchesFailed: counter(
    'batches_failed_total',
    'Batches failed: none of their own transactions consumed the nonce.',
  ),
  batchesInFlight: gauge('batches_in_flight', 'Batches started and not settled.'),
  batchesReorged: counter(
    'batches_reorged_total',
    'Batches that lost their inclusion because their block was orphaned.',
  ),
  batchesRevived: counter(
    'batches_revived_total',
    'Settled batches that were revived because their block was orphaned.',
  ),
  levelsReached: counter(
    'finality_levels_reached_total',
    'Levels of finality that transactions of batches reached, by level.',
    ['level'],
  ),
  levelsLost: counter('finality_levels_lost_total', 'Levels of finality that a reorg took back, by level.', [
    'level',
  ]),
  preconfirmationsFailed: counter(
    'preconfirmations_failed_total',
    'Preconfirmations that did not come true: the block came without the transaction.',
  ),
  batchSize: histogram('batch_size', 'Number of operations in a batch at its start.', COUNTS),
  batchDuration: histogram(
    'batch_duration_seconds',
    'Time from the start of a batch to its finality.',
    BATCH_SECONDS,
  ),
  departures: counter(
    'departures_total',
    'Batches that left for a predicted block and are included, by outcome (made, missed).',
    ['outcome'],
  ),
  departureLead: gauge(
    'departure_lead_seconds',
    'Time before a predicted block at which a batch leaves. Absent before the first inclusion.',
  ),
  throttled: counter(
    'throttled_total',
    'Number of times that the batcher was throttled while operations were ready, by reason.',
    ['reason'],
  ),
  throttleReason: gauge(
    'throttle_reason',
    '1 for the reason for which ready operations are not sent now, by reason. Absent while they are sent.',
    ['reason'],
  ),

  opsReceived: counter('ops_received_total', 'Operations received (admitted or refused), by kind.', ['type']),
  opsRefused: counter('ops_refused_total', 'Operations refused, by kind and error code.', ['type', 'code']),
  opsFinalized: counter('ops_finalized_total', 'Operations finalized.'),
  opsFailed: counter('ops_failed_total', 'Admitted operations that failed, by reason.', ['reason']),
  opsEvicted: counter(
    'ops_evicted_total',
    'Operations evicted from a batch, by reason. An evicted operation returns to its lane.',
    ['reason'],
  ),
  opsRevived: counter(
    'ops_revived_total',
    'Operations that were settled at simulation and revived because the evidence block of the verdict was orphaned.',
  ),
  opLatency: histogram(
    'op_latency_seconds',
    'Time from the receipt of an operation to its finality, by kind.',
    OPERATION_SECONDS,
    ['type'],
  ),
  opGasUsed: histogram(
    'op_gas_used',
    'Share of an operation in the gas of its transaction, by kind.',
    OPERATION_GAS,
    ['type'],
  ),

  opCost: counter(
    'op_cost_eth_total',
    'Shares of operations in the cost of settled transactions in ether, by kind and part: gas, l1 or operator.',
    ['type', 'part'],
  ),

  headNumber: gauge('chain_head_number', 'Number of the latest observed block.'),
  headAge: gauge('chain_head_age_seconds', 'Time since the latest block was observed.'),
  baseFee: gauge('base_fee_gwei', 'Base fee of the latest block.'),
  baseFeeTrend: gauge('base_fee_trend', 'Trend of the base fee, from -1 (falling) to 1 (rising).'),
  feePressure: gauge('fee_pressure', 'Pressure of the base fee on the size of batches, from 0 to 1.'),
  utilization: gauge('block_utilization_ratio', 'Used share of the gas limit in recent blocks.'),
  gasPrice: gauge('gas_price_gwei', 'Maximum fee per gas of the latest submitted batch.'),
  reorgs: counter('reorgs_detected_total', 'Reorgs of the chain observed.'),
  chainStalls: counter(
    'chain_stalls_total',
    'Number of times that the chain was stalled: no endpoint answered, or no new block was observed in time.',
  ),

  persistentFailures: counter(
    'persistent_failures_total',
    'Effects that failed for STALL_TIMEOUT_SECS without a success, by actor and effect.',
    ['actor', 'effect'],
  ),
  failingEffects: gauge(
    'failing_effects',
    'Effects that have failed for STALL_TIMEOUT_SECS without a success and still fail.',
  ),

  refusals: counter(
    'refusals_total',
    'Refusals of a transaction by an endpoint while no endpoint accepted it, by class.',
    ['class'],
  ),
  endpointSuspicions: counter(
    'endpoint_suspicions_total',
    'Transactions that were not included although their price was at or above the market: the endpoint may have dropped them.',
  ),
  broadcastContradictions: counter(
    'broadcast_contradictions_total',
    'Refusals of a transaction that another endpoint accepted, by class: config, gasTooLow or tooLarge.',
    ['class'],
  ),

  txResubmissions: counter(
    'tx_resubmissions_total',
    'Resubmissions of a transaction, as a replacement or with the same bytes.',
  ),
  txReplacements: counter(
    'tx_replacements_total',
    'Transactions replaced by an attempt with higher fees, by reason.',
    ['reason'],
  ),
  txCancels: counter(
    'tx_cancels_total',
    'Transactions cancelled: replaced by a self-transfer at the same nonce.',
  ),
  noncesHealed: counter('nonces_healed_total', 'Nonce gaps filled with a self-transfer.'),
  foreignTransactions: counter(
    'foreign_transactions_total',
    'Foreign transactions: sent with the key of the wallet by another program.',
  ),
  txAttempts: histogram(
    'tx_attempts',
    'Number of times that the transaction of a batch was sent, until finality.',
    FEW,
  ),
  txGasUsed: histogram('tx_gas_used', 'Gas used by the transaction of a batch.', TRANSACTION_GAS),
  txFees: counter(
    'tx_fees_eth_total',
    'Cost of the settled transactions in ether, cancels included, by part: gas, l1 (data fee of a rollup) or operator.',
    ['part'],
  ),
  overheadFees: counter(
    'overhead_fees_eth_total',
    'Cost of the settled transactions without operations in ether: cancels, also those that fill a nonce gap.',
  ),
  txInFlight: gauge('tx_in_flight', 'Transactions of the signer that were sent and are not settled.'),

  signerBalance: gauge('signer_balance_eth', 'Balance of the signer.'),
  signerRunway: gauge(
    'signer_runway_seconds',
    'Time that the balance of the signer lasts at the spending of the last hour. Absent when nothing was spent.',
  ),
  signerNonce: gauge('signer_nonce', 'Next nonce of the signer.'),

  simulationDuration: histogram(
    'simulation_duration_seconds',
    'Time from the start of a batch to the end of its simulation.',
    CALL_SECONDS,
  ),
  submissionDuration: histogram(
    'submission_duration_seconds',
    'Time from the simulation of a batch to its first broadcast.',
    CALL_SECONDS,
  ),
  inclusionDuration: histogram(
    'inclusion_duration_seconds',
    'Time from the first broadcast of a batch to its inclusion.',
    BLOCK_SECONDS,
  ),
  inclusionBlocks: histogram(
    'inclusion_blocks',
    'Number of blocks from the first broadcast of a batch to its inclusion.',
    FEW,
  ),
  confirmationDuration: histogram(
    'confirmation_duration_seconds',
    'Time from the first broadcast of a batch to its finality.',
    BLOCK_SECONDS,
  ),

  rpcDuration: histogram(
    'rpc_duration_seconds',
    'Duration of RPC calls, by method, endpoint and outcome (ok, error, unavailable).',
    CALL_SECONDS,
    ['method', 'endpoint', 'outcome'],
  ),
  rpcEndpointUp: gauge('rpc_endpoint_up', '1 if the RPC endpoint is Up, else 0, by endpoint.', ['endpoint']),
  rpcEndpointRoundTrip: gauge(
    'rpc_endpoint_round_trip_seconds',
    'Average duration of the last light RPC calls, by endpoint. Absent while the endpoint is neither Up nor Slow.',
    ['endpoint'],
  ),
  storeCommitDuration: histogram(
    'store_commit_duration_seconds',
    'Duration of commits to the store.',
    CALL_SECONDS,
  ),
  storeCommitWrites: histogram('store_commit_writes', 'Number of writes in a commit to the store.', COUNTS),
  storeFailures: counter('store_failures_total', 'Commits to the store that failed.'),
  storeReadFailures: counter('store_read_failures_total', 'Reads of the store that failed.'),
  registryCheckFailures: counter(
    'registry_check_failures_total',
    'Checks of the version of the registry that failed.',
  ),
  transitionsIgnored: counter(
    'store_transitions_ignored_total',
    'Transitions that the store ignored, because the state or the batch of the operation does not allow them.',
  ),
  httpDuration: histogram(
    'http_request_duration_seconds',
    'Duration of HTTP requests, by route, method and class of status.',
    CALL_SECONDS,
    ['route', 'method', 'status_class'],
  ),

  rateLimited: counter(
    'rate_limited_requests_total',
    'Requests answered with 429 by a rate limit: per_client (RATE_LIMIT_PER_CLIENT) or window (RATE_LIMIT_WINDOW_SECS).',
    ['limit'],
  ),

  actorRestarts: counter(
    'actor_restarts_total',
    'Crashes of actors, by actor. A crashed actor is restarted. A crash of a batch counts for opsBatcher.',
    ['actor'],
  ),
  leading: gauge('leading', '1 if this process leads and sends, 0 if it stands by.'),
  seatLosses: counter('seat_losses_total', 'Number of times that this process lost the seat to another one.'),
  seatFailures: counter(
    'seat_failures_total',
    'Times that the seat could not be taken or renewed for a failure of the store.',
  ),
  healthy: gauge('healthy', '1 if the gateway admits operations and can send them, else 0.'),
  chainHealthy: gauge('chain_healthy', '1 if the chain monitor follows the chain, else 0.'),
  storeHealthy: gauge('store_healthy', '1 if the store answers, else 0.'),
  walletHealthy: gauge('wallet_healthy', '1 if the wallet can send, else 0.'),
} as const

export type Catalogue = typeof CATALOGUE

/** Names of the gauges. A gauge is read at scrape time, a counter follows events. */
export type GaugeName = {
  [K in keyof Catalogue]: Catalogue[K]['type'] extends 'gauge' ? K : never
}[keyof Catalogue]
