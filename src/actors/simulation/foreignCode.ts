/**
 * Isolates operations whose call may run code that a user controls. Such code can notice a simulation, give the expected
 * answer there, and use up all gas of the transaction on chain. In a shared transaction the calls behind it would fail.
 */
import { type Address, type Hex, size, slice } from 'viem'
import type { OpEnvelope, OperationId } from '../../domain/operation.ts'
import { FOREIGN_CODE_GAS } from '../../policy/gasLimit.ts'
import type { ChainClient } from '../../rpc/chainClient.ts'
import { evicted, headOf, type VerdictContext, type Verdicts } from './verdict.ts'

/** The operations of a batch after the isolation. */
export interface Separation {
  /** The operations that share the transaction. */
  readonly envelopes: readonly OpEnvelope[]
  /** Evictions of the other operations. */
  readonly verdicts: Verdicts
  /** The only operation may run foreign code. */
  readonly mayRunForeignCode: boolean
}

/**
 * Evicts the operations that may run foreign code, and the later operations of their lanes, unless the operation is alone
 * already. The state is read each time: an address may get code at any time.
 * @throws viem's error when the chain does not answer
 */
export async function separateForeignCode(
  context: VerdictContext,
  envelopes: readonly OpEnvelope[],
): Promise<Separation> {
  const foreign = await findForeignCode(context, envelopes)
  if (foreign.size === 0) return { envelopes, verdicts: {}, mayRunForeignCode: false }
  if (envelopes.length === 1) return { envelopes, verdicts: {}, mayRunForeignCode: true }
  const closedLanes = new Set<string>()
  const verdicts: Verdicts = {}
  for (const { id, lane } of envelopes) {
    if (foreign.has(id)) verdicts[id] = evicted('BatchFull', { batchLimit: 1 })
    else if (lane !== null && closedLanes.has(lane.leaf)) verdicts[id] = evicted('DependencyNotReady')
    else continue
    if (lane !== null) closedLanes.add(lane.leaf)
  }
  const kept = envelopes.filter(({ id }) => verdicts[id] === undefined)
  return { envelopes: kept, verdicts, mayRunForeignCode: false }
}

async function findForeignCode(
  { client, simulate, registry }: VerdictContext,
  envelopes: readonly OpEnvelope[],
): Promise<ReadonlySet<OperationId>> {
  const views = envelopes.flatMap(({ id, operation }) => {
    const callData = registry.kindOf(operation).foreignCode(operation)
    return callData === null ? [] : [{ id, callData }]
  })
  if (views.length === 0) return new Set()
  const results = await simulate(
    views.map(({ callData }) => ({ target: registry.address, callData, isolated: false })),
  )
  const found = await Promise.all(
    views.map(async ({ id }, index) => {
      const result = results[index]
      return (await mayHaveCode(client, result?.success ? result.returnData : '0x')) ? [id] : []
    }),
  )
  return new Set(found.flat())
}

/**
 * Whether the returned address has code. Without an address, an earlier operation of the batch may still set one: nothing
 * excludes code.
 */
async function mayHaveCode(client: ChainClient, returnData: Hex): Promise<boolean> {
  if (size(returnData) !== 32 || BigInt(returnData) === 0n) return true
  const address: Address = slice(returnData, 12)
  return (await client.getCode({ address })) !== undefined
}

/**
 * A verdict in place of a charged eviction: foreign code may give another answer each time, so there is no second try. The
 * evidence block is the newest block.
 */
export async function withFinalFailure(context: VerdictContext, verdicts: Verdicts): Promise<Verdicts> {
  const evidenceBlock = await context.readBlock(await headOf(context))
  const message = `its call may run foreign code, and needs more gas than such a call may use (${FOREIGN_CODE_GAS})`
  const entries = Object.entries(verdicts).map(([id, verdict]) => {
    const { status } = verdict
    const isOutOfGas = status.type === 'Evicted' && status.reason === 'GasLimitExceeded'
    if (!isOutOfGas) return [id, verdict] as const
    const failed = { type: 'Failed', reason: { type: 'Unknown', message }, txHash: null } as const
    return [id, { status: failed, evidenceBlock }] as const
  })
  return Object.fromEntries(entries)
}
