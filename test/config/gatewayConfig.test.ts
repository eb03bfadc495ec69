import { describe, expect, it } from 'vitest'
import { toGatewayConfig, toHttpConfig, toListenAddress } from '../../src/config/gatewayConfig.ts'
import { readConnectedSettings } from '../../src/config/read.ts'

/** A different value for each setting: a mix-up of two settings fails the test. */
const environment = {
  RPC_URL: 'ws://node:8546, https://other/key',
  SEND_ONLY_RPC_URLS: 'https://sequencer',
  REFUSAL_PATTERNS: '{"poolFull":"mempool busy","config":["a","b"]}',
  REGISTRY_ADDRESS: `0x${'Aa'.repeat(20)}`,
  WALLET_PRIVATE_KEY: 'AB'.repeat(32),
  MULTICALL_ADDRESS: `0x${'bb'.repeat(20)}`,
  POLL_INTERVAL_MS: '101',
  STALL_TIMEOUT_SECS: '2',
  RPC_TIMEOUT_SECS: '3',
  RPC_CONCURRENCY: '30',
  INTAKE_CAPACITY: '104',
  BATCH_WINDOW_MS: '105',
  MAX_CONCURRENT_BATCHES: '6',
  MIN_BLOCK_UTILISATION: '0.25',
  MAX_BLOCK_UTILISATION: '0.75',
  MAX_BATCH_OPS: '107',
  MIN_BATCH_OPS: '8',
  BATCH_MAX_WAIT_SECS: '9',
  ORDERING: 'fifo',
  AGEING_SECS: '10',
  BACKLOG_THRESHOLD: '111',
  MAX_TRIES: '12',
  QUEUE_CAPACITY: '2000',
  MAX_WAITING_PER_ACCOUNT: '31',
  FUTURE_NONCES: 'refuse',
  LANE_TIMEOUT_SECS: '13',
  OPERATION_DEADLINE_SECS: '1300',
  TARGET_BASE_FEE_GWEI: '14',
  SOFT_CAP_BASE_FEE_GWEI: '15',
  MAX_BASE_FEE_GWEI: '16',
  MAX_FEE_PER_GAS_GWEI: '18',
  PRIORITY_FEE_PERCENTILE: '18.5',
  GAS_PER_OP: '190000',
  MAX_TRANSACTION_GAS: '20000000',
  MAX_BATCH_SIZE_BYTES: '210000',
  RESUBMIT_TIMEOUT_MS: '2200',
  FEE_ESCALATION_STEP: '1.25',
  MAX_FEE_MULTIPLIER: '2.5',
  MAX_RESUBMISSIONS: '24',
  CANCEL_TIMEOUT_SECS: '30',
  SIMULATION_TIMEOUT_SECS: '25',
  CONFIRMATIONS: '26',
  PRECONFIRMATIONS: 'on',
  MIN_BALANCE_ETH: '0.27',
  DATA_DIR: '/data',
  DATABASE_URL: 'postgres://user:password@database:5433/gateway',
  RETENTION_HOURS: '28',
  DRAIN_TIMEOUT_SECS: '29',
}

it('toGatewayConfig puts every setting into the right field, in the units of the program', () => {
  expect(toGatewayConfig(readConnectedSettings({ environment, flags: {} }))).toEqual({
    chain: {
      rpcUrls: ['ws://node:8546', 'https://other/key'],
      sendOnlyRpcUrls: ['https://sequencer'],
      refusalPatterns: { poolFull: ['mempool busy'], config: ['a', 'b'] },
      registryAddress: `0x${'aa'.repeat(20)}`,
      multicallAddress: `0x${'bb'.repeat(20)}`,
      pollInterval: 101,
      stallTimeout: 2000,
      rpcTimeout: 3000,
      rpcConcurrency: 30,
    },
    walletPrivateKey: `0x${'ab'.repeat(32)}`,
    awsKmsKeyId: null,
    databaseUrl: 'postgres://user:password@database:5433/gateway',
    databasePath: '/data/operations.sqlite',
    intakeCapacity: 104,
    preflightTimeout: 8_000,
    batching: {
      batchWindow: 105,
      maxConcurrentBatches: 6,
      maxWait: 9000,
      limits: { queueCapacity: 2000, maxPerAccount: 31, futureNonces: 'refuse' },
      ordering: 'fifo',
      ageing: 10_000,
      maxTries: 12,
      laneTimeout: 13_000,
      operationDeadline: 1_300_000,
      maxBytes: 210_000,
      adaptive: {
        gasPerOp: 190_000,
        maxBaseFee: 16e9,
        softCapBaseFee: 15e9,
        targetBaseFee: 14e9,
        backlogThreshold: 111,
        maxBatchOps: 107,
        minBatchOps: 8,
        maxTransactionGas: 20_000_000,
        minBlockUtilisation: 0.25,
        maxBlockUtilisation: 0.75,
      },
    },
    transactions: {
      resubmitTimeout: 2200,
      maxFeeMultiplier: 2.5,
      feeEscalationStep: 1.25,
      maxResubmissions: 24,
      cancelTimeout: 30_000,
      stallTimeout: 2000,
      maxFeePerGas: 18e9,
      priorityFeePercentile: 18.5,
      simulationTimeout: 25_000,
      finality: 'confirmed',
      confirmations: 26,
      preconfirmations: 'on',
      minBalance: '270000000000000000',
    },
    retention: 28 * 3_600_000,
    drainTimeout: 29_000,
  })
})

describe('toHttpConfig', () => {
  const http = (flags: Record<string, string>) => toHttpConfig(readConnectedSettings({ environment, flags }))

  it('puts every setting into the right field', () => {
    const flags = {
      listenAddr: '0.0.0.0:80',
      bodyLimitBytes: '5000',
      requestTimeoutSecs: '7',
      httpKeepAliveSecs: '90',
      trustProxy: '2',
      rateLimitPerClient: '50',
      rateLimitWindowSecs: '20',
      rateLimitMaxRequests: '6',
      rateLimitKey: 'both',
      readAccess: 'token',
      operatorToken: 'operator-token-16',
    }
    expect(http(flags)).toEqual({
      host: '0.0.0.0',
      port: 80,
      bodyBytes: 5000,
      requestTimeoutMs: 7000,
      keepAliveMs: 90_000,
      perClient: 50,
      perWindow: { key: 'both', maxRequests: 6, window: 20_000 },
      trustedProxies: 2,
      access: { anyHost: true, viewToken: 'operator-token-16' },
    })
  })

  it('allows only loopback names on a loopback address, except behind a reverse proxy', () => {
    for (const listenAddr of ['127.0.0.1:80', 'localhost:80', '[::1]:80']) {
      expect(http({ listenAddr }).access.anyHost).toBe(false)
      expect(http({ listenAddr, trustProxy: '1' }).access.anyHost).toBe(true)
    }
    expect(http({ listenAddr: '192.0.2.1:80' }).access.anyHost).toBe(true)
  })

  it('limits accounts only with window and maximum, and by account if no key is given', () => {
    expect(http({}).perWindow).toBeNull()
    const given = { rateLimitWindowSecs: '10', rateLimitMaxRequests: '3' }
    expect(http(given).perWindow).toEqual({ key: 'account', maxRequests: 3, window: 10_000 })
    expect(() => http({ rateLimitWindowSecs: '10' })).toThrow(
      /RATE_LIMIT_WINDOW_SECS .* is "10"; it needs RATE_LIMIT_MAX_REQUESTS: set both, or neither/,
    )
    expect(() => http({ rateLimitKey: 'both' })).toThrow(/RATE_LIMIT_KEY .* needs RATE_LIMIT_WINDOW_SECS/)
    expect(() => http({ rateLimitMaxRequests: '3' })).toThrow(
      /RATE_LIMIT_MAX_REQUESTS .* is "3"; it needs RATE_LIMIT_WINDOW_SECS: set both, or neither/,
    )
  })

  it('limits bodies to 64 KiB by default', () => {
    expect(http({}).bodyBytes).toBe(65_536)
  })

  it('leaves the views open by default, also with a token, and needs a token to close them', () => {
    expect(http({ operatorToken: 'operator-token-16' }).access.viewToken).toBeNull()
    expect(() => http({ readAccess: 'token' })).toThrow(/READ_ACCESS.*needs OPERATOR_TOKEN/)
  })
})

it('toListenAddress takes the host of LISTEN_ADDR and the port of --port', () => {
  const listenAddress = (flags: Record<string, string>) =>
    toListenAddress(readConnectedSettings({ environment, flags }))
  expect(listenAddress({ listenAddr: '0.0.0.0:80' })).toEqual({ host: '0.0.0.0', port: 80 })
  expect(listenAddress({ listenAddr: '0.0.0.0:80', port: '0' })).toEqual({ host: '0.0.0.0', port: 0 })
})

describe('the level of finality', () => {
  const finality = (settings: Record<string, string>) => {
    const { CONFIRMATIONS: _, ...others } = environment
    const read = readConnectedSettings({ environment: { ...others, ...settings }, flags: {} })
    const { finality, confirmations } = toGatewayConfig(read).transactions
    return { finality, confirmations }
  }

  it('is a depth of one block by default, and else what FINALITY or CONFIRMATIONS names', () => {
    expect(finality({})).toEqual({ finality: 'confirmed', confirmations: 1 })
    expect(finality({ FINALITY: 'depth:0' })).toEqual({ finality: 'confirmed', confirmations: 0 })
    expect(finality({ FINALITY: 'depth:1000' })).toEqual({ finality: 'confirmed', confirmations: 1000 })
    expect(finality({ CONFIRMATIONS: '7' })).toEqual({ finality: 'confirmed', confirmations: 7 })
    expect(finality({ FINALITY: 'safe' })).toEqual({ finality: 'safe', confirmations: 1 })
    expect(finality({ FINALITY: 'finalized' })).toEqual({ finality: 'finalized', confirmations: 1 })
  })

  it('may be given twice only without a contradiction', () => {
    const both = { FINALITY: 'depth:3', CONFIRMATIONS: '3' }
    expect(finality(both)).toEqual({ finality: 'confirmed', confirmations: 3 })
    for (const FINALITY of ['depth:2', 'safe', 'finalized']) {
      expect(() => finality({ ...both, FINALITY })).toThrow(
        'CONFIRMATIONS (--confirmations) is "3"; it must not contradict FINALITY: set only one of the two.',
      )
    }
  })

  it.each(['depth', 'depth:', 'depth:-1', 'depth:1001', 'depth:1.5', '3', 'latest', 'SAFE'])(
    'is not %s',
    (text) => {
      expect(() => finality({ FINALITY: text })).toThrow(
        /it must be depth:N with N from 0 to 1000, safe or finalized/,
      )
    },
  )
})
