/** Reads what became of a batch that is in a block: what each of its operations came to. */
import type { Block, Hex, TransactionReceipt } from 'viem'
import type { PlannedCall } from '../domain/batch.ts'
import type { OpEnvelope, OperationId } from '../domain/operation.ts'
import type { Address, Gas, Hash } from '../domain/primitives.ts'
import type { OpStatus } from '../domain/status.ts'
import type { OutcomeInput, OutcomeReport } from '../machines/pendingBatch/context.ts'
import { attribute } from '../registry/worldId/attribution.ts'
import { toFailure } from '../registry/worldId/failure.ts'
import { decodeRevert } from '../registry/worldId/reverts.ts'
import { type ChainClient, isTemporary } from '../rpc/chainClient.ts'
import type { RequestStore } from '../store/port.ts'
import { type FollowedChain, isOnChain } from './blocks/followedChain.ts'
import { evictEarly } from './outcome/earlyOperations.ts'
import { finalizedElsewhere, findLandings } from './outcome/foreignTransactions.ts'
import { receiptOf } from './readInclusion.ts'
import type { Simulate } from './simulation/simulationWays.ts'

export interface OutcomeReading {
  readonly client: ChainClient
  readonly simulate: Simulate
  readonly store: Pick<RequestStore, 'envelopes'>
  readonly registry: Address
  readonly followed: FollowedChain
}

/**
 * Tells each operation's fate from the receipt's logs; for one that failed, why.
 * @throws viem's error when the chain does not answer
 */
export function createOutcomeReader(reading: OutcomeReading) {
  return async (input: OutcomeInput): Promise<OutcomeReport> => {
    const report = await readReport(reading, input)
    // A node that has not followed a reorg shows the block as if it still counted: whole branches agree with themselves.
    const isOurs = await isOnChain(reading.client, reading.followed, input.inclusion)
    return isOurs ? report : { type: 'orphaned' }
  }
}

async function readReport(
  reading: OutcomeReading,
  { plan, inclusion }: OutcomeInput,
): Promise<OutcomeReport> {
  const { client, store, registry } = reading
  const [receipt, block] = await Promise.all([
    receiptOf(client, inclusion.txHash),
    client.getBlock({ blockNumber: BigInt(inclusion.blockNumber) }),
  ])
  if (receipt === null || receipt.blockHash !== inclusion.blockHash || block.hash !== receipt.blockHash) {
    return { type: 'orphaned' }
  }
  if (plan === null) return { type: 'settled', statuses: {}, gasUsed: Number(receipt.gasUsed) }
  const envelopes = await store.envelopes(plan.calls.flatMap(({ operations }) => operations))
  const { succeeded, reverts } = await attributed(reading, plan.calls, envelopes, receipt, block)
  const landings = await landingsElsewhere(
    reading,
    envelopes.filter(({ id }) => !succeeded.has(id)),
    inclusion.blockNumber,
  )
  const statuses = Object.fromEntries(
    plan.calls.flatMap((call) =>
      call.operations.map((id): [OperationId, OpStatus] => [
        id,
        succeeded.has(id)
          ? finalized(receipt, call, plan.calls)
          : (landings.get(id) ?? failure(call, reverts.get(call) ?? '0x', receipt.transactionHash)),
      ]),
    ),
  )
  const turns = { client, registry, envelopes, succeeded, parentHash: block.parentHash }
  return {
    type: 'settled',
    statuses: { ...statuses, ...(await evictEarly(turns, statuses)) },
    gasUsed: Number(receipt.gasUsed),
  }
}

interface Attribution {
  readonly succeeded: ReadonlySet<OperationId>
  /** What the calls that failed reverted with, where it is known. */
  readonly reverts: ReadonlyMap<PlannedCall, Hex>
}

/**
 * Who succeeded, by the logs; and when somebody did not, why: by a trace, or by running the calls again in the state of the
 * block before. What succeeds there was spoilt by an earlier transaction of its own block, and is run in the state after it.
 */
async function attributed(
  reading: OutcomeReading,
  calls: readonly PlannedCall[],
  envelopes: readonly OpEnvelope[],
  { logs, status, transactionHash }: TransactionReceipt,
  { hash, parentHash }: Pick<Block, 'parentHash'> & { readonly hash: Hash },
): Promise<Attribution> {
  const succeededBut = (reverts: ReadonlyMap<PlannedCall, Hex>) =>
    attribute(envelopes, logs, reading.registry, operationsOf([...reverts.keys()]))
  const byLogs = succeededBut(new Map())
  if (byLogs.size === envelopes.length || status === 'reverted')
    return { succeeded: byLogs, reverts: new Map() }
  const traced = await tracedReverts(reading, calls, transactionHash)
  if (traced !== null) return { succeeded: succeededBut(traced), reverts: traced }

  const before = { blockHash: parentHash, isolated: false }
  const reverts = await simulatedReverts(reading, calls, before)
  const succeeded = succeededBut(reverts)
  const unexplained = calls.filter(
    (call) => !reverts.has(call) && call.operations.some((id) => !succeeded.has(id)),
  )
  const after = { blockHash: hash, isolated: true }
  return {
    succeeded,
    reverts: new Map([...reverts, ...(await simulatedReverts(reading, unexplained, after))]),
  }
}

function operationsOf(calls: readonly PlannedCall[]): ReadonlySet<OperationId> {
  return new Set(calls.flatMap(({ operations }) => operations))
}

/** The fate of those that landed all the same, in somebody else's transaction: it took none of this one's gas. */
async function landingsElsewhere(
  { client, registry, followed }: OutcomeReading,
  envelopes: readonly OpEnvelope[],
  upTo: number,
): Promise<ReadonlyMap<OperationId, OpStatus>> {
  const found = await findLandings({ client, registry, followed, upTo }, envelopes)
  return new Map(
    envelopes.flatMap(({ id }, index): [OperationId, OpStatus][] => {
      const landing = found[index]
      return landing ? [[id, finalizedElsewhere(landing)]] : []
    }),
  )
}

function finalized(receipt: TransactionReceipt, call: PlannedCall, calls: readonly PlannedCall[]): OpStatus {
  const total = calls.reduce((sum, { gas }) => sum + gas, 0)
  return {
    type: 'Finalized',
    txHash: receipt.transactionHash,
    blockNumber: Number(receipt.blockNumber),
    gasUsed: share(Number(receipt.gasUsed), call, total),
  }
}

/** An operation's part of the transaction's gas: its call's by what the calls took in simulation, split evenly. */
function share(gasUsed: Gas, call: PlannedCall, total: Gas): Gas {
  return Math.round((gasUsed * call.gas) / total / call.operations.length)
}

/**
 * The fate of an operation whose success is not logged. A call that ran out of gas says nothing of its operation, and a fold
 * that reverted nothing of its members: those are tried again. A revert with a reason of its own is final, when it was the operation's turn (`evictEarly`).
 */
function failure(call: PlannedCall, revertData: Hex, txHash: Hash): OpStatus {
  if (revertData === '0x') return { type: 'Evicted', reason: 'GasLimitExceeded', nextNonce: null }
  if (call.operations.length > 1) {
    return { type: 'Evicted', reason: 'DependencyNotReady', nextNonce: null }
  }
  const reason = toFailure(decodeRevert(revertData), 'execution')
  return reason.type === 'NonceTooHigh'
    ? { type: 'Evicted', reason: 'DependencyNotReady', nextNonce: reason.expected }
    : { type: 'Failed', reason, txHash }
}

/** What the calls that failed reverted with, as they ran; null where the node does not trace. */
async function tracedReverts(
  { client }: OutcomeReading,
  calls: readonly PlannedCall[],
  txHash: Hash,
): Promise<ReadonlyMap<PlannedCall, Hex> | null> {
  const traced = await traceCalls(client, txHash)
  if (traced?.length !== calls.length) return null
  return new Map(
    calls.flatMap((call, index): [PlannedCall, Hex][] => {
      const { error, output = '0x' } = traced[index] ?? {}
      return error === undefined ? [] : [[call, output]]
    }),
  )
}

/** The same, of calls that are run again in an older state; nothing where the node does not have that any more. */
async function simulatedReverts(
  { simulate }: OutcomeReading,
  calls: readonly PlannedCall[],
  { blockHash, isolated }: { readonly blockHash: Hash; readonly isolated: boolean },
): Promise<ReadonlyMap<PlannedCall, Hex>> {
  try {
    const again = calls.map(({ target, callData }) => ({ target, callData, isolated }))
    const outcomes = await simulate(again, blockHash)
    return new Map(
      calls.flatMap((call, index): [PlannedCall, Hex][] => {
        const outcome = outcomes[index]
        return outcome === undefined || outcome.success ? [] : [[call, outcome.returnData]]
      }),
    )
  } catch (error) {
    if (isTemporary(error)) throw error
    return new Map()
  }
}

interface TracedCall {
  readonly error?: string
  readonly output?: Hex
}

/**
 * The multicall's inner calls as they ran; null where the node does not trace. Nodes refuse that in many ways, as if they were
 * out of order too: what is asked next tells whether they are.
 */
async function traceCalls(client: ChainClient, hash: Hash): Promise<readonly TracedCall[] | null> {
  try {
    const trace = await client.request<{
      Method: 'debug_traceTransaction'
      Parameters: [Hash, { tracer: 'callTracer' }]
      ReturnType: { readonly calls?: readonly TracedCall[] }
    }>({ method: 'debug_traceTransaction', params: [hash, { tracer: 'callTracer' }] })
    return trace.calls ?? []
  } catch {
    return null
  }
}
