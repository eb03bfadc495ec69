/** Versions of a registry that can be upgraded in place. */
import { StartupError } from '../domain/errors.ts'
import type { Operation } from '../domain/operation.ts'
import type { Hex } from '../domain/primitives.ts'
import type { Registry } from './registry.ts'

export interface RegistryVersions<O extends Operation = Operation> {
  /** The versions, oldest first. All have the same kinds, paths of routes and views. */
  readonly versions: readonly [Registry<O>, ...Registry<O>[]]
  /**
   * Finds the version of the deployed contract.
   * @param hasView whether the contract answers a view, given its calldata
   */
  detect(hasView: (callData: Hex) => Promise<boolean>): Promise<Registry<O>>
}

/** The versions of a registry without versions. */
export function versionsOf<O extends Operation>(
  registry: Registry<O> | RegistryVersions<O>,
): RegistryVersions<O> {
  return 'versions' in registry ? registry : { versions: [registry], detect: async () => registry }
}

/** One version, checked against the deployed contract. */
export function pinned<O extends Operation>(
  { detect }: RegistryVersions<O>,
  registry: Registry<O>,
): RegistryVersions<O> {
  return {
    versions: [registry],
    async detect(hasView) {
      const found = await detect(hasView)
      if (found === registry) return registry
      throw new StartupError(
        `REGISTRY_VERSION stands for ${registry.name}, but the contract at REGISTRY_ADDRESS is ${found.name}. Set REGISTRY_VERSION=auto, or the version of the contract.`,
      )
    },
  }
}
