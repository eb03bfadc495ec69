/** The World ID registry at an address. */

import type { RegistryVersion } from '../../src/actors/registryVersion.ts'
import type { Address } from '../../src/domain/primitives.ts'
import type { DeployedRegistry } from '../../src/registry/registry.ts'
import { worldIdV1 } from '../../src/registry/worldId/worldId.ts'

export function registryAt(address: Address): DeployedRegistry {
  return { ...worldIdV1, address }
}

/** The same, as the version that effects use. It never changes. */
export function versionAt(address: Address): Pick<RegistryVersion, 'current' | 'refresh'> {
  return { current: registryAt(address), refresh: async () => false }
}
