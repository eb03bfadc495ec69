/**
 * Finds operations that took effect in somebody else's transaction. A signed operation is anybody's to send: who saw it in
 * a pool, or was given it too, may have landed it first. Our copy then fails, and yet its user has what was asked for.
 */
import { numberToHex } from 'viem'
import { registryFunctions } from '../contracts/registryAbi.ts'
import type { OpEnvelope } from '../domain/operation.ts'
import type { Address, Hash } from '../domain/primitives.ts'
import { operationKinds } from '../operations/table.ts'
import { type ChainClient, isUnavailable } from './chainClient.ts'

export interface Landing {
  readonly txHash: Hash
  readonly blockNumber: number
}

/** Blocks that are looked through: so far back nodes without an archive know the state. */
const LOOK_BACK = 128

/**
 * @param upTo number of the newest block that counts
 * @returns null when it is in none of the blocks before, or the node cannot say
 * @throws viem's error when the chain does not answer
 */
export async function findLanding(
  client: ChainClient,
  registry: Address,
  envelope: OpEnvelope,
  upTo: number,
): Promise<Landing | null> {
  const { topics, data } = operationKinds[envelope.kind].successLog(envelope.operation)
  const fromBlock = Math.max(0, upTo - LOOK_BACK)
  try {
    const logs = await client.request({
      method: 'eth_getLogs',
      params: [
        {
          address: registry,
          topics: [...topics],
          fromBlock: numberToHex(fromBlock),
          toBlock: numberToHex(upTo),
        },
      ],
    })
    for (const { data: found, blockNumber, transactionHash } of logs) {
      if (found !== data || blockNumber === null || transactionHash === null) continue
      if (await isOfItsNonce(client, registry, envelope, BigInt(blockNumber))) {
        return { txHash: transactionHash, blockNumber: Number(blockNumber) }
      }
    }
    return null
  } catch (error) {
    if (isUnavailable(error)) throw error
    return null
  }
}

/**
 * A log does not tell the nonce, and an account can go the same way twice. So the account's counter must have passed the
 * operation's nonce in that block.
 */
async function isOfItsNonce(
  client: ChainClient,
  registry: Address,
  { lane }: OpEnvelope,
  blockNumber: bigint,
): Promise<boolean> {
  if (lane === null) return true
  const counterAt = (block: bigint) =>
    client.readContract({
      address: registry,
      abi: registryFunctions,
      functionName: 'getSignatureNonce',
      args: [BigInt(lane.leaf)],
      blockNumber: block,
    })
  const [before, after] = await Promise.all([counterAt(blockNumber - 1n), counterAt(blockNumber)])
  return before <= BigInt(lane.nonce) && BigInt(lane.nonce) < after
}
