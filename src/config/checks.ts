/** Rules between settings. */
import type { SettingKey, Settings } from './settings.ts'

export interface SettingCheck {
  /** First the setting named in the message, then the settings compared with the first. */
  readonly of: readonly [SettingKey, ...SettingKey[]]
  readonly holds: (settings: Settings) => boolean
  /** The rule in words. The message puts name and value of the setting before the rule. */
  readonly rule: string
}

export const CHECKS: readonly SettingCheck[] = [
  {
    of: ['awsKmsKeyId', 'walletPrivateKey', 'awsKmsKeyIds'],
    holds: ({ awsKmsKeyId, walletPrivateKey, awsKmsKeyIds }) =>
      awsKmsKeyId === undefined || (walletPrivateKey === undefined && awsKmsKeyIds === undefined),
    rule: 'must be the only key of the wallet: remove WALLET_PRIVATE_KEY and AWS_KMS_KEY_IDS',
  },
  {
    of: ['awsKmsKeyIds', 'walletPrivateKey'],
    holds: ({ awsKmsKeyIds, walletPrivateKey }) =>
      awsKmsKeyIds === undefined || walletPrivateKey === undefined,
    rule: 'must be the only key of the wallet: remove WALLET_PRIVATE_KEY',
  },
  {
    of: ['awsKmsKeyIds', 'databaseUrl'],
    holds: ({ awsKmsKeyIds, databaseUrl }) => awsKmsKeyIds === undefined || databaseUrl === undefined,
    rule: 'must not be given with DATABASE_URL: the next leader must have the wallet of the last one. Use AWS_KMS_KEY_ID',
  },
  {
    of: ['readAccess', 'operatorToken'],
    holds: (settings) => settings.readAccess === 'open' || settings.operatorToken !== undefined,
    rule: 'needs OPERATOR_TOKEN: set a token, or use READ_ACCESS=open',
  },
  {
    of: ['confirmations', 'finality'],
    holds: ({ confirmations, finality }) =>
      confirmations === undefined ||
      finality === undefined ||
      (finality.finality === 'confirmed' && finality.confirmations === confirmations),
    rule: 'must not contradict FINALITY: set only one of the two',
  },
  {
    of: ['rateLimitWindow', 'rateLimitMaxRequests'],
    holds: (settings) =>
      settings.rateLimitWindow === undefined || settings.rateLimitMaxRequests !== undefined,
    rule: 'needs RATE_LIMIT_MAX_REQUESTS: set both, or neither',
  },
  {
    of: ['rateLimitMaxRequests', 'rateLimitWindow'],
    holds: (settings) =>
      settings.rateLimitMaxRequests === undefined || settings.rateLimitWindow !== undefined,
    rule: 'needs RATE_LIMIT_WINDOW_SECS: set both, or neither',
  },
  {
    of: ['rateLimitKey', 'rateLimitWindow'],
    holds: (settings) => settings.rateLimitKey === 'account' || settings.rateLimitWindow !== undefined,
    rule: 'needs RATE_LIMIT_WINDOW_SECS and RATE_LIMIT_MAX_REQUESTS',
  },
  {
    of: ['targetBaseFee', 'softCapBaseFee'],
    holds: (settings) => settings.targetBaseFee <= settings.softCapBaseFee,
    rule: 'must not be above SOFT_CAP_BASE_FEE_GWEI',
  },
  {
    of: ['softCapBaseFee', 'maxBaseFee'],
    holds: (settings) => settings.softCapBaseFee <= settings.maxBaseFee,
    rule: 'must not be above MAX_BASE_FEE_GWEI',
  },
  {
    of: ['maxBaseFee', 'maxFeePerGas'],
    // The last ninth is left for a cancel (`limitsBelowCancel`).
    holds: ({ maxBaseFee, maxFeePerGas }) => maxBaseFee <= maxFeePerGas - Math.ceil(maxFeePerGas / 9),
    rule: 'must not be above 8/9 of MAX_FEE_PER_GAS_GWEI, or the gateway could not pay a base fee at which it sends: the last ninth is left for a cancel',
  },
  {
    of: ['minBatchOps', 'maxBatchOps'],
    holds: (settings) => settings.minBatchOps <= settings.maxBatchOps,
    rule: 'must not be above MAX_BATCH_OPS',
  },
  {
    of: ['minBlockUtilisation', 'maxBlockUtilisation'],
    holds: (settings) => settings.minBlockUtilisation <= settings.maxBlockUtilisation,
    rule: 'must not be above MAX_BLOCK_UTILISATION',
  },
  {
    of: ['gasPerOp', 'maxTransactionGas'],
    holds: ({ gasPerOp = 0, maxTransactionGas }) => gasPerOp <= maxTransactionGas,
    rule: 'must not be above MAX_TRANSACTION_GAS, or no operation would fit into a transaction',
  },
  {
    of: ['batchWindow', 'batchMaxWait'],
    holds: ({ batchWindow, batchMaxWait }) =>
      batchWindow === 'auto' || batchMaxWait === null || batchWindow <= batchMaxWait,
    rule: 'must not be longer than BATCH_MAX_WAIT_SECS',
  },
  {
    of: ['pollInterval', 'stallTimeout'],
    holds: (settings) => settings.pollInterval < settings.stallTimeout,
    rule: 'must be shorter than STALL_TIMEOUT_SECS',
  },
  {
    of: ['feeEscalationStep', 'maxFeeMultiplier'],
    holds: (settings) => settings.feeEscalationStep <= settings.maxFeeMultiplier,
    rule: 'must not be above MAX_FEE_MULTIPLIER, or no replacement would be allowed',
  },
]
