/**
 * A hundred thousand operations through the real actors, intake, metrics and store: what is finished leaves nothing behind in
 * memory. The chain is a few maps, since it is not the subject.
 */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AnyActorRef } from 'xstate'
import { createAccount, createIdleAccount } from '../../src/load/account.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { batching, gatewayConfig } from '../machines/support/samples.ts'
import { changes } from '../support/accounts.ts'
import { countObjects, usedBytes } from '../support/heap.ts'
import { MemoryChain } from '../support/memoryChain.ts'
import { DOMAIN, type MemoryGateway, startMemoryGateway } from '../support/memoryGateway.ts'
import { temporaryFolder } from '../support/service.ts'

const OPERATIONS = 100_000
/** Operations from one look at the memory to the next. */
const STAGE = 10_000
/** Until then everything is made that is made once, and nearly all code is compiled. */
const WARM = 30_000
const BATCH = 100
/** Fewer than two for each batch. A forgotten record is more: itself, its fields and the place that holds it. */
const MOST_NEW_OBJECTS = (2 * (OPERATIONS - WARM)) / BATCH
/** What the engine's compiled code may still grow by; one forgotten record for each operation is far more. */
const MOST_NEW_BYTES = 2_000_000

const WORKERS = 400
/** Operations that a worker sends one after the other. */
const ROUND = 25
const KINDS = ['insert_authenticator', 'update_authenticator', 'remove_authenticator'] as const
const random = seededRandom(9)

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let chain: MemoryChain
let gateway: MemoryGateway
let stopChain: () => void
let finalized = 0

beforeAll(async () => {
  folder = await temporaryFolder()
  chain = new MemoryChain({ lastNonce: KINDS.length - 1 })
  stopChain = chain.start(25)
  gateway = await startMemoryGateway({
    chain,
    now: Date.now,
    haste: 1,
    latency: 0,
    config: {
      ...gatewayConfig,
      databasePath: `${folder.path}/operations.sqlite`,
      intakeCapacity: WORKERS,
      batching: {
        ...batching,
        batchWindow: 10,
        maxConcurrentBatches: 8,
        adaptive: { ...batching.adaptive, maxBatchOps: BATCH, maxTransactionGas: 2 ** 28 },
      },
    },
  })
  gateway.on((event) => {
    if (event.type === 'operation.settled' && event.status.type === 'Finalized') finalized += 1
  })
})

afterAll(async () => {
  await gateway.close()
  stopChain()
  await folder.remove()
})

let accounts = 0

/** Three signed changes of a new account, one after the other, and creates, which cost less to make. */
async function sendRound(): Promise<void> {
  accounts += 1
  const { account } = createAccount(1, random)
  const live = { ...account, leafIndex: `0x${accounts.toString(16)}` as const }
  for (const operation of changes(live, KINDS, { domain: DOMAIN, random })) {
    await gateway.intake.submit(operation)
  }
  for (let count = KINDS.length; count < ROUND; count += 1) {
    await gateway.intake.submit(createIdleAccount(random))
  }
}

/** Sends a stage's operations, and waits until all have landed and nothing is under way. */
async function runStage(): Promise<void> {
  const expected = finalized + STAGE
  const rounds = Array.from({ length: STAGE / ROUND }).values()
  const work = async () => {
    for (const _ of rounds) await sendRound()
  }
  await Promise.all(Array.from({ length: WORKERS }, work))
  await expect.poll(() => finalized, PATIENCE).toBe(expected)
  await expect.poll(isIdle, PATIENCE).toBe(true)
  chain.forget()
  await expect.poll(isForgotten, PATIENCE).toBe(true)
}

const PATIENCE = { timeout: 120_000 }

function isIdle(): boolean {
  const { opsBatcher, requestTracker } = gateway.root.system.getAll()
  return opsBatcher.getSnapshot().context.slots.length === 0 && requestTracker.getSnapshot().value === 'Idle'
}

/** No reorg can reach what has ended, and nothing goes on about the blocks that it took to get there. */
function isForgotten(): boolean {
  const { opsBatcher, wallet } = gateway.root.system.getAll()
  const { batches } = opsBatcher.getSnapshot().context.settled
  return batches.length === 0 && Object.keys(wallet.getSnapshot().children).length === 0
}

/** The ids of an actor and of all below it, as paths. */
function actorsOf(actor: AnyActorRef): readonly string[] {
  const children: Readonly<Record<string, AnyActorRef>> = actor.getSnapshot()?.children ?? {}
  return [actor.id, ...Object.values(children).flatMap(actorsOf)]
}

function timers(): number {
  return Object.keys(gateway.root.system.getSnapshot()._scheduledEvents).length
}

it('trap 20: memory of finished work: of a hundred thousand operations nothing is left', {
  timeout: 600_000,
}, async () => {
  while (finalized < WARM) await runStage()
  const objects = await countObjects()
  const bytes = usedBytes()
  const actors = actorsOf(gateway.root)
  const waiting = timers()
  while (finalized < OPERATIONS) {
    await runStage()
    expect(usedBytes() - bytes).toBeLessThan(MOST_NEW_BYTES)
    expect(actorsOf(gateway.root)).toEqual(actors)
    expect(timers()).toBe(waiting)
  }
  expect((await countObjects()) - objects).toBeLessThan(MOST_NEW_OBJECTS)
})
