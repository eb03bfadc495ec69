/** Slot `readInclusion` of pendingBatch: finds the transaction that consumed the batch's nonce. */
import { isAddressEqual, type TransactionReceipt } from 'viem'
import { fromPromise } from 'xstate'
import type { Inclusion } from '../domain/batch.ts'
import type { Address, Hash } from '../domain/primitives.ts'
import type { InclusionReport } from '../machines/pendingBatch/context.ts'
import { type ChainClient, isTemporary } from '../rpc/chainClient.ts'
import type { Endpoints } from '../rpc/endpoints.ts'
import { readReceipt } from './outcome/readReceipt.ts'

interface Dependencies {
  readonly endpoints: Pick<Endpoints, 'pin'>
  /** Address of the sender. */
  readonly wallet: Address
}

export interface InclusionInput {
  /** Hashes of all attempts for the nonce. */
  readonly hashes: readonly Hash[]
  readonly nonce: number
  /** Number of the newest settled block: a consumed nonce counts from then on. Below 0: no block is settled. */
  readonly settledBlock: number
}

/**
 * Number of searched blocks for the consumer of a nonce. A node without an archive has the state of about this many
 * blocks.
 */
const SEARCHED_BLOCKS = 120

/**
 * A missing receipt is not evidence. If no attempt has a receipt and yet the nonce is consumed, the block that consumed
 * the nonce names the transaction. An unreadable receipt hides only its own attempt: the other attempts and the nonce may
 * still decide. Otherwise nothing is known yet, and the actor fails, as when the chain does not answer.
 */
export function readInclusion({ endpoints, wallet }: Dependencies) {
  return fromPromise<InclusionReport, InclusionInput>(async ({ input }) => {
    const { hashes, nonce, settledBlock } = input
    const client = endpoints.pin()
    const [receipts, head] = await Promise.all([
      Promise.allSettled(hashes.map((hash) => readReceipt(client, hash))),
      client.getBlockNumber({ cacheTime: 0 }),
    ])
    const blockNumber = Number(head)
    const receipt = receipts.flatMap((result) =>
      result.status === 'fulfilled' ? (result.value ?? []) : [],
    )[0]
    if (receipt) return { inclusion: inclusionOf(receipt), consumedBy: null, blockNumber }
    const consumer = await findConsumer(
      client,
      wallet,
      nonce,
      Math.max(0, Math.min(settledBlock, blockNumber)),
    )
    if (consumer === null || consumer === 'unknown') {
      const unreadable = receipts.find((result) => result.status === 'rejected')
      if (unreadable) throw unreadable.reason
      return { inclusion: null, consumedBy: consumer, blockNumber }
    }
    return hashes.includes(consumer.txHash)
      ? { inclusion: consumer, consumedBy: null, blockNumber }
      : { inclusion: null, consumedBy: consumer.txHash, blockNumber }
  })
}

/**
 * The transaction that consumed a nonce.
 * @param upTo number of the newest searched block
 * @returns null when no transaction consumed the nonce; `unknown` when the node has pruned the needed state
 * @throws Error when the answers of the node contradict each other
 */
async function findConsumer(
  client: ChainClient,
  wallet: Address,
  nonce: number,
  upTo: number,
): Promise<Inclusion | 'unknown' | null> {
  const isConsumedAt = async (block: number): Promise<boolean | 'pruned'> => {
    try {
      return (await client.getTransactionCount({ address: wallet, blockNumber: BigInt(block) })) > nonce
    } catch (error) {
      if (isTemporary(error)) throw error
      return 'pruned'
    }
  }
  if ((await isConsumedAt(upTo)) !== true) return null
  // Bisection: the nonce is consumed at block `consumed`, and not consumed (or unknown) at block `free`.
  let free = Math.max(-1, upTo - SEARCHED_BLOCKS)
  let consumed = upTo
  let isFreeRead = false
  while (consumed - free > 1) {
    const middle = Math.floor((free + consumed) / 2)
    const answer = await isConsumedAt(middle)
    if (answer === true) consumed = middle
    else [free, isFreeRead] = [middle, answer === false]
  }
  const block = await client.getBlock({ blockNumber: BigInt(consumed), includeTransactions: true })
  const found = block.transactions.find((tx) => isAddressEqual(tx.from, wallet) && tx.nonce === nonce)
  if (found !== undefined) return { txHash: found.hash, blockNumber: consumed, blockHash: block.hash }
  // A node that lags behind counts fewer transactions than the block has.
  if (isFreeRead) throw new Error(`the transaction counts of the node contradict its block ${consumed}`)
  return 'unknown'
}

function inclusionOf({ transactionHash, blockNumber, blockHash }: TransactionReceipt): Inclusion {
  return { txHash: transactionHash, blockNumber: Number(blockNumber), blockHash }
}
