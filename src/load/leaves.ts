/** Which leaf an account got: the registry assigns it, and the gateway does not say. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createPublicClient, http } from 'viem'
import type { Address, DurationMs, UintHex } from '../domain/primitives.ts'
import { registryFunctions } from '../registry/worldId/abi.ts'
import { LoadError } from './error.ts'

export interface LeafReader {
  /**
   * Checks that the endpoint answers for that chain.
   * @throws LoadError when it does not
   */
  check(chainId: number): Promise<void>
  /**
   * The leaf index of an authenticator's account, once the endpoint has seen its creation.
   * @returns null when the endpoint does not answer, or has not seen it in the end
   */
  leafOf(authenticator: Address): Promise<UintHex | null>
}

/** Calls that are made within this time travel in one request. */
const BATCH_WAIT: DurationMs = 10
const BATCH_SIZE = 200
/** An endpoint may be a little behind the gateway's: so often, and so far apart, it is asked again. */
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
          `no chain answers at ${place}, where the leaf indices of new accounts are read; give the gateway's chain with --rpc-url`,
          { cause },
        )
      })
      if (actual === chainId) return
      throw new LoadError(`--rpc-url is of chain ${actual}, but the gateway is on chain ${chainId}`)
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
