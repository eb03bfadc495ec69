/** The parts of one run: chain, proxy, supervised gateway and observer. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { startTestChain } from '../support/chain.ts'
import type { Program } from '../support/command.ts'
import { type RunningClock, startClock } from './clock.ts'
import { countFault, type FaultCounts } from './faults.ts'
import { type Journal, openJournal } from './journal.ts'
import { type Keeper, keepGateway } from './keeper.ts'
import { type Plan, strikeAt } from './plan.ts'
import { type ChaosProxy, startChaosProxy } from './proxy.ts'
import { connectNode } from './rpc.ts'
import { headNumber, type Scene } from './scene.ts'
import { type Errand, prepareTraffic } from './traffic.ts'
import { createWitness, type Witness } from './witness.ts'

export interface World {
  readonly plan: Plan
  readonly scene: Scene
  readonly clock: RunningClock
  readonly proxy: ChaosProxy
  readonly keeper: Keeper
  readonly witness: Witness
  readonly journal: Journal
  readonly counts: FaultCounts
  readonly errands: readonly Errand[]
  close(): Promise<void>
}

export interface WorldOptions {
  /** Folder of the database, the log and the journal. */
  readonly folder: string
  /** The program of the gateway. Default: the sources. */
  readonly program?: Program
}

export async function createWorld(plan: Plan, { folder, program }: WorldOptions): Promise<World> {
  await mkdir(folder, { recursive: true })
  const clock = startClock()
  const counts: FaultCounts = {}
  const chain = await startTestChain()
  const node = connectNode(chain.rpcUrl)
  const errands = await prepareTraffic(plan, chain)
  for (const { oddity } of plan.oddities) if (oddity.endsWith('Agent')) countFault(counts, 'agent')
  await chain.client.setAutomine(false)
  const firstBlock = await headNumber({ node })
  const witness = createWitness(() => scene)
  const scene: Scene = {
    plan,
    chain,
    node,
    firstBlock,
    highest: firstBlock,
    stalledFor: 0,
    extraBlocks: 0,
    orphaned: null,
    snapshot: null,
    isFinalityBroken: false,
    intrusions: new Set(),
    openTasks: witness.openTasks,
  }
  const journal = openJournal(join(folder, 'journal.log'), () => `beat ${clock.beat} block ${scene.highest}:`)
  const proxy = await startChaosProxy({
    node,
    endpoints: plan.endpoints,
    weather: (method, place) =>
      clock.isCalm || keeper.hasFailedToStart ? null : strikeAt(plan, clock.beat, method, place),
    branch: () => scene.orphaned?.branch ?? null,
    onStrike(fault, { method }) {
      countFault(counts, fault)
      journal.note(`${fault} ${method}`)
    },
  })
  const keeper = keepGateway({
    program,
    environment: {
      ...plan.settings,
      RPC_URL: proxy.urls.join(','),
      REGISTRY_ADDRESS: chain.registryAddress,
      WALLET_PRIVATE_KEY: chain.walletPrivateKey,
      DATA_DIR: join(folder, 'data'),
      LISTEN_ADDR: '127.0.0.1:0',
      LOG_FORMAT: 'json',
      LOG_LEVEL: 'debug',
    },
    folder,
    logFile: join(folder, 'gateway.log'),
    note: journal.note,
  })
  return {
    plan,
    scene,
    clock,
    proxy,
    keeper,
    witness,
    journal,
    counts,
    errands,
    async close() {
      await keeper.stop()
      await proxy.close()
      await chain.stop()
      await journal.close()
    },
  }
}
