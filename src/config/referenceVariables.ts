/**
 * The variables of the reference gateway that are no settings here, with what to use instead. The others are settings of the
 * same name and meaning.
 */
const BATCH_SIZE = 'use MAX_BATCH_OPS; the size of a batch also follows from gas, base fee and queue'
const RETRIES =
  'failing RPC calls are repeated with a back-off of their own; RPC_TIMEOUT_SECS limits each call'
const PACE = 'use RPC_CONCURRENCY; an endpoint that limits its rate is paused'
const FEE_PRESSURE = 'use TARGET_BASE_FEE_GWEI, SOFT_CAP_BASE_FEE_GWEI and MAX_BASE_FEE_GWEI'

export const REFERENCE_VARIABLES: Readonly<Record<string, string>> = {
  REDIS_URL: 'operations are stored in a database file in DATA_DIR; Redis is not needed',
  MAX_CREATE_BATCH_SIZE: BATCH_SIZE,
  MAX_OPS_BATCH_SIZE: BATCH_SIZE,
  BATCH_REEVAL_MS: 'use BATCH_WINDOW_MS, the time from the first waiting operation to its batch',
  BATCH_COST_EMA_ALPHA: FEE_PRESSURE,
  BATCH_COST_HIGH_RATIO: FEE_PRESSURE,
  BATCH_BACKLOG_HIGH_WATERMARK: 'use BACKLOG_THRESHOLD',
  BATCH_POLICY_ENABLED: 'the batch policy is always on, as in the reference gateway',
  ORPHAN_SWEEPER_INTERVAL_SECS: 'there is no sweeper: stored operations go on after a restart',
  STALE_QUEUED_THRESHOLD_SECS: 'use OPERATION_DEADLINE_SECS, the time after which a waiting operation fails',
  STALE_SUBMITTED_THRESHOLD_SECS:
    'use CANCEL_TIMEOUT_SECS, the time after which a transaction is cancelled; its operations are sent again',
  RPC_MAX_RETRIES: RETRIES,
  RPC_INITIAL_BACKOFF_MS: RETRIES,
  RPC_MAX_BACKOFF_MS: RETRIES,
  RPC_REQUESTS_PER_SECOND: PACE,
  RPC_BURST_SIZE: PACE,
}
