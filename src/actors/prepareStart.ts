/** What has to be true before the gateway starts: the chain, the registry on it, and the store belong together. */
import { BlockNotFoundError, isAddressEqual } from 'viem'
import type { ChainConfig } from '../domain/config.ts'
import { StartupError } from '../domain/errors.ts'
import type { Address, Hash } from '../domain/primitives.ts'
import type { ResumableBatch } from '../domain/recovery.ts'
import { senderOf } from '../evm/senderOf.ts'
import type { ChainClient } from '../rpc/chainClient.ts'
import type { RequestStore } from '../store/port.ts'

/**
 * Checks that there are contracts at the configured addresses, and ties the store to this chain.
 * @throws StartupError when something is missing on the chain
 * @throws StoreIdentityError when the store belongs to another chain or registry
 */
export async function prepareStart(
  client: ChainClient,
  store: RequestStore,
  chainId: number,
  { registryAddress, multicallAddress }: Pick<ChainConfig, 'registryAddress' | 'multicallAddress'>,
): Promise<void> {
  const [registryCode, multicallCode, genesisHash] = await Promise.all([
    client.getCode({ address: registryAddress }),
    client.getCode({ address: multicallAddress }),
    readGenesisHash(client),
  ])
  if (registryCode === undefined) {
    throw new StartupError(
      `There is no contract at REGISTRY_ADDRESS ${registryAddress} on chain ${chainId}. Check the address, and that RPC_URL is the chain it is on.`,
    )
  }
  if (multicallCode === undefined) {
    throw new StartupError(
      `There is no Multicall3 at MULTICALL_ADDRESS ${multicallAddress} on chain ${chainId}.`,
    )
  }
  await store.bind({ chainId, registryAddress, genesisHash })
}

/**
 * The hash of block 0, as block 1 names it where there is one. A local node that goes on from its state file may show
 * as block 0 another than the one its chain began with: anvil makes one at each start, and keeps them all.
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

/**
 * Checks that the transactions of unfinished batches are this wallet's: their nonces are of its stream, and nobody else can
 * replace them.
 * @throws StartupError when another wallet signed one
 */
export async function checkSigner(batches: readonly ResumableBatch[], wallet: Address): Promise<void> {
  for (const { attempts } of batches) {
    const [first] = attempts
    if (first === undefined) continue
    const signer = senderOf(first.raw)
    if (!isAddressEqual(signer, wallet)) {
      throw new StartupError(
        `The database has unfinished transactions of wallet ${signer}, but WALLET_PRIVATE_KEY is that of ${wallet}. Start with the former key until they have landed.`,
      )
    }
  }
}
