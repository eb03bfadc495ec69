/** Runs the beats: each beat applies the plan's faults, mines blocks, and queries the gateway. */
import { setTimeout as delay } from 'node:timers/promises'
import { CHAIN_FAULTS } from './chainFaults.ts'
import { type ChainFault, countFault, FAULTS, type ProcessFault } from './faults.ts'
import { type Happening, LANE_TIMEOUT_MS } from './plan.ts'
import type { CallPoint } from './proxy.ts'
import { headNumber } from './scene.ts'
import type { World } from './world.ts'

const BEAT_MS = 100

/** A beat lasts until a call of the gateway to the node, but at most for the given time. */
const LONGEST_BEAT_MS = 1_000

/** While no gateway runs, only each tenth beat advances the plan's time. */
const BEATS_WITHOUT_GATEWAY = 10

/** Number of beats in which an event without a target is tried again. */
const MOST_DELAYED = 10

/** Number of blocks without faults until everything must be settled. */
const CALM_BLOCKS = 300

/** Least duration without faults: an operation may wait the whole lane timeout for a nonce that a reorg has undone. */
const CALM_MS = 1.5 * LANE_TIMEOUT_MS

/** Calls with the most interesting crashes, because each changes the knowledge of the gateway. */
const CALLS_TO_DIE_AT = [
  'eth_sendRawTransaction',
  'eth_getTransactionReceipt',
  'eth_feeHistory',
  'eth_call',
  'eth_getTransactionCount',
  'eth_getBlockByNumber',
] as const

/** Runs until the plan's time is over. */
export async function badWeather(world: World): Promise<void> {
  const { plan, clock, keeper } = world
  let ahead = plan.happenings
  for (let count = 0; clock.beat < plan.beats; count += 1) {
    const due = ahead.filter((happening) => happening.beat <= clock.beat)
    ahead = ahead.filter((happening) => !due.includes(happening))
    for (const happening of due) {
      const hasHappened = await happen(world, happening)
      if (!hasHappened && clock.beat < happening.beat + MOST_DELAYED) ahead = [...ahead, happening]
    }
    await beat(world)
    clock.tick(keeper.client !== null || count % BEATS_WITHOUT_GATEWAY === 0)
  }
}

/**
 * Runs without faults until a condition holds.
 * @returns whether the condition holds within the limit
 */
export async function goodWeather(world: World, isOver: () => Promise<boolean>): Promise<boolean> {
  const { clock, scene, proxy } = world
  const start = performance.now()
  if (!clock.isCalm) {
    clock.becomeCalm()
    proxy.clearTraps()
    scene.stalledFor = 0
    scene.orphaned = null
    await scene.chain.client.setNextBlockBaseFeePerGas({ baseFeePerGas: 1_000_000_000n })
  }
  for (let count = 0; count < CALM_BLOCKS || performance.now() - start < CALM_MS; count += 1) {
    await beat(world)
    if (await isOver()) return true
    clock.tick(false)
  }
  return false
}

/** Mines the due blocks and queries the operations. The chain does not change during the queries. */
async function beat(world: World): Promise<void> {
  const { scene, keeper, witness, proxy } = world
  if (scene.stalledFor > 0) {
    scene.stalledFor -= 1
  } else {
    await scene.chain.client.mine({ blocks: 1 + scene.extraBlocks })
    scene.extraBlocks = 0
    scene.highest = Math.max(scene.highest, await headNumber(scene))
  }
  if (scene.orphaned !== null) {
    scene.orphaned.beatsLeft -= 1
    if (scene.orphaned.beatsLeft <= 0) scene.orphaned = null
  }
  if (keeper.client !== null) await witness.look(keeper.client, 'open')
  const asked = keeper.client === null ? null : proxy.nextCall()
  await delay(BEAT_MS)
  await Promise.race([asked, delay(LONGEST_BEAT_MS - BEAT_MS)])
}

/** @returns whether the event applied */
async function happen(world: World, { fault, strength }: Happening): Promise<boolean> {
  const { scene, journal, counts } = world
  const told = isOfChain(fault) ? await CHAIN_FAULTS[fault](scene, strength) : befall(world, fault, strength)
  if (told === null) return false
  journal.note(`${fault}: ${told}`)
  countFault(counts, fault)
  return true
}

/** Applies a fault of the process. */
function befall({ keeper, proxy }: World, fault: ProcessFault, strength: number): string | null {
  if (fault === 'terminate') return keeper.terminate() ? 'SIGTERM' : null
  if (fault === 'kill') {
    setTimeout(() => keeper.kill(), strength)
    return `SIGKILL in ${strength} ms`
  }
  const method = CALLS_TO_DIE_AT[strength % CALLS_TO_DIE_AT.length] ?? CALLS_TO_DIE_AT[0]
  const point: CallPoint = strength % 2 === 0 ? 'begun' : 'done'
  proxy.trap(method, point, keeper.kill)
  return `SIGKILL when ${method} has ${point === 'begun' ? 'begun' : 'been done'}`
}

function isOfChain(fault: ChainFault | ProcessFault): fault is ChainFault {
  return FAULTS[fault].scope === 'chain'
}
