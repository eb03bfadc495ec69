/**
 * The registry that the gateway works with: the version of the deployed contract. The contract may be upgraded while the gateway
 * runs.
 */
import type { GatewayEvent } from '../domain/events.ts'
import type { Address, Now } from '../domain/primitives.ts'
import type { DeployedRegistry } from '../registry/registry.ts'
import type { RegistryVersions } from '../registry/versions.ts'
import type { ChainClient } from '../rpc/chainClient.ts'
import { isExecutionError } from './preflight/verifyAgents.ts'

interface Options {
  readonly address: Address
  readonly publish: (event: GatewayEvent) => void
  readonly now: Now
}

export class RegistryVersion {
  readonly #versions: RegistryVersions
  readonly #options: Options
  #current: DeployedRegistry

  /** Until the first `refresh` it is the oldest version. */
  constructor(versions: RegistryVersions, options: Options) {
    this.#versions = versions
    this.#options = options
    this.#current = { ...versions.versions[0], address: options.address }
  }

  get current(): DeployedRegistry {
    return this.#current
  }

  /**
   * Asks the contract for its version.
   * @returns true if it is another version than before
   * @throws viem's error when the node does not answer, StartupError for a version other than the configured one
   */
  async refresh(client: ChainClient): Promise<boolean> {
    const { address, publish, now } = this.#options
    const found = await this.#versions.detect((data) => hasView(client, address, data))
    const from = this.#current.name
    if (found.name === from) return false
    this.#current = { ...found, address }
    publish({ type: 'registry.versionChanged', from, to: found.name, at: now() })
    return true
  }
}

/** Whether a contract answers a call. A contract without the function reverts, or returns nothing. */
async function hasView(client: ChainClient, to: Address, data: `0x${string}`): Promise<boolean> {
  try {
    return (await client.request({ method: 'eth_call', params: [{ to, data }, 'latest'] })) !== '0x'
  } catch (error) {
    if (isExecutionError(error)) return false
    throw error
  }
}
