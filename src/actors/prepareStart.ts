/** Slot `prepareStart` of the root: checks that chain, contracts and store belong together. */
import { BlockNotFoundError } from 'viem'
import type { ChainConfig } from '../domain/config.ts'
import { StartupError } from '../domain/errors.ts'
import type { Hash } from '../domain/primitives.ts'
import type { ChainClient } from '../rpc/chainClient.ts'
import type { Endpoints } from '../rpc/endpoints.ts'
import type { RequestStore } from '../store/port.ts'
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
    const { registryAddress, multicallAddress } = config
    const { chainId } = endpoints
    const client = endpoints.pin()
    const [registryCode, multicallCode, genesisHash] = await Promise.all([
      client.getCode({ address: registryAddress }),
      client.getCode({ address: multicallAddress }),
      readGenesisHash(client),
    ])
    if (registryCode === undefined) {
      throw new StartupError(
        `There is no contract at REGISTRY_ADDRESS ${registryAddress} on chain ${chainId}. Check the address, and that RPC_URL belongs to the chain of the registry.`,
      )
    }
    if (multicallCode === undefined) {
      throw new StartupError(
        `There is no Multicall3 at MULTICALL_ADDRESS ${multicallAddress} on chain ${chainId}.`,
      )
    }
    await version.refresh(client)
    await store.bind({ chainId, registryAddress, genesisHash })
  })
}

/**
 * The hash of block 0 as the parent hash of block 1, if block 1 exists. anvil makes a new block 0 at each start from a
 * state file: block 0 may differ from the first block of the chain.
 */
async function readGenesisHash(client: ChainClient): Promise<Hash> {
  const child = await client.getBlock({ blockNumber: 1n }).catch(nullIfMissing)
  return child?.parentHash ?? (await client.getBlock({ blockNumber: 0n })).hash
}

/** @throws any other error */
function nullIfMissing(error: unknown): null {
  if (error instanceof BlockNotFoundError) return null
  throw error
}
