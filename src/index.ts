/** Public API of the package, for programs that embed the gateway. */

export type { Signer, UnsignedTransaction } from './actors/signing/signer.ts'
export { toGatewayConfig, toHttpConfig, toInspectorAccess } from './config/gatewayConfig.ts'
export { readConnectedSettings } from './config/read.ts'
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
export { eip712Domain } from './evm/eip712Domain.ts'
export type { LogPattern } from './evm/logPattern.ts'
export { revertDecoder } from './evm/revertDecoder.ts'
export { createGateway, type GatewayOptions, openGateway } from './gateway/createGateway.ts'
export { createLogger } from './gateway/log.ts'
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
