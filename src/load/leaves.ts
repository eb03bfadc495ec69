/**
 * Reads the leaf index of a new account from the chain. The registry assigns the index, and no answer of the gateway
 * has the index.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createPublicClient, http } from 'viem'
import type { Address, DurationMs, UintHex } from '../domain/primitives.ts'
import { registryFunctions } from '../registry/worldId/abi.ts'
import { LoadError } from './error.ts'

export interface LeafReader {
  /**
   * Checks the chain id of the endpoint.
   * @throws LoadError if the endpoint does not answer, or serves another chain
   */
  check(chainId: number): Promise<void>
  /**
   * Waits until the endpoint knows the account of an authenticator, and returns the leaf index.
   * @returns null if the endpoint does not answer, or does not know the account in time
   */
  leafOf(authenticator: Address): Promise<UintHex | null>
}

/** Calls within this time share a request. */
const BATCH_WAIT: DurationMs = 10
const BATCH_SIZE = 200
/** The endpoint may be behind the gateway's endpoint, so the call is repeated. */
const RETRIES = 40
const RETRY_DELAY: DurationMs = 250
/** The lowest bits of the packed account data are the leaf index. */
const LEAF_BITS = 64

export function createLeafReader(rpcUrl: string, registryAddress: Address): LeafReader {
  const transport = http(rpcUrl, { batch: { batchSize: BATCH_SIZE, wait: BATCH_WAIT } })
  const client = createPublicClient({ transport })

  async function read(authenticator: Address): Promise<bigint> {
    const packed = await client.readContract({
      address: registryAddress,
      abi: registryFunctions,
      functionName: 'getPackedAccountData',
      args: [authenticator],
    })
    return BigInt.asUintN(LEAF_BITS, packed)
  }

  return {
    async check(chainId) {
      const actual = await client.getChainId().catch((cause: unknown) => {
        const place = new URL(rpcUrl).host
        throw new LoadError(
          `no chain answers at ${place}; give an RPC endpoint of the gateway's chain with --rpc-url, to read the leaf indices of new accounts`,
          { cause },
        )
      })
      if (actual === chainId) return
      throw new LoadError(
        `--rpc-url serves chain ${actual}, but the gateway uses chain ${chainId}; give an RPC endpoint of chain ${chainId}`,
      )
    },
    async leafOf(authenticator) {
      for (let attempt = 0; attempt <= RETRIES; attempt += 1) {
        const leaf = await read(authenticator).catch(() => 0n)
        if (leaf !== 0n) return `0x${leaf.toString(16)}`
        await sleep(RETRY_DELAY)
      }
      return null
    },
  }
}
