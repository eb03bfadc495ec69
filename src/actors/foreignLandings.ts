/**
 * Finds operations that took effect in a transaction that is not ours, or that we have lost sight of. A signed operation is
 * anybody's to send: who saw it in a pool, or was given it too, may have landed it first. Our copy then fails, and yet its
 * user has what was asked for.
 */
import { numberToHex } from 'viem'
import { registryFunctions } from '../contracts/registryAbi.ts'
import type { Inclusion } from '../domain/batch.ts'
import type { LanePosition, OpEnvelope } from '../domain/operation.ts'
import type { Address, DurationMs } from '../domain/primitives.ts'
import type { OpStatus } from '../domain/status.ts'
import { operationKinds } from '../operations/table.ts'
import { type ChainClient, isStateGone, isUnavailable } from './chainClient.ts'

export type Landing = Inclusion

/** Blocks that are looked through at once. A node that refuses so many is asked for fewer. */
const WIDEST_SPAN = 1_000
const NARROWEST_SPAN = 10

/** Most looks for one operation: about two days on a chain of two-second blocks. */
const MOST_LOOKS = 100

/** By how much the chain's clock and ours may differ. */
const CLOCK_TOLERANCE: DurationMs = 600_000

/**
 * Looks back from a block to the time at which the operation was received.
 * @param upTo number of the newest block that counts
 * @returns null when it is in none of these blocks, or the node cannot say
 * @throws viem's error when the chain does not answer
 */
export async function findLanding(
  client: ChainClient,
  registry: Address,
  envelope: OpEnvelope,
  upTo: number,
): Promise<Landing | null> {
  const since = envelope.receivedAt - CLOCK_TOLERANCE
  let to = upTo
  let span = WIDEST_SPAN
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    const from = Math.max(0, to - span + 1)
    const logs = await logsBetween(client, registry, envelope, from, to).catch(refusal)
    if (logs instanceof Error && span > NARROWEST_SPAN) {
      span /= 10
      continue
    }
    if (logs instanceof Error) {
      if (isUnavailable(logs)) throw logs
      return null
    }
    for (const log of logs.toReversed()) {
      if (await isOfItsNonce(client, registry, envelope, log)) return log
    }
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
 * @throws viem's error when the chain does not answer, or does not know that state
 */
export async function readCounter(
  client: ChainClient,
  registry: Address,
  { leaf }: LanePosition,
  block: number,
): Promise<number> {
  const counter = await client.readContract({
    address: registry,
    abi: registryFunctions,
    functionName: 'getSignatureNonce',
    args: [BigInt(leaf)],
    blockNumber: BigInt(block),
  })
  return Number(counter)
}

/** Ranges that are too wide are refused by many codes, one of them that for a node that has no resources left. */
function refusal(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

/** Where the log was written that says that the operation succeeded, or one that did the same. */
async function logsBetween(
  client: ChainClient,
  registry: Address,
  { kind, operation }: OpEnvelope,
  from: number,
  to: number,
): Promise<readonly Landing[]> {
  const { topics, data } = operationKinds[kind].successLog(operation)
  const range = { fromBlock: numberToHex(from), toBlock: numberToHex(to) }
  const logs = await client.request({
    method: 'eth_getLogs',
    params: [{ address: registry, topics: [...topics], ...range }],
  })
  return logs.flatMap(({ data: found, blockNumber, blockHash, transactionHash: txHash }) =>
    found !== data || blockNumber === null || blockHash === null || txHash === null
      ? []
      : [{ txHash, blockNumber: Number(blockNumber), blockHash }],
  )
}

async function timeOf(client: ChainClient, blockNumber: number): Promise<number> {
  const { timestamp } = await client.getBlock({ blockNumber: BigInt(blockNumber) })
  return Number(timestamp) * 1000
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
  { txHash, blockNumber }: Landing,
): Promise<boolean> {
  if (lane === null) return true
  try {
    const [before, after] = await Promise.all([
      readCounter(client, registry, lane, blockNumber - 1),
      readCounter(client, registry, lane, blockNumber),
    ])
    return before <= lane.nonce && lane.nonce < after
  } catch (error) {
    if (isUnavailable(error) && !isStateGone(error)) throw error
    const { input } = await client.getTransaction({ hash: txHash })
    return (
      'signature' in operation && input.toLowerCase().includes(operation.signature.slice(2).toLowerCase())
    )
  }
}
