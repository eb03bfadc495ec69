/** Checks of the chain that a start needs. */
import { BlockNotFoundError } from 'viem'
import type { ChainConfig } from '../../domain/config.ts'
import { StartupError } from '../../domain/errors.ts'
import type { Hash } from '../../domain/primitives.ts'
import type { ChainClient } from '../../rpc/chainClient.ts'

/** @throws StartupError if a configured address holds no code; viem's error when the chain does not answer */
export async function requireContracts(
  client: ChainClient,
  { registryAddress, multicallAddress }: Pick<ChainConfig, 'registryAddress' | 'multicallAddress'>,
  chainId: number,
): Promise<void> {
  const [registryCode, multicallCode] = await Promise.all([
    client.getCode({ address: registryAddress }),
    client.getCode({ address: multicallAddress }),
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
}

/**
 * The hash of block 0 as the parent hash of block 1, if block 1 exists. anvil makes a new block 0 at each start from a
 * state file: block 0 may differ from the first block of the chain.
 */
export async function readGenesisHash(client: ChainClient): Promise<Hash> {
  const child = await client.getBlock({ blockNumber: 1n }).catch(nullIfMissing)
  return child?.parentHash ?? (await client.getBlock({ blockNumber: 0n })).hash
}

/** @throws any other error */
function nullIfMissing(error: unknown): null {
  if (error instanceof BlockNotFoundError) return null
  throw error
}
