/**
 * Whether an operation that failed in simulation has failed for good. A reorg may take back what it fails by (an address
 * that somebody took, a nonce that he used), so it must fail at the confirmation depth, too; and with the verdict goes the
 * block that it stands on, should even that one be orphaned.
 */
import { numberToHex } from 'viem'
import type { BlockRef } from '../../domain/chain.ts'
import type { OpEnvelope, OperationId } from '../../domain/operation.ts'
import type { Address, Hex } from '../../domain/primitives.ts'
import type { FailureReason, OpStatus } from '../../domain/status.ts'
import { registryCall } from '../../registry/worldId/calls.ts'
import { toFailure } from '../../registry/worldId/failure.ts'
import { operationKinds } from '../../registry/worldId/kinds.ts'
import { decodeRevert } from '../../registry/worldId/reverts.ts'
import { type ChainClient, isTemporary } from '../../rpc/chainClient.ts'
import { type FollowedChain, isOffChain } from '../blocks/followedChain.ts'
import type { Simulate } from './simulationWays.ts'

export interface Judging {
  readonly client: ChainClient
  readonly readBlock: ReadBlock
  readonly simulate: Simulate
  readonly registry: Address
  /** Blocks on top of another before that is final. */
  readonly confirmations: number
  readonly followed: FollowedChain
}

/** A call that is going to be made, and for whom. */
export interface DraftCall {
  readonly callData: Hex
  readonly envelopes: readonly OpEnvelope[]
}

/** A block by its number, as the node has it: it may be on another branch than the one that is followed. */
type ReadBlock = (blockNumber: number) => Promise<BlockRef>

/** @returns what reads each block once, for one report */
export function readBlocksOnce(client: ChainClient): ReadBlock {
  const known = new Map<number, Promise<BlockRef>>()
  const read = async (blockNumber: number): Promise<BlockRef> => {
    const { hash: blockHash } = await client.getBlock({ blockNumber: BigInt(blockNumber) })
    return { blockNumber, blockHash }
  }
  return (blockNumber) => {
    const block = known.get(blockNumber) ?? read(blockNumber)
    known.set(blockNumber, block)
    return block
  }
}

/** What an operation has come to, and the block that this stands on; null for one that goes on. */
export interface Verdict {
  readonly status: OpStatus
  readonly evidenceBlock: BlockRef | null
}

/** By operation. */
export type Verdicts = Record<OperationId, Verdict>

const getSignatureNonce = registryCall('getSignatureNonce')

/**
 * Runs an operation again that has failed, in the state of the newest block that was followed (a node that is behind does
 * not answer for that) and in that of the confirmation depth. It fails for good when it fails in both; where the node has
 * forgotten the older state, or it fails otherwise there, its end stands on the newest block.
 * @param ahead the calls of its batch that come before it
 * @throws viem's error when the node does not answer, or does not have that block yet
 */
export async function judge(
  judging: Judging,
  envelope: OpEnvelope,
  ahead: readonly DraftCall[],
): Promise<Verdict> {
  const head = await headOf(judging)
  const depth = Math.max(0, head - judging.confirmations)
  const before = ahead.map(({ callData }) => callData)
  const blocks = [await judging.readBlock(head), await judging.readBlock(depth)] as const
  const newest = await judgeAt(judging, envelope, before, blocks[0])
  // It fails in one state and not in another: that says nothing of it.
  if (newest === null) return evicted('DependencyNotReady')
  if (newest.type !== 'Failed') return { status: newest, evidenceBlock: null }
  if (newest.reason.type === 'NonceTooLow' && isInLaneOf(ahead, envelope))
    return evicted('DependencyNotReady')
  const deep = depth === head ? newest : await judgeDeep(judging, envelope, before, blocks[1])
  if (isOffChain(judging.followed, blocks[0])) return evicted('Timeout')
  if (deep === 'forgotten') return { status: newest, evidenceBlock: blocks[0] }
  if (deep?.type !== 'Failed') return evicted('Timeout')
  const isSame = nameOf(deep.reason) === nameOf(newest.reason)
  return { status: newest, evidenceBlock: blocks[isSame ? 1 : 0] }
}

/** Whether one ahead has taken its nonce: that one may yet not land. */
function isInLaneOf(ahead: readonly DraftCall[], { lane }: OpEnvelope): boolean {
  return ahead.some(({ envelopes }) => envelopes.some((other) => other.lane?.leaf === lane?.leaf))
}

/** The newest block that was followed; what the node says before there is one. */
export async function headOf({ client, followed }: Pick<Judging, 'client' | 'followed'>): Promise<number> {
  return followed.head ?? Number(await client.getBlockNumber({ cacheTime: 0 }))
}

/** @param nextNonce the account's next nonce, where simulation saw it */
export function evicted(
  reason: Extract<OpStatus, { type: 'Evicted' }>['reason'],
  nextNonce: number | null = null,
): Verdict {
  return { status: eviction(reason, nextNonce), evidenceBlock: null }
}

export function eviction(
  reason: Extract<OpStatus, { type: 'Evicted' }>['reason'],
  nextNonce: number | null = null,
): OpStatus {
  return { type: 'Evicted', reason, nextNonce }
}

/**
 * What an operation comes to in the state of a block; null when it succeeds there. The registry looks at signer and slots
 * before it looks at the nonce, so what comes too early, or too late, may revert with anything; the account's counter, read
 * in the same place, tells.
 */
async function judgeAt(
  { simulate, registry }: Judging,
  { lane, kind, operation }: OpEnvelope,
  before: readonly Hex[],
  { blockHash }: BlockRef,
): Promise<OpStatus | null> {
  const counter = lane === null ? [] : [getSignatureNonce({ leafIndex: numberToHex(BigInt(lane.leaf)) })]
  const own = operationKinds[kind].callData(operation)
  const outcomes = await simulate(
    [...before, ...counter, own].map((data) => ({ target: registry, callData: data, isolated: false })),
    blockHash,
  )
  const last = outcomes.at(-1)
  const told = outcomes.at(-2)
  if (last === undefined || last.success) return null
  if (lane === null || !told?.success || last.returnData === '0x') return meaning(last.returnData)
  const expected = Number(BigInt(told.returnData))
  if (expected < lane.nonce) return eviction('DependencyNotReady', expected)
  return expected > lane.nonce
    ? { type: 'Failed', reason: { type: 'NonceTooLow', expected }, txHash: null }
    : meaning(last.returnData)
}

/** The same at the confirmation depth, which a node may have forgotten the state of. */
async function judgeDeep(
  judging: Judging,
  envelope: OpEnvelope,
  before: readonly Hex[],
  depth: BlockRef,
): Promise<OpStatus | null | 'forgotten'> {
  try {
    return await judgeAt(judging, envelope, before, depth)
  } catch (error) {
    if (isTemporary(error)) throw error
    return 'forgotten'
  }
}

/** What a revert in simulation means: a nonce whose turn has not come is no failure. */
function meaning(returnData: Hex): OpStatus {
  // No reason was given: it ran out of gas. Were its companions to blame, nothing would be left to tell of it.
  if (returnData === '0x') return eviction('GasLimitExceeded')
  const reason = toFailure(decodeRevert(returnData), 'simulation')
  if (reason.type === 'NonceTooHigh') return eviction('DependencyNotReady', reason.expected)
  return { type: 'Failed', reason, txHash: null }
}

/** A failure without its figures: by what, not by how much. */
function nameOf(reason: FailureReason): string {
  return 'revert' in reason && reason.revert !== null ? reason.revert.name : reason.type
}
