/** Public API of the package, for programs that embed the gateway. */

export type { Signer, UnsignedTransaction } from './actors/signing/signer.ts'
export { toGatewayConfig, toHttpConfig, toInspectorAccess } from './config/gatewayConfig.ts'
export { ConfigurationError, readConnectedSettings } from './config/read.ts'
export { secretsOf } from './config/secrets.ts'
export type * from './domain/batch.ts'
export type * from './domain/chain.ts'
export type * from './domain/config.ts'
export {
  ERROR_CODES,
  GatewayError,
  type GatewayErrorCode,
  RefusedError,
  StartupError,
  UnavailableError,
} from './domain/errors.ts'
export type * from './domain/events.ts'
export type * from './domain/handle.ts'
export type * from './domain/operation.ts'
export { PriorityClass } from './domain/operation.ts'
export type * from './domain/status.ts'
export { createGateway, type EmbeddedGateway, type GatewayOptions, openGateway } from './embed.ts'
export { eip712Domain } from './evm/eip712Domain.ts'
export type { LogPattern } from './evm/logPattern.ts'
export { revertDecoder } from './evm/revertDecoder.ts'
export { createLogger } from './gateway/log.ts'
export type { GatewayLogger } from './gateway/logging.ts'
export { createLiveView, type LiveView, type LiveViewOptions } from './liveView.ts'
export { chainMonitorMachine } from './machines/chainMonitor/chainMonitor.ts'
export { finalityTrackerMachine } from './machines/finalityTracker/finalityTracker.ts'
export { intakeMachine } from './machines/intake/intake.ts'
export { nonceTrackerMachine } from './machines/nonceTracker/nonceTracker.ts'
export { opsBatcherMachine } from './machines/opsBatcher/opsBatcher.ts'
export { pendingBatchMachine } from './machines/pendingBatch/pendingBatch.ts'
export { requestTrackerMachine } from './machines/requestTracker/requestTracker.ts'
export { gatewayMachine } from './machines/root/root.ts'
export { seatMachine } from './machines/seat/seat.ts'
export { walletMachine } from './machines/wallet/wallet.ts'
export { createMetrics, type Metrics, type MetricsOptions } from './metrics/metrics.ts'
export {
  type BatchContext,
  fifoPolicy,
  greedyCreateFirstPolicy,
  type OrderingPolicy,
  sharedGasPolicy,
} from './policy/orderingPolicy.ts'
export type {
  ErrorMeanings,
  FoldDefinition,
  KindDefinition,
  ReadContract,
  RegistryDefinition,
  RouteDefinition,
  SignerVerification,
  ViewDefinition,
} from './registry/definition.ts'
export { defineRegistry, type Registry } from './registry/registry.ts'
export { pinned, type RegistryVersions } from './registry/versions.ts'
export type * from './registry/worldId/operations.ts'
export { worldId, worldIdV1, worldIdV2 } from './registry/worldId/worldId.ts'
export { type Service, type ServiceOptions, startService } from './serve.ts'
export { type AppOptions, createApp } from './server/app.ts'
export { type RequestStore, StoreError } from './store/port.ts'
export { openThreadedStore as openSqliteStore } from './store/sqlite/threadedStore.ts'
