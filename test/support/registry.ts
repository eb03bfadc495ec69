/** The World ID registry at an address. */
import type { Address } from '../../src/domain/primitives.ts'
import type { DeployedRegistry } from '../../src/registry/registry.ts'
import { worldIdV1 } from '../../src/registry/worldId/worldId.ts'

export function registryAt(address: Address): DeployedRegistry {
  return { ...worldIdV1, address }
}
