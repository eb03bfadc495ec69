/**
 * Dozens of crashes at random moments while operations arrive. Every acknowledged operation takes effect exactly once,
 * and a refused operation never does. The chain is in memory, for many crashes and many operations in a short time.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { UnavailableError } from '../../src/domain/errors.ts'
import type { OperationId } from '../../src/domain/operation.ts'
import { createAccount, createIdleAccount } from '../../src/load/account.ts'
import type { WorldIdOperation } from '../../src/registry/worldId/operations.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { batching, gatewayConfig } from '../machines/support/samples.ts'
import { changes } from '../support/accounts.ts'
import { seedsOf } from '../support/campaign.ts'
import { eventually } from '../support/eventually.ts'
import { MemoryChain } from '../support/memoryChain.ts'
import { DOMAIN, type MemoryGateway, startMemoryGateway } from '../support/memoryGateway.ts'
import { type PoisonedClock, poisonedClock } from '../support/poison.ts'
import { temporaryFolder } from '../support/service.ts'

const CRASHES = 20
const WORKERS = 20
/** Files of `src/machines` with readings of the time while operations are in flight. */
const VICTIMS = [
  'wallet/setup.ts',
  'opsBatcher/setup.ts',
  'nonceTracker/setup.ts',
  'pendingBatch/setup.ts',
  'pendingBatch/events.ts',
  'pendingBatch/pendingBatch.ts',
  'root/ticker.ts',
]
const KINDS = ['insert_authenticator', 'update_authenticator', 'remove_authenticator'] as const

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let clock: PoisonedClock
let gateway: MemoryGateway
let stopChain: () => void
/** Number of effects of each operation. */
let landings: Map<OperationId, number>
let crashes = 0
let ended = 0

beforeEach(async () => {
  folder = await temporaryFolder()
  landings = new Map()
  clock = poisonedClock()
  const chain = new MemoryChain({
    lastNonce: KINDS.length - 1,
    onLanding: (id) => landings.set(id, (landings.get(id) ?? 0) + 1),
  })
  stopChain = chain.start(10)
  gateway = await startMemoryGateway({
    chain,
    now: clock.now,
    haste: 200,
    // Longer than the first restart pauses: answers to an actor arrive after the restart.
    latency: 20,
    config: {
      ...gatewayConfig,
      databaseUrl: null,
      databasePath: `${folder.path}/operations.sqlite`,
      batching: { ...batching, adaptive: { ...batching.adaptive, maxBatchOps: 40 } },
    },
  })
  gateway.on(({ type }) => {
    if (type === 'actor.crashed') crashes += 1
    if (type === 'batch.finalized') ended += 1
  })
})

afterEach(async () => {
  await gateway.close()
  stopChain()
  await folder.remove()
})

/** Sends an operation until the acknowledgement, with a new id each time. */
async function send(
  operation: WorldIdOperation,
  taken: OperationId[],
  refused: OperationId[],
): Promise<void> {
  for (;;) {
    const id = randomUUID()
    try {
      await gateway.submissions.submit(operation, id)
      taken.push(id)
      return
    } catch (error) {
      // A refusal as a duplicate would prove that a refused operation was stored.
      expect(error).toBeInstanceOf(UnavailableError)
      refused.push(id)
      await delay(5)
    }
  }
}

it.each(seedsOf('actorCrashes'))(
  'acknowledged operations take effect once, and refused operations never (seed %i)',
  async (seed) => {
    const random = seededRandom(seed)
    const [taken, refused]: [OperationId[], OperationId[]] = [[], []]
    let isOver = false
    let accounts = 0
    const work = async () => {
      while (!isOver) {
        accounts += 1
        const { account } = createAccount(1, random)
        const live = { ...account, leafIndex: `0x${accounts.toString(16)}` as const }
        for (const change of changes(live, KINDS, { domain: DOMAIN, random }))
          await send(change, taken, refused)
        await send(createIdleAccount(random), taken, refused)
      }
    }
    const traffic = Promise.all(Array.from({ length: WORKERS }, work))
    traffic.catch(() => {})
    for (let crash = 0; crash < CRASHES; crash += 1) {
      const [before, batches] = [crashes, ended]
      const file = VICTIMS[random.below(VICTIMS.length)] ?? ''
      clock.poison({ file, delay: random.below(20) })
      await eventually(
        `a crash in ${file}`,
        async () => crashes,
        (count) => count > before,
      )
      // `root.restarts` covers crashes without a finalized batch in between.
      await eventually(
        'a batch',
        async () => ended,
        (count) => count > batches,
      )
    }
    isOver = true
    await traffic
    const unfinished = async () => {
      const states = await Promise.all(taken.map((id) => gateway.status(id)))
      return states.filter((state) => state !== 'finalized').length
    }
    await eventually('all to be finalized', unfinished, (count) => count === 0)
    expect(taken.map((id) => landings.get(id))).toEqual(taken.map(() => 1))
    expect(refused.filter((id) => landings.has(id))).toEqual([])
    expect(gateway.root.getSnapshot().value).toHaveProperty('Active')
  },
)
