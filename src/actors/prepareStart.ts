/** Slot `prepareStart` of the root: checks that chain, contracts and store belong together. */
import type { ChainConfig } from '../domain/config.ts'
import type { Endpoints } from '../rpc/endpoints.ts'
import type { RequestStore } from '../store/port.ts'
import { readGenesisHash, requireContracts } from './recovery/contracts.ts'
import { startEffect } from './recovery/startEffect.ts'
import type { RegistryVersion } from './registryVersion.ts'

interface Dependencies {
  readonly endpoints: Pick<Endpoints, 'pin' | 'chainId' | 'connect'>
  readonly store: Pick<RequestStore, 'bind'>
  readonly config: Pick<ChainConfig, 'registryAddress' | 'multicallAddress'>
  readonly version: Pick<RegistryVersion, 'refresh'>
}

/**
 * Connects the endpoints, checks that both configured addresses hold code, finds the version of the registry, and binds the store
 * to the chain. The actor fails with an UnavailableError while chain or store do not answer, with a StartupError when a contract is
 * missing or has another version than configured, and with a
 * StoreIdentityError when the store belongs to another chain or registry.
 */
export function prepareStart({ endpoints, store, config, version }: Dependencies) {
  return startEffect<void>(async () => {
    await endpoints.connect()
    const { registryAddress } = config
    const { chainId } = endpoints
    const client = endpoints.pin()
    const [genesisHash] = await Promise.all([
      readGenesisHash(client),
      requireContracts(client, config, chainId),
    ])
    await version.refresh(client)
    await store.bind({ chainId, registryAddress, genesisHash })
  })
}
