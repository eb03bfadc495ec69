/**
 * Finds operations that took effect in a transaction that is not ours, or that we have lost sight of. A signed operation is
 * anybody's to send: who saw it in a pool, or was given it too, may have landed it first. Our copy then fails, and yet its
 * user has what was asked for.
 */
import { numberToHex, type RpcLog } from 'viem'
import type { Inclusion } from '../../domain/batch.ts'
import type { LanePosition, OpEnvelope } from '../../domain/operation.ts'
import type { Address, DurationMs, Hash } from '../../domain/primitives.ts'
import type { OpStatus } from '../../domain/status.ts'
import { fits } from '../../evm/logPattern.ts'
import { registryFunctions } from '../../registry/worldId/abi.ts'
import { operationKinds } from '../../registry/worldId/kinds.ts'
import { type ChainClient, isTemporary, isUnavailable } from '../../rpc/chainClient.ts'
import type { FollowedChain } from '../blocks/followedChain.ts'

export type Landing = Inclusion

/** Blocks that are looked through at once. A node that refuses so many is asked for fewer. */
const WIDEST_SPAN = 1_000
const NARROWEST_SPAN = 10

/** Most looks for one operation: about two days on a chain of two-second blocks. */
const MOST_LOOKS = 100

/** By how much the chain's clock and ours may differ. */
const CLOCK_TOLERANCE: DurationMs = 600_000

/**
 * Newest blocks that are asked for by their hashes: of a block that it has not got a node says so, where it answers a range
 * with as much of it as it has. Nodes are behind by less.
 */
const RECENT_BLOCKS = 16

export interface LandingSearch {
  readonly client: ChainClient
  readonly registry: Address
  readonly followed: Pick<FollowedChain, 'hashOf'>
  /** Number of the newest block that counts. */
  readonly upTo: number
}

/**
 * Looks for each operation from a block back to the time at which it was received.
 * @returns null for one that is in none of these blocks, or of which the node cannot say
 * @throws viem's error when the chain does not answer, or the node lacks one of the newest blocks
 */
export async function findLandings(
  search: LandingSearch,
  envelopes: readonly OpEnvelope[],
): Promise<readonly (Landing | null)[]> {
  if (envelopes.length === 0) return []
  const recent = await recentLogs(search).catch((error: unknown) => {
    if (isUnavailable(error)) throw error
    // It tells no logs of a block: maybe those of a range.
    return []
  })
  const before = { ...search, upTo: search.upTo - recent.length }
  return Promise.all(
    envelopes.map(async (envelope) => {
      const last = await lastOfItsNonce(search, envelope, landingsIn(recent.flat(), envelope))
      return last ?? findEarlier(before, envelope)
    }),
  )
}

/** The registry's logs of the newest blocks, oldest block first. */
async function recentLogs(search: LandingSearch): Promise<RpcLog[][]> {
  const { client, registry } = search
  const logsOf = (blockHash: Hash) =>
    client.request({ method: 'eth_getLogs', params: [{ address: registry, blockHash }] })
  return Promise.all((await recentHashes(search)).map(logsOf))
}

/** As they were followed; soon after a start few were, and each block tells the one before. */
async function recentHashes({ client, followed, upTo }: LandingSearch): Promise<readonly Hash[]> {
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

/** Looks through ranges of blocks that every node has. */
async function findEarlier(search: LandingSearch, envelope: OpEnvelope): Promise<Landing | null> {
  const { client, upTo } = search
  const since = envelope.receivedAt - CLOCK_TOLERANCE
  let to = upTo
  let span = WIDEST_SPAN
  for (let looks = 0; looks < MOST_LOOKS && to >= 0; looks += 1) {
    const from = Math.max(0, to - span + 1)
    const landings = await landingsBetween(search, envelope, from, to).catch(refusal)
    if (landings instanceof Error && span > NARROWEST_SPAN) {
      span /= 10
      continue
    }
    if (landings instanceof Error) {
      if (isUnavailable(landings)) throw landings
      return null
    }
    const last = await lastOfItsNonce(search, envelope, landings)
    if (last !== null) return last
    if (from === 0 || (await timeOf(client, from)) < since) return null
    to = from - 1
  }
  return null
}

/** The fate of an operation that took effect there: it took none of our gas. */
export function finalizedElsewhere({ txHash, blockNumber }: Landing): OpStatus {
  return { type: 'Finalized', txHash, blockNumber, gasUsed: 0 }
}

/**
 * An account's signature nonce in the state of a block: the next that it accepts.
 * @param blockHash since by the block's number a node would answer for whichever branch it is on (EIP-1898)
 * @throws viem's error when the chain does not answer, or does not know that state
 */
export async function readCounter(
  client: ChainClient,
  registry: Address,
  { leaf }: LanePosition,
  blockHash: Hash,
): Promise<number> {
  const counter = await client.readContract({
    address: registry,
    abi: registryFunctions,
    functionName: 'getSignatureNonce',
    args: [BigInt(leaf)],
    blockHash,
  })
  return Number(counter)
}

/** Ranges that are too wide are refused by many codes, one of them that for a node that has no resources left. */
function refusal(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

async function landingsBetween(
  { client, registry }: LandingSearch,
  envelope: OpEnvelope,
  from: number,
  to: number,
): Promise<readonly Landing[]> {
  const { kind, operation } = envelope
  const { topics } = operationKinds[kind].successLog(operation)
  const range = { fromBlock: numberToHex(from), toBlock: numberToHex(to) }
  const logs = await client.request({
    method: 'eth_getLogs',
    params: [{ address: registry, topics: [...topics], ...range }],
  })
  return landingsIn(logs, envelope)
}

/** Where a log was written that says that the operation succeeded, or one that did the same. */
function landingsIn(logs: readonly RpcLog[], { kind, operation }: OpEnvelope): readonly Landing[] {
  const pattern = operationKinds[kind].successLog(operation)
  return logs.flatMap((log) => {
    const { blockNumber, blockHash, transactionHash: txHash } = log
    const isInBlock = blockNumber !== null && blockHash !== null && txHash !== null
    return isInBlock && fits(log, pattern) ? [{ txHash, blockNumber: Number(blockNumber), blockHash }] : []
  })
}

async function timeOf(client: ChainClient, blockNumber: number): Promise<number> {
  const { timestamp } = await client.getBlock({ blockNumber: BigInt(blockNumber) })
  return Number(timestamp) * 1000
}

async function lastOfItsNonce(
  { client, registry }: LandingSearch,
  envelope: OpEnvelope,
  landings: readonly Landing[],
): Promise<Landing | null> {
  for (const landing of landings.toReversed()) {
    if (await isOfItsNonce(client, registry, envelope, landing)) return landing
  }
  return null
}

/**
 * A log does not tell the nonce, and an account can go the same way twice. So the account's counter must have passed the
 * operation's nonce in that block. Where the node has forgotten that state, the transaction must carry the operation's
 * signature, which is of this nonce alone.
 */
async function isOfItsNonce(
  client: ChainClient,
  registry: Address,
  { lane, operation }: OpEnvelope,
  { txHash, blockHash }: Landing,
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
    return (
      'signature' in operation && input.toLowerCase().includes(operation.signature.slice(2).toLowerCase())
    )
  }
}
