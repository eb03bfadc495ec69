/** Checks of chain and contracts, as a start makes them. */
import { readGenesisHash, requireContracts } from '../actors/recovery/contracts.ts'
import { RegistryVersion } from '../actors/registryVersion.ts'
import type { ChainConfig } from '../domain/config.ts'
import type { Now } from '../domain/primitives.ts'
import type { RegistryVersions } from '../registry/versions.ts'
import type { ChainClient } from '../rpc/chainClient.ts'
import type { StoreIdentity } from '../store/port.ts'
import { type Check, fail, ok } from './check.ts'
import { reasonOf } from './reason.ts'

export interface Deployment {
  readonly check: Check
  /** What a store must be bound to; null if a contract is missing, or the chain does not answer. */
  readonly identity: StoreIdentity | null
}

export async function checkContracts(
  client: ChainClient,
  chainId: number,
  config: ChainConfig,
  registry: RegistryVersions,
  now: Now,
): Promise<Deployment> {
  const { registryAddress, multicallAddress } = config
  try {
    await requireContracts(client, config, chainId)
    const version = new RegistryVersion(registry, { address: registryAddress, publish: () => {}, now })
    await version.refresh(client)
    const genesisHash = await readGenesisHash(client)
    return {
      check: ok(
        'registry',
        `${version.current.name} at ${registryAddress} on chain ${chainId}, Multicall3 at ${multicallAddress}`,
      ),
      identity: { chainId, registryAddress, genesisHash },
    }
  } catch (error) {
    return {
      check: fail(
        'registry',
        reasonOf(error),
        'check REGISTRY_ADDRESS, MULTICALL_ADDRESS, REGISTRY_VERSION and RPC_URL',
      ),
      identity: null,
    }
  }
}
