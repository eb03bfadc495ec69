/** From settings to what a gateway and its server are built with. */
import { join } from 'node:path'
import { type Access, isLoopback } from '../domain/access.ts'
import type { GatewayConfig } from '../domain/config.ts'
import type { ConnectedSettings } from './read.ts'
import type { Settings } from './settings.ts'
import type { SocketAddress } from './values.ts'

/** The configuration of a gateway: units are the program's already, so this only says what goes where. */
export function toGatewayConfig(settings: ConnectedSettings): GatewayConfig {
  return {
    chain: {
      rpcUrls: settings.rpcUrl,
      registryAddress: settings.registryAddress,
      multicallAddress: settings.multicallAddress,
      pollInterval: settings.pollInterval,
      stallTimeout: settings.stallTimeout,
      rpcTimeout: settings.rpcTimeout,
      rpcConcurrency: settings.rpcConcurrency,
    },
    walletPrivateKey: settings.walletPrivateKey,
    databasePath: databasePath(settings.dataDir),
    intakeCapacity: settings.intakeCapacity,
    batching: {
      batchWindow: settings.batchWindow,
      maxConcurrentBatches: settings.maxConcurrentBatches,
      maxWait: settings.batchMaxWait,
      ordering: settings.ordering,
      ageing: settings.ageing,
      maxTries: settings.maxTries,
      laneTimeout: settings.laneTimeout,
      maxBytes: settings.maxBatchSize,
      adaptive: {
        gasPerOp: settings.gasPerOp,
        maxBaseFee: settings.maxBaseFee,
        softCapBaseFee: settings.softCapBaseFee,
        targetBaseFee: settings.targetBaseFee,
        backlogThreshold: settings.backlogThreshold,
        maxBatchOps: settings.maxBatchOps,
        minBatchOps: settings.minBatchOps,
        maxTransactionGas: settings.maxTransactionGas,
      },
    },
    transactions: {
      resubmitTimeout: settings.resubmitTimeout,
      maxFeeMultiplier: settings.maxFeeMultiplier,
      feeEscalationStep: settings.feeEscalationStep,
      maxResubmissions: settings.maxResubmissions,
      cancelTimeout: settings.cancelTimeout,
      maxFeePerGas: settings.maxFeePerGas,
      priorityFeePercentile: settings.priorityFeePercentile,
      simulationTimeout: settings.simulationTimeout,
      confirmations: settings.confirmations,
      minBalance: settings.minBalance,
    },
    retention: settings.retention,
    drainTimeout: settings.drainTimeout,
  }
}

/** Where the server listens: the listening address, with the port of `--port` when that is given. */
export function toListenAddress({ listenAddr, port }: Settings): SocketAddress {
  return port === undefined ? listenAddr : { ...listenAddr, port }
}

/**
 * Who may watch the live view; null for nobody. Where others can reach the server, nobody may unless there is a token or
 * it was said so.
 */
export function toInspectorAccess(settings: Settings): Access | null {
  const { inspector, operatorToken = null } = settings
  const isReachable = !isLoopback(toListenAddress(settings).host)
  if (inspector === 'off' || (inspector === 'auto' && isReachable && operatorToken === null)) return null
  return { token: operatorToken, anyHost: inspector === 'on' }
}

/** Where the database is in a folder of data. */
export function databasePath(dataDir: string): string {
  return join(dataDir, 'operations.sqlite')
}
