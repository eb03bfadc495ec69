/** Asks the registry for its version from time to time, because it can be upgraded while the gateway runs. */
import type { RegistryVersion } from '../actors/registryVersion.ts'
import type { GatewayEvent } from '../domain/events.ts'
import type { DurationMs, Now } from '../domain/primitives.ts'
import type { RegistryVersions } from '../registry/versions.ts'
import type { Endpoints } from '../rpc/endpoints.ts'

/** A call that the contract lacks also asks at once. Only routes that the new version adds wait for this. */
const PERIOD: DurationMs = 30_000

interface Watching {
  readonly version: Pick<RegistryVersion, 'refresh'>
  readonly versions: RegistryVersions
  readonly endpoints: Pick<Endpoints, 'pin'>
  readonly publish: (event: GatewayEvent) => void
  readonly now: Now
}

/**
 * A registry with one version is not watched. A failed check is published, and repeated after the period.
 * @returns a function that ends the watch
 */
export function watchVersion({ version, versions, endpoints, publish, now }: Watching): () => void {
  if (versions.versions.length === 1) return () => {}
  const check = async () => {
    try {
      await version.refresh(endpoints.pin())
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      publish({ type: 'registry.checkFailed', message, at: now() })
    }
  }
  const timer = setInterval(() => void check(), PERIOD)
  timer.unref()
  return () => clearInterval(timer)
}
