/** Whether a root of the registry's tree is valid. A valid root is remembered, because many proofs have the same root. */
import { hedge, type Pin } from '../actors/preflight/hedge.ts'
import type { Address, DurationMs, Hex, Millis, Now, UintHex } from '../domain/primitives.ts'
import { registryCall } from '../registry/worldId/calls.ts'
import type { ChainClient } from '../rpc/chainClient.ts'

interface Dependencies {
  readonly pin: Pin
  /** Time for an answer. */
  readonly longest: DurationMs
  readonly registry: Address
  readonly now: Now
}

const MAX_REMEMBERED = 1024

/** A root is forgotten this long before its window ends, because the clocks of chain and gateway differ. */
const MARGIN: DurationMs = 120_000

const isValidRoot = registryCall('isValidRoot')
const getRootTimestamp = registryCall('getRootTimestamp')
const getRootValidityWindow = registryCall('getRootValidityWindow')({})

/**
 * Makes a function that answers from memory if it can, else from the chain. The function throws an UnavailableError
 * (`chain_unavailable`) when no endpoint answers.
 */
export function createRootCheck({
  pin,
  longest,
  registry,
  now,
}: Dependencies): (root: UintHex) => Promise<boolean> {
  const remembered = new Map<UintHex, Millis>()

  function remember(root: UintHex, until: Millis): void {
    if (until <= now()) return
    const [oldest] = remembered.keys()
    if (remembered.size >= MAX_REMEMBERED && oldest !== undefined) remembered.delete(oldest)
    remembered.set(root, until)
  }

  return async (root) => {
    if ((remembered.get(root) ?? 0) > now()) return true
    remembered.delete(root)
    return hedge(pin, longest, async (client) => {
      if ((await read(client, registry, isValidRoot({ root }))) === 0n) return false
      const [since, window] = await Promise.all([
        read(client, registry, getRootTimestamp({ root })),
        read(client, registry, getRootValidityWindow),
      ])
      remember(root, Number(since + window) * 1000 - MARGIN)
      return true
    })
  }
}

/** A view that returns a number. @throws viem's error when the node does not answer, SyntaxError without a contract */
async function read(client: ChainClient, to: Address, data: Hex): Promise<bigint> {
  return BigInt(await client.request({ method: 'eth_call', params: [{ to, data }, 'latest'] }))
}
