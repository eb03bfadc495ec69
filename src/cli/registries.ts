/** The registry by the setting `REGISTRY_VERSION`. */
import type { Settings } from '../config/settings.ts'
import { pinned, type RegistryVersions } from '../registry/versions.ts'
import { worldId, worldIdV1, worldIdV2 } from '../registry/worldId/worldId.ts'

export const REGISTRIES: Readonly<Record<Settings['registryVersion'], RegistryVersions>> = {
  auto: worldId,
  v1: pinned(worldId, worldIdV1),
  v2: pinned(worldId, worldIdV2),
}
