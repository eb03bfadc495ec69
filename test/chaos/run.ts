/** One run: the plan's faults, a time without faults, and the check of the invariants. */
import { createIdleAccount } from '../../src/load/account.ts'
import { callDataOf, sendAsStranger } from '../support/accounts.ts'
import type { ServiceClient } from '../support/client.ts'
import { readBroadcast, readChainEvidence, replay } from './chainEvidence.ts'
import { readPool } from './chainFaults.ts'
import { chanceOf } from './chance.ts'
import { type Answer, type CourierOptions, type Delivery, runErrand } from './courier.ts'
import type { Evidence } from './evidence.ts'
import { countFault, type FaultCounts, type FaultName } from './faults.ts'
import { findViolations, type Violation } from './invariants.ts'
import { planRun } from './plan.ts'
import type { Errand, Task } from './traffic.ts'
import { badWeather, goodWeather } from './weather.ts'
import { createWorld, type World, type WorldOptions } from './world.ts'

export interface RunResult {
  readonly seed: number
  readonly violations: readonly Violation[]
  readonly counts: FaultCounts
  /** Number of submitted operations, and of operations with an effect. */
  readonly operations: number
  readonly landed: number
  /** The greatest height of the chain. */
  readonly blocks: number
  /** Number of starts up to listening, and of failed starts. */
  readonly starts: number
  readonly failedStarts: number
  /** Milliseconds. */
  readonly duration: number
}

export interface RunOptions extends WorldOptions {
  /** The enabled faults. */
  readonly enabled: ReadonlySet<FaultName>
}

export async function runSeed(seed: number, { enabled, ...options }: RunOptions): Promise<RunResult> {
  const start = performance.now()
  const world = await createWorld(planRun(seed, enabled), options)
  const { scene, keeper, counts, journal } = world
  try {
    const evidence = await live(world)
    const violations = findViolations(evidence)
    for (const { invariant, what } of violations) journal.note(`VIOLATION ${invariant}: ${what}`)
    return {
      seed,
      violations,
      counts,
      operations: evidence.deliveries.length,
      landed: evidence.deliveries.filter(({ task }) => evidence.chain.landings.get(task)?.length).length,
      blocks: scene.highest,
      starts: keeper.starts,
      failedStarts: keeper.failedStarts,
      duration: Math.round(performance.now() - start),
    }
  } finally {
    await world.close()
  }
}

async function live(world: World): Promise<Evidence> {
  const { plan, scene, keeper, witness, proxy, journal } = world
  const deliveries: Delivery[] = []
  let errandsLeft = 0
  const send = (errand: Errand) => {
    errandsLeft += 1
    void runErrand(errand, courier(world), deliveries).finally(() => {
      errandsLeft -= 1
    })
  }
  for (const errand of world.errands) send(errand)
  await badWeather(world)
  journal.note('the faults have ended')
  const isOver = async () => errandsLeft === 0 && keeper.client !== null && isAtRest(world, keeper.client)
  let hasRested = await goodWeather(world, isOver)
  if (hasRested) {
    send(canary(plan.seed))
    hasRested = await goodWeather(world, isOver)
  }

  const { client } = keeper
  if (client !== null) await witness.look(client, 'all')
  const wallet = client === null ? null : await client.wallet()
  const recorded = client === null ? [] : await attemptsOf(client)
  const tries =
    client === null ? new Map<string, number>() : await triesOf(client, [...witness.sightings.keys()])
  const exitCode = await keeper.stop()
  const tasks = deliveries.map(({ task }) => task)
  const chain = await readChainEvidence(scene, tasks)
  const broadcasts = [...proxy.broadcasts].map((raw) => readBroadcast(raw, proxy.verdicts.get(raw) ?? [null]))
  const taken = await replay(scene, broadcasts)
  if (taken.length > 0) journal.note(`broadcast again and accepted: ${taken.join(', ')}`)
  return {
    confirmations: plan.confirmations,
    feeCap: BigInt(plan.feeCap) * 1_000_000_000n,
    deliveries,
    sightings: witness.sightings,
    broadcasts,
    recorded: new Set(recorded),
    intrusions: scene.intrusions,
    isFinalityBroken: scene.isFinalityBroken,
    wallet: wallet && { inFlight: wallet.in_flight.map(({ nonce }) => nonce), next: wallet.next_nonce },
    isAtRest: hasRested,
    tries,
    alarms: keeper.alarms,
    crashes: keeper.crashes,
    exitCode,
    chain,
    afterReplay: await readChainEvidence(scene, tasks),
  }
}

function courier({ clock, keeper, witness, journal, scene, counts }: World): CourierOptions {
  const rivals = new Set<Task>()
  return {
    clock,
    gateway: () => keeper.client,
    onAnswer(task, answer) {
      journal.note(`${task.name}: ${describe(answer)}`)
      if (answer.type !== 'accepted') return
      witness.watch(answer.id, task)
      if (task.rival === null || rivals.has(task)) return
      rivals.add(task)
      countFault(counts, 'rival')
      void sendAsStranger(scene.chain, callDataOf(task.rival), { tip: 5n })
    },
  }
}

function describe(answer: Answer): string {
  if (answer.type === 'accepted') return `accepted as ${answer.id}`
  return answer.type === 'lost' ? `no answer: ${answer.why}` : `${answer.type}: ${answer.code}`
}

/** A last operation, after everything has settled: the gateway must still work. */
function canary(seed: number): Errand {
  const operation = createIdleAccount(chanceOf(seed, 'canary'))
  return {
    beat: 0,
    isInOrder: true,
    tasks: [{ name: 'canary', operation, expectation: 'lands', rival: null }],
  }
}

/** Whether every acknowledged operation has a verdict, and the gateway and the pool are empty. */
async function isAtRest({ witness, scene }: World, client: ServiceClient): Promise<boolean> {
  if (witness.openTasks().length > 0) return false
  const { batcher } = await client.health()
  const { in_flight } = await client.wallet()
  if (batcher.ready + batcher.waiting + batcher.batches + in_flight.length > 0) return false
  return (await readPool(scene)).length === 0
}

/** The charged tries of each operation. */
async function triesOf(client: ServiceClient, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const tries = await Promise.all(
    ids.map(async (id) => {
      const { body } = await client.get(`/operations/${id}`)
      return [id, (body as { readonly tries?: number }).tries ?? 0] as const
    }),
  )
  return new Map(tries)
}

/** The hash of every stored attempt. */
async function attemptsOf(client: ServiceClient): Promise<readonly string[]> {
  const batches = await client.batches()
  return batches.flatMap(({ attempts }) => attempts.map(({ tx_hash }) => tx_hash))
}
