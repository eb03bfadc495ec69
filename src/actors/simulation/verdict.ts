/**
 * Decides the verdict on an operation after a failed simulation. A reorg may undo the cause, for example a used address
 * or nonce. Therefore the operation fails only if the simulation at the confirmation depth fails, too. The verdict
 * names the evidence block, in case the block is orphaned.
 */
import type { BlockRef } from '../../domain/chain.ts'
import type { OpEnvelope, OperationId } from '../../domain/operation.ts'
import type { Hex } from '../../domain/primitives.ts'
import type { FailureReason, OpStatus } from '../../domain/status.ts'
import type { DeployedRegistry } from '../../registry/registry.ts'
import { type ChainClient, isTemporary } from '../../rpc/chainClient.ts'
import { type FollowedChain, isOffChain } from '../blocks/followedChain.ts'
import { callDataOf, type DraftCall } from './draftCalls.ts'
import type { Simulate } from './simulationMethods.ts'

/** The chain access for the verdicts of a report. All reads use one endpoint. */
export interface VerdictContext {
  readonly client: ChainClient
  readonly readBlock: ReadBlock
  readonly simulate: Simulate
  readonly registry: DeployedRegistry
  /** Depth of a settled block below the newest followed block, at the moment of the call: both move during a simulation. */
  readonly settledDepth: () => number
  readonly followed: FollowedChain
}

/** Reads a block by its number. The node may be on a different branch than the followed chain. */
type ReadBlock = (blockNumber: number) => Promise<BlockRef>

/** @returns a reader that reads each block only once */
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

/** The status of an operation that leaves the batch, and the evidence block; null for an eviction. */
export interface Verdict {
  readonly status: OpStatus
  readonly evidenceBlock: BlockRef | null
}

export type Verdicts = Record<OperationId, Verdict>

type Eviction = Extract<OpStatus, { type: 'Evicted' }>

/**
 * Runs a failed operation again in two states: at the newest followed block, and at the confirmation depth. The
 * operation fails only after a failure in both states. The evidence block is the deeper block if both reasons are
 * equal, else the newest block.
 * @param ahead the calls of the batch before the operation
 * @throws viem's error when the node does not answer or lacks a block
 */
export async function decideVerdict(
  context: VerdictContext,
  envelope: OpEnvelope,
  ahead: readonly DraftCall[],
): Promise<Verdict> {
  const head = await headOf(context)
  const depth = Math.max(0, head - context.settledDepth())
  const before = ahead.map(({ callData }) => callData)
  const blocks = [await context.readBlock(head), await context.readBlock(depth)] as const
  const newest = await statusAt(context, envelope, before, blocks[0])
  // Failed before, succeeds now: the state has changed, and the operation is tried again.
  if (newest === null) return evicted('DependencyNotReady')
  if (newest.type !== 'Failed') return { status: newest, evidenceBlock: null }
  if (newest.reason.type === 'NonceTooLow' && hasSameLane(ahead, envelope))
    return evicted('DependencyNotReady')
  const deep = depth === head ? newest : await statusAtDepth(context, envelope, before, blocks[1])
  if (isOffChain(context.followed, blocks[0])) return evicted('Timeout')
  if (deep === 'pruned') return { status: newest, evidenceBlock: blocks[0] }
  if (deep?.type !== 'Failed') return evicted('Timeout')
  const isSame = nameOf(deep.reason) === nameOf(newest.reason)
  return { status: newest, evidenceBlock: blocks[isSame ? 1 : 0] }
}

/** Whether a call ahead has the operation's lane. That call used the nonce in simulation, and may still not be included. */
function hasSameLane(ahead: readonly DraftCall[], { lane }: OpEnvelope): boolean {
  return ahead.some(({ envelopes }) => envelopes.some((other) => other.lane?.leaf === lane?.leaf))
}

/** Number of the newest followed block; before the first, the node's newest block. */
export async function headOf({
  client,
  followed,
}: Pick<VerdictContext, 'client' | 'followed'>): Promise<number> {
  return followed.head ?? Number(await client.getBlockNumber({ cacheTime: 0 }))
}

/** The verdict of an eviction: the operation returns to its lane. */
export function evicted(reason: Eviction['reason'], details?: EvictionDetails): Verdict {
  return { status: evictedStatus(reason, details), evidenceBlock: null }
}

type EvictionDetails = Partial<Pick<Eviction, 'nextNonce' | 'batchLimit'>>

export function evictedStatus(reason: Eviction['reason'], details: EvictionDetails = {}): OpStatus {
  return { type: 'Evicted', reason, nextNonce: null, ...details }
}

/**
 * The status of an operation in the state of a block; null for a success. The registry checks the signer and the slots
 * before the nonce, hence an operation with a wrong nonce may revert with any error. The lane's counter, read in the
 * same state, distinguishes a wrong nonce from any other failure.
 */
async function statusAt(
  { simulate, registry }: VerdictContext,
  envelope: OpEnvelope,
  before: readonly Hex[],
  { blockHash }: BlockRef,
): Promise<OpStatus | null> {
  const { lane } = envelope
  const counterCall = lane === null ? [] : [registry.counter(lane.leaf)]
  const results = await simulate(
    [...before, ...counterCall, callDataOf(registry, envelope)].map((callData) => ({
      target: registry.address,
      callData,
      isolated: false,
    })),
    blockHash,
  )
  const own = results.at(-1)
  const counter = results.at(-2)
  if (own === undefined || own.success) return null
  if (own.returnData === '0x') return outOfGasStatus(before.length)
  if (lane === null || !counter?.success) return statusOfRevert(registry, own.returnData)
  const expected = Number(BigInt(counter.returnData))
  if (expected < lane.nonce) return evictedStatus('DependencyNotReady', { nextNonce: expected })
  return expected > lane.nonce
    ? { type: 'Failed', reason: { type: 'NonceTooLow', expected }, txHash: null }
    : statusOfRevert(registry, own.returnData)
}

/** `statusAt` for the confirmation depth, where the node may have pruned the state. */
async function statusAtDepth(
  context: VerdictContext,
  envelope: OpEnvelope,
  before: readonly Hex[],
  depth: BlockRef,
): Promise<OpStatus | null | 'pruned'> {
  try {
    return await statusAt(context, envelope, before, depth)
  } catch (error) {
    if (isTemporary(error)) throw error
    return 'pruned'
  }
}

/**
 * The status after empty revert data: the call ran out of gas. A simulation has limited gas, and the calls before may have
 * used it. Therefore only a call without others before is charged.
 * @param before number of calls before the operation
 */
function outOfGasStatus(before: number): OpStatus {
  return before === 0
    ? evictedStatus('GasLimitExceeded')
    : evictedStatus('BatchFull', { batchLimit: Math.ceil(before / 2) })
}

/** An operation with a too high nonce is not failed: the operation waits for earlier operations. */
function statusOfRevert(registry: DeployedRegistry, returnData: Hex): OpStatus {
  const reason = registry.toFailure(returnData, 'simulation')
  if (reason.type === 'NonceTooHigh')
    return evictedStatus('DependencyNotReady', { nextNonce: reason.expected })
  return { type: 'Failed', reason, txHash: null }
}

/** The name of a failure, without figures. */
function nameOf(reason: FailureReason): string {
  return 'revert' in reason && reason.revert !== null ? reason.revert.name : reason.type
}
