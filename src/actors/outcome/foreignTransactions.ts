/**
 * Finds operations executed by a foreign transaction, or by a forgotten transaction of ours. Everyone with a signed
 * operation, for example from the pool, can send the operation. The gateway's copy then fails, although the user has
 * the wanted effect.
 */
import { numberToHex, type RpcLog } from 'viem'
import type { Inclusion } from '../../domain/batch.ts'
import type { LanePosition, OpEnvelope } from '../../domain/operation.ts'
import type { DurationMs, Hash, Hex } from '../../domain/primitives.ts'
import type { OpStatus } from '../../domain/status.ts'
import { fits, type LogPattern, type ReceiptLog } from '../../evm/logPattern.ts'
import type { DeployedRegistry } from '../../registry/registry.ts'
import { type ChainClient, isTemporary, isUnavailable } from '../../rpc/chainClient.ts'
import type { FollowedChain } from '../blocks/followedChain.ts'
import { hiddenLogs, type SearchedBlock } from './hiddenLogs.ts'

/** Blocks per log query. If the node refuses, the next query has a tenth of the blocks. */
const WIDEST_SPAN = 1_000
const NARROWEST_SPAN = 10

/** Most log queries for one operation: about two days on a chain with two-second blocks. */
const MOST_QUERIES = 100

/** Largest expected difference between the chain's clock and ours. */
const CLOCK_TOLERANCE: DurationMs = 600_000

/**
 * Number of newest blocks with logs read by block hash. A node without the block then reports an error. To a range
 * query the node would answer with its own blocks only. A node is behind by fewer blocks.
 */
const RECENT_BLOCKS = 16

/**
 * Number of blocks before the newest whose bloom filters are read if no log shows an execution: the log index of a node may lag
 * behind its blocks. Ordinary operations are a few blocks old.
 */
const DISTRUSTED_BLOCKS = 112
/** The chain's clock is rarely further from ours. Each minute more would cost reads for each failed operation. */
const SHORT_CLOCK_TOLERANCE: DurationMs = 60_000

export interface InclusionSearch {
  readonly client: ChainClient
  readonly registry: DeployedRegistry
  readonly followed: Pick<FollowedChain, 'hashOf'>
  /** Number of the newest block that counts. */
  readonly upTo: number
}

/**
 * Searches for each operation, from block `upTo` back to the time at which the operation was received.
 * @returns for each operation the inclusion; null if not found or if the node refuses log queries
 * @throws viem's error when the chain does not answer, or the node lacks one of the newest blocks
 * @throws ContradictionError when a receipt lacks logs that may be those of an operation
 */
export async function findForeignInclusions(
  search: InclusionSearch,
  envelopes: readonly OpEnvelope[],
): Promise<readonly (Inclusion | null)[]> {
  if (envelopes.length === 0) return []
  const hashes = await recentHashes(search)
  const recent = await recentLogs(search, hashes).catch((error: unknown) => {
    if (isUnavailable(error)) throw error
    // The node refuses log queries by block hash. A range query may work.
    return []
  })
  const before = { ...search, upTo: search.upTo - recent.length }
  const shown = await Promise.all(
    envelopes.map((envelope) =>
      lastWithNonce(search, envelope, inclusionsIn(search.registry, recent.flat(), envelope)),
    ),
  )
  const newest = await withHidden(
    search,
    envelopes,
    shown,
    hashes.map((hash) => ({ hash, logsBloom: null })),
  )
  const indexed = await Promise.all(
    envelopes.map((envelope, index) => newest[index] ?? findEarlier(before, envelope)),
  )
  const unseen = envelopes.filter((_, index) => indexed[index] === null)
  return withHidden(search, envelopes, indexed, await distrustedBlocks(before, unseen))
}

/**
 * Completes what log queries have found by the receipts of blocks.
 * @param found for each operation the inclusion; null if not found
 */
async function withHidden(
  search: InclusionSearch,
  envelopes: readonly OpEnvelope[],
  found: readonly (Inclusion | null | undefined)[],
  blocks: readonly SearchedBlock[],
): Promise<readonly (Inclusion | null)[]> {
  const unseen = envelopes.filter((_, index) => found[index] === null)
  const logs = await hiddenLogs(search, blocks, unseen)
  return Promise.all(
    envelopes.map(
      (envelope, index) =>
        found[index] ?? lastWithNonce(search, envelope, inclusionsIn(search.registry, logs, envelope)),
    ),
  )
}

/** The blocks from `upTo` back to the time at which the first of the operations was received. */
async function distrustedBlocks(
  { client, upTo }: InclusionSearch,
  envelopes: readonly OpEnvelope[],
): Promise<readonly SearchedBlock[]> {
  const since = Math.min(...envelopes.map(({ receivedAt }) => receivedAt)) - SHORT_CLOCK_TOLERANCE
  const blocks: SearchedBlock[] = []
  for (let to = upTo; to >= 0 && blocks.length < DISTRUSTED_BLOCKS; to -= RECENT_BLOCKS) {
    const numbers = Array.from({ length: Math.min(RECENT_BLOCKS, to + 1) }, (_, index) => to - index)
    const read = await Promise.all(numbers.map((number) => client.getBlock({ blockNumber: BigInt(number) })))
    blocks.push(...read.map(({ hash, logsBloom }) => ({ hash, logsBloom })))
    if (read.some(({ timestamp }) => Number(timestamp) * 1000 < since)) break
  }
  return blocks
}

/** The registry's logs of the newest blocks, oldest block first. */
async function recentLogs(
  { client, registry }: InclusionSearch,
  hashes: readonly Hash[],
): Promise<RpcLog[][]> {
  const logsOf = (blockHash: Hash) =>
    client.request({ method: 'eth_getLogs', params: [{ address: registry.address, blockHash }] })
  return Promise.all(hashes.map(logsOf))
}

/** Hashes of the newest blocks: from the followed chain, and for blocks before the start by parent hash. */
async function recentHashes({ client, followed, upTo }: InclusionSearch): Promise<readonly Hash[]> {
  const newest = followed.hashOf(upTo) ?? (await client.getBlock({ blockNumber: BigInt(upTo) })).hash
  const hashes = [newest]
  const oldest = Math.max(0, upTo - RECENT_BLOCKS + 1)
  for (let number = upTo - 1; number >= oldest; number -= 1) {
    const [blockHash] = hashes
    if (blockHash === undefined) break
    hashes.unshift(followed.hashOf(number) ?? (await client.getBlock({ blockHash })).parentHash)
  }
  return hashes
}

/** Searches ranges of older blocks, known to every node. */
async function findEarlier(search: InclusionSearch, envelope: OpEnvelope): Promise<Inclusion | null> {
  const { client, upTo } = search
  const since = envelope.receivedAt - CLOCK_TOLERANCE
  let to = upTo
  let span = WIDEST_SPAN
  for (let queries = 0; queries < MOST_QUERIES && to >= 0; queries += 1) {
    const from = Math.max(0, to - span + 1)
    const found = await inclusionsBetween(search, envelope, from, to).catch(toError)
    if (found instanceof Error && span > NARROWEST_SPAN) {
      span /= 10
      continue
    }
    if (found instanceof Error) {
      if (isUnavailable(found)) throw found
      return null
    }
    const last = await lastWithNonce(search, envelope, found)
    if (last !== null) return last
    if (from === 0 || (await timeOf(client, from)) < since) return null
    to = from - 1
  }
  return null
}

/** The status of an operation executed by a foreign transaction. The gateway paid no gas for the execution. */
export function finalizedByForeign({ txHash, blockNumber }: Inclusion): OpStatus {
  return { type: 'Finalized', txHash, blockNumber, gasUsed: 0 }
}

/**
 * The lane's next nonce in the state of a block.
 * @param blockHash and not a block number: by number a node answers for the node's own branch (EIP-1898)
 * @throws viem's error when the chain does not answer, or the node has pruned the state
 */
export async function readCounter(
  client: ChainClient,
  registry: DeployedRegistry,
  { leaf }: LanePosition,
  blockHash: Hash,
): Promise<number> {
  const call = { to: registry.address, data: registry.counter(leaf) }
  return Number(await client.request({ method: 'eth_call', params: [call, { blockHash }] }))
}

/** The error of a log query, as a value: nodes refuse a wide range with many codes, also with those of an outage. */
function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

async function inclusionsBetween(
  { client, registry }: InclusionSearch,
  envelope: OpEnvelope,
  from: number,
  to: number,
): Promise<readonly Inclusion[]> {
  const range = { fromBlock: numberToHex(from), toBlock: numberToHex(to) }
  const logs = await Promise.all(
    patternsOf(registry, envelope).map(({ topics }) =>
      client.request({
        method: 'eth_getLogs',
        params: [{ address: registry.address, topics: [...topics], ...range }],
      }),
    ),
  )
  return inclusionsIn(registry, logs.flat(), envelope)
}

/** The logs of the operation's success: one for each version of the contract. */
function patternsOf(registry: DeployedRegistry, { operation }: OpEnvelope): readonly LogPattern[] {
  return registry.kindOf(operation).successLogs(operation)
}

/** The part of a log that shows an inclusion. A receipt and a log query number the block in different forms. */
interface BlockLog extends ReceiptLog {
  readonly blockNumber: Hex | bigint | null
  readonly blockHash: Hash | null
  readonly transactionHash: Hash | null
}

/** The transactions with a log of the operation's effect. Another operation may have the same effect. */
function inclusionsIn(
  registry: DeployedRegistry,
  logs: readonly BlockLog[],
  envelope: OpEnvelope,
): readonly Inclusion[] {
  const patterns = patternsOf(registry, envelope)
  return logs.flatMap((log) => {
    const { blockNumber, blockHash, transactionHash: txHash } = log
    const isInBlock = blockNumber !== null && blockHash !== null && txHash !== null
    return isInBlock && patterns.some((pattern) => fits(log, pattern))
      ? [{ txHash, blockNumber: Number(blockNumber), blockHash }]
      : []
  })
}

async function timeOf(client: ChainClient, blockNumber: number): Promise<number> {
  const { timestamp } = await client.getBlock({ blockNumber: BigInt(blockNumber) })
  return Number(timestamp) * 1000
}

/** The last inclusion that used the operation's nonce. */
async function lastWithNonce(
  { client, registry }: InclusionSearch,
  envelope: OpEnvelope,
  inclusions: readonly Inclusion[],
): Promise<Inclusion | null> {
  for (const inclusion of inclusions.toReversed()) {
    if (await usedNonceOf(envelope, client, registry, inclusion)) return inclusion
  }
  return null
}

/**
 * Whether a transaction used the nonce of the operation. The log alone does not show it: an account can make equal
 * changes twice. Therefore the lane's counter must pass the nonce in the block of the transaction. If the node has
 * pruned the state of the block, the transaction must contain the operation's signature, which covers the nonce.
 */
async function usedNonceOf(
  { lane, operation }: OpEnvelope,
  client: ChainClient,
  registry: DeployedRegistry,
  { txHash, blockHash }: Inclusion,
): Promise<boolean> {
  if (lane === null) return true
  const { parentHash } = await client.getBlock({ blockHash })
  try {
    const [before, after] = await Promise.all([
      readCounter(client, registry, lane, parentHash),
      readCounter(client, registry, lane, blockHash),
    ])
    return before <= lane.nonce && lane.nonce < after
  } catch (error) {
    if (isTemporary(error)) throw error
    const { input } = await client.getTransaction({ hash: txHash })
    const signature = registry.kindOf(operation).signature(operation)
    return signature !== null && input.toLowerCase().includes(signature.slice(2).toLowerCase())
  }
}
