/** Converts settings into the configuration of gateway and HTTP server. */
import { join } from 'node:path'
import { type Access, isLoopback } from '../domain/access.ts'
import type { GatewayConfig } from '../domain/config.ts'
import type { HttpConfig, WindowRateLimit } from '../domain/httpConfig.ts'
import type { ConnectedSettings } from './read.ts'
import type { Settings } from './settings.ts'
import type { FinalityChoice, SocketAddress } from './values.ts'

/** Share of the request timeout for the checks on the chain. The rest is for the commit and the answer. */
const PREFLIGHT_SHARE = 0.8

/** The configuration of the gateway. Settings already have the units of the program. */
export function toGatewayConfig(settings: ConnectedSettings): GatewayConfig {
  return {
    chain: {
      rpcUrls: settings.rpcUrl,
      sendOnlyRpcUrls: settings.sendOnlyRpcUrls ?? [],
      refusalPatterns: settings.refusalPatterns ?? {},
      registryAddress: settings.registryAddress,
      multicallAddress: settings.multicallAddress,
      pollInterval: settings.pollInterval,
      stallTimeout: settings.stallTimeout,
      rpcTimeout: settings.rpcTimeout,
      rpcConcurrency: settings.rpcConcurrency,
    },
    walletPrivateKey: settings.walletPrivateKey ?? null,
    awsKmsKeyId: settings.awsKmsKeyId ?? null,
    databaseUrl: settings.databaseUrl ?? null,
    databasePath: databasePath(settings.dataDir),
    intakeCapacity: settings.intakeCapacity,
    preflightTimeout: PREFLIGHT_SHARE * settings.requestTimeout,
    batching: {
      batchWindow: settings.batchWindow,
      maxConcurrentBatches: settings.maxConcurrentBatches,
      maxWait: settings.batchMaxWait,
      limits: {
        queueCapacity: settings.queueCapacity,
        maxPerAccount: settings.maxWaitingPerAccount,
        futureNonces: settings.futureNonces,
      },
      ordering: settings.ordering,
      ageing: settings.ageing,
      maxTries: settings.maxTries,
      laneTimeout: settings.laneTimeout,
      operationDeadline: settings.operationDeadline,
      maxBytes: settings.maxBatchSize,
      adaptive: {
        gasPerOp: settings.gasPerOp ?? null,
        maxBaseFee: settings.maxBaseFee,
        softCapBaseFee: settings.softCapBaseFee,
        targetBaseFee: settings.targetBaseFee,
        backlogThreshold: settings.backlogThreshold,
        maxBatchOps: settings.maxBatchOps,
        minBatchOps: settings.minBatchOps,
        maxTransactionGas: settings.maxTransactionGas,
        minBlockUtilisation: settings.minBlockUtilisation,
        maxBlockUtilisation: settings.maxBlockUtilisation,
      },
    },
    transactions: {
      resubmitTimeout: settings.resubmitTimeout,
      maxFeeMultiplier: settings.maxFeeMultiplier,
      feeEscalationStep: settings.feeEscalationStep,
      maxResubmissions: settings.maxResubmissions,
      cancelTimeout: settings.cancelTimeout,
      stallTimeout: settings.stallTimeout,
      maxFeePerGas: settings.maxFeePerGas,
      priorityFeePercentile: settings.priorityFeePercentile,
      simulationTimeout: settings.simulationTimeout,
      ...finalityOf(settings),
      preconfirmations: settings.preconfirmations,
      minBalance: settings.minBalance,
    },
    retention: settings.retention,
    drainTimeout: settings.drainTimeout,
  }
}

/** By default verdicts need one block on top of the including block. */
function finalityOf({ finality, confirmations = 1 }: Settings): FinalityChoice {
  return finality ?? { finality: 'confirmed', confirmations }
}

/** The address of the HTTP server. `--port` replaces the port of `LISTEN_ADDR`. */
export function toListenAddress({ listenAddr, port }: Settings): SocketAddress {
  return port === undefined ? listenAddr : { ...listenAddr, port }
}

/** The options of the HTTP server and the API. */
export function toHttpConfig(settings: Settings): HttpConfig {
  const address = toListenAddress(settings)
  const { readAccess, operatorToken = null, trustProxy } = settings
  return {
    ...address,
    bodyBytes: settings.bodyLimit,
    requestTimeoutMs: settings.requestTimeout,
    keepAliveMs: settings.httpKeepAlive,
    perClient: settings.rateLimitPerClient,
    perWindow: toWindowRateLimit(settings),
    trustedProxies: trustProxy ?? 0,
    access: {
      // A reverse proxy may pass on the host name of the client.
      anyHost: !isLoopback(address.host) || trustProxy !== null,
      viewToken: readAccess === 'token' ? operatorToken : null,
    },
  }
}

/** The rate limit of accounts; null if it is off. */
function toWindowRateLimit(settings: Settings): WindowRateLimit | null {
  const { rateLimitKey: key, rateLimitMaxRequests: maxRequests, rateLimitWindow: window } = settings
  return maxRequests === undefined || window === undefined ? null : { key, maxRequests, window }
}

/**
 * Access to the live view; null if it is off. By default it is off when other machines can reach the server and no token is
 * set.
 */
export function toInspectorAccess(settings: Settings): Access | null {
  const { inspector, operatorToken = null } = settings
  const isReachable = !isLoopback(toListenAddress(settings).host)
  if (inspector === 'off' || (inspector === 'auto' && isReachable && operatorToken === null)) return null
  return { token: operatorToken, anyHost: inspector === 'on' }
}

/** Path of the database file in the data folder. */
export function databasePath(dataDir: string): string {
  return join(dataDir, 'operations.sqlite')
}
