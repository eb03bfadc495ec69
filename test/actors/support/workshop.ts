/** A test bench for the actors: a chain behind a proxy, and a store with operations. */
import type { TransactionReceipt } from 'viem'
import type { FollowedChain } from '../../../src/actors/blocks/followedChain.ts'
import { simulateBatch } from '../../../src/actors/simulateBatch.ts'
import { SimulationLimits } from '../../../src/actors/simulation/simulationLimits.ts'
import type { Simulate } from '../../../src/actors/simulation/simulationMethods.ts'
import { SimulationOrder } from '../../../src/actors/simulation/simulationOrder.ts'
import { createSimulator } from '../../../src/actors/simulation/simulator.ts'
import type { BatchPlan, Inclusion } from '../../../src/domain/batch.ts'
import type { QueuedOperation } from '../../../src/domain/operation.ts'
import type { Millis } from '../../../src/domain/primitives.ts'
import type { Random } from '../../../src/load/random.ts'
import type { SimulationInput, SimulationReport } from '../../../src/machines/pendingBatch/context.ts'
import { START_RESERVE } from '../../../src/policy/gasReserve.ts'
import { toEnvelope } from '../../../src/registry/envelope.ts'
import type { WorldIdOperation } from '../../../src/registry/worldId/operations.ts'
import { worldIdV1 } from '../../../src/registry/worldId/worldId.ts'
import type { ChainClient } from '../../../src/rpc/chainClient.ts'
import type { RequestStore } from '../../../src/store/port.ts'
import { openSqliteStore } from '../../../src/store/sqlite/sqliteStore.ts'
import { seededRandom } from '../../load/seededRandom.ts'
import { domainOf } from '../../support/accounts.ts'
import { startTestChain, type TestChain } from '../../support/chain.ts'
import { plainClient } from '../../support/node.ts'
import { versionAt } from '../../support/registry.ts'
import { type RpcCall, type RpcProxy, startRpcProxy } from '../../support/rpcProxy.ts'
import { pinned, runActor } from '../../support/runActor.ts'

/** More gas than any test uses. */
const NO_CAP = 2 ** 24

export interface Workshop {
  readonly chain: TestChain
  readonly proxy: RpcProxy
  /** Through the proxy. */
  readonly client: ChainClient
  readonly simulate: Simulate
  readonly store: RequestStore
  readonly random: Random
  readonly signing: { readonly domain: ReturnType<typeof domainOf>; readonly random: Random }
  /** Puts operations into the store. */
  queue(operations: readonly WorldIdOperation[], traits?: QueueTraits): Promise<readonly QueuedOperation[]>
  /** Simulates them as a batch. */
  simulateBatch(
    operations: readonly QueuedOperation[],
    options?: {
      readonly gasCap?: number
      readonly gasReserve?: number
      readonly ahead?: SimulationInput['ahead']
      /** The endpoint; the shared client by default. */
      readonly endpoint?: ChainClient
      /** Depth of a settled block, or a function that gives the depth at the moment. */
      readonly confirmations?: number | (() => number)
      readonly followed?: FollowedChain
    },
  ): Promise<SimulationReport>
  /** Sends the transaction of a plan from the wallet, and mines a block. */
  include(
    plan: BatchPlan,
    gas?: number,
  ): Promise<{ readonly receipt: TransactionReceipt; readonly inclusion: Inclusion }>
  stop(): Promise<void>
}

interface QueueTraits {
  readonly tries?: number
  readonly receivedAt?: Millis
}

export async function startWorkshop(seed: number): Promise<Workshop> {
  const chain = await startTestChain()
  const proxy = await startRpcProxy(chain.rpcUrl)
  const client = clientOf(proxy)
  const simulate = createSimulator(client, chain.multicallAddress)
  const store = openSqliteStore(':memory:')
  const random = seededRandom(seed)
  const _registry = chain.registryAddress
  const limits = new SimulationLimits(Date.now)
  const order = new SimulationOrder()
  let sequence = 0
  return {
    chain,
    proxy,
    client,
    simulate,
    store,
    random,
    signing: { domain: domainOf(chain), random },
    async queue(operations, { tries = 0, receivedAt = Date.now() } = {}) {
      const envelopes = operations.map((operation) => {
        sequence += 1
        const id = `00000000-0000-4000-8000-${String(sequence).padStart(12, '0')}`
        return {
          ...toEnvelope(worldIdV1.kindOf(operation), operation, {
            id,
            client: null,
            receivedAt,
            signer: null,
          }),
          sequence,
          tries,
        }
      })
      await store.commit(envelopes.map((envelope) => ({ type: 'operation.accepted', envelope })))
      return envelopes
    },
    simulateBatch(operations, options = {}) {
      const { gasCap = NO_CAP, gasReserve = START_RESERVE, ahead = [], endpoint = client } = options
      const { confirmations = 1, followed = NOT_FOLLOWED } = options
      const logic = simulateBatch({
        endpoints: pinned(endpoint),
        limits,
        order,
        simulatorAt: (other) =>
          other === client ? simulate : createSimulator(other, chain.multicallAddress),
        store,
        version: versionAt(chain.registryAddress),
        multicall: chain.multicallAddress,
        settledDepth: () => (typeof confirmations === 'number' ? confirmations : confirmations()),
        followed: () => followed,
        now: Date.now,
      })
      return runActor(logic, { operations, gasCap, ahead, gasReserve })
    },
    async include({ callData, gasLimit }, gas = gasLimit) {
      const receipt = await chain.client.sendTransactionSync({
        to: chain.multicallAddress,
        data: callData,
        gas: BigInt(gas),
        throwOnReceiptRevert: false,
      })
      const { transactionHash: txHash, blockNumber, blockHash } = receipt
      return { receipt, inclusion: { txHash, blockNumber: Number(blockNumber), blockHash } }
    },
    async stop() {
      await store.close()
      await proxy.close()
      await chain.stop()
    },
  }
}

/** A new client, without a remembered simulation method. */
export function clientOf({ url }: Pick<RpcProxy, 'url'>): ChainClient {
  return plainClient(url)
}

/** No block was followed yet: every block counts as canonical. */
export const NOT_FOLLOWED: FollowedChain = { head: null, hashOf: () => null }

/** Whether a call is a simulation. */
export function isTrial({ method }: RpcCall): boolean {
  return method === 'eth_call'
}

/** Whether a call has a state override. */
export function hasOverride({ method, params }: RpcCall): boolean {
  return method === 'eth_call' && params.length > 2
}

/** Whether a call contains these bytes. */
export function carries({ params }: RpcCall, bytes: string): boolean {
  return JSON.stringify(params).toLowerCase().includes(bytes.replace(/^0x/, '').toLowerCase())
}
