/** Slot `readOutcome` of pendingBatch: reads the status of each operation of a batch that is in a block. */
import { fromPromise } from 'xstate'
import type { OpEnvelope, OperationId } from '../domain/operation.ts'
import type { OpStatus } from '../domain/status.ts'
import type { OutcomeInput, OutcomeReport } from '../machines/pendingBatch/context.ts'
import { costShares, gasShares } from '../policy/costShares.ts'
import type { ChainClient } from '../rpc/chainClient.ts'
import type { Endpoints } from '../rpc/endpoints.ts'
import type { RequestStore } from '../store/port.ts'
import { type FollowedChain, isOnChain, type MonitorSystem } from './blocks/followedChain.ts'
import { attributeOperations } from './outcome/attributeOperations.ts'
import { checkReceipt } from './outcome/contradictions.ts'
import { evictEarly } from './outcome/evictEarly.ts'
import { finalizedStatus, revertedStatus } from './outcome/executionStatus.ts'
import { finalizedByForeign, findForeignInclusions } from './outcome/foreignTransactions.ts'
import { readReceipt } from './outcome/readReceipt.ts'
import { retryWithNewVersion } from './outcome/retryWithNewVersion.ts'
import { costOf } from './outcome/transactionCost.ts'
import type { RegistryVersion } from './registryVersion.ts'
import type { Simulate } from './simulation/simulationMethods.ts'

interface Dependencies {
  readonly endpoints: Pick<Endpoints, 'pin'>
  readonly simulatorAt: (client: ChainClient) => Simulate
  readonly store: Pick<RequestStore, 'envelopes'>
  readonly version: Pick<RegistryVersion, 'current' | 'refresh'>
  readonly followed: (system: MonitorSystem) => FollowedChain
}

/** The chain access for one report. All reads use one endpoint. */
interface Reading {
  readonly client: ChainClient
  readonly simulate: Simulate
  readonly store: Pick<RequestStore, 'envelopes'>
  readonly version: Pick<RegistryVersion, 'current' | 'refresh'>
  readonly followed: FollowedChain
}

/** The actor fails when the chain does not answer, and when the evidence contradicts itself: nothing is known yet. */
export function readOutcome(dependencies: Dependencies) {
  const { endpoints, simulatorAt, store, followed } = dependencies
  return fromPromise<OutcomeReport, OutcomeInput>(async ({ input, system }) => {
    const client = endpoints.pin()
    const { version } = dependencies
    const reading = { client, simulate: simulatorAt(client), store, version, followed: followed(system) }
    const report = await readReport(reading, input)
    // A node that has not followed a reorg gives consistent answers from the orphaned branch.
    const isCanonical = await isOnChain(client, reading.followed, input.inclusion)
    return isCanonical ? report : { type: 'orphaned' }
  })
}

async function readReport(
  { client, simulate, store, version, followed }: Reading,
  { plan, inclusion }: OutcomeInput,
): Promise<OutcomeReport> {
  const [receipt, block] = await Promise.all([
    readReceipt(client, inclusion.txHash),
    client.getBlock({ blockNumber: BigInt(inclusion.blockNumber) }),
  ])
  if (receipt === null || receipt.blockHash !== inclusion.blockHash || block.hash !== receipt.blockHash) {
    return { type: 'orphaned' }
  }
  checkReceipt(receipt, block)
  const gasUsed = Number(receipt.gasUsed)
  const cost = costOf(receipt)
  if (plan === null) return { type: 'settled', statuses: {}, gasUsed, cost: { ...cost, shares: {} } }
  const { calls } = plan
  const registry = version.current
  const envelopes = await store.envelopes(calls.flatMap(({ operations }) => operations))
  const batch = { client, simulate, registry, calls, envelopes, receipt, block }
  const { succeeded, reverts } = await attributeOperations(batch)
  const foreign = await foreignStatuses(
    { client, registry, followed, upTo: inclusion.blockNumber },
    envelopes.filter(({ id }) => !succeeded.has(id)),
  )
  const gas = gasShares(gasUsed, calls)
  const statuses = Object.fromEntries(
    calls.flatMap((call) =>
      call.operations.map((id): [OperationId, OpStatus] => [
        id,
        succeeded.has(id)
          ? finalizedStatus(receipt, gas.get(id) ?? 0)
          : (foreign.get(id) ??
            revertedStatus(registry, plan, call, reverts.get(call), receipt.transactionHash)),
      ]),
    ),
  )
  const early = await evictEarly(
    { client, registry, envelopes, succeeded, parentHash: block.parentHash },
    statuses,
  )
  const overtaken = await retryWithNewVersion({ client, version, calls, envelopes }, statuses)
  const bytes = new Map(envelopes.map((envelope) => [envelope.id, envelope.bytes]))
  const shares = costShares(cost, calls, (id) => bytes.get(id) ?? 0)
  return {
    type: 'settled',
    statuses: { ...statuses, ...early, ...overtaken },
    gasUsed,
    cost: { ...cost, shares },
  }
}

/** The status of each operation executed by a foreign transaction. */
async function foreignStatuses(
  search: Parameters<typeof findForeignInclusions>[0],
  envelopes: readonly OpEnvelope[],
): Promise<ReadonlyMap<OperationId, OpStatus>> {
  const inclusions = await findForeignInclusions(search, envelopes)
  return new Map(
    envelopes.flatMap(({ id }, index): [OperationId, OpStatus][] => {
      const inclusion = inclusions[index]
      return inclusion ? [[id, finalizedByForeign(inclusion)]] : []
    }),
  )
}
