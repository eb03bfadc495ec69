/**
 * Many operations through the real actors, intake, metrics and store: settled work leaves nothing in memory. The chain
 * is in memory, because the chain is not the subject.
 */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AnyActorRef } from 'xstate'
import { createAccount, createIdleAccount } from '../../src/load/account.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { batching, gatewayConfig } from '../machines/support/samples.ts'
import { changes } from '../support/accounts.ts'
import { sizeOf } from '../support/campaign.ts'
import { countObjects, usedBytes } from '../support/heap.ts'
import { MemoryChain } from '../support/memoryChain.ts'
import { DOMAIN, type MemoryGateway, startMemoryGateway } from '../support/memoryGateway.ts'
import { temporaryFolder } from '../support/service.ts'

const OPERATIONS = sizeOf('finishedWork')
/** Operations between two measurements of the memory. */
const STAGE = OPERATIONS / 10
/** Number of operations until all long-lived objects exist and nearly all code is compiled. */
const WARM = 3 * STAGE
const BATCH = 100
/**
 * At the full size fewer than two objects per batch. A leaked record per batch is more: the record with fields and a
 * map entry. The small size notices a leaked record per operation.
 */
const MOST_NEW_OBJECTS = 1_400
/** Allowed growth of compiled code. A leaked record per operation is far more. */
const MOST_NEW_BYTES = 2_000_000

const WORKERS = 400
/** Number of operations in the sequence of a worker. */
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
      databaseUrl: null,
      databasePath: `${folder.path}/operations.sqlite`,
      intakeCapacity: WORKERS,
      batching: {
        ...batching,
        limits: { ...batching.limits, queueCapacity: 2 * STAGE },
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

/** Sends three signed changes of a new account in sequence, and then creates, because creates are cheaper to make. */
async function sendRound(): Promise<void> {
  accounts += 1
  const { account } = createAccount(1, random)
  const live = { ...account, leafIndex: `0x${accounts.toString(16)}` as const }
  for (const operation of changes(live, KINDS, { domain: DOMAIN, random })) {
    await gateway.submissions.submit(operation)
  }
  for (let count = KINDS.length; count < ROUND; count += 1) {
    await gateway.submissions.submit(createIdleAccount(random))
  }
}

/** Sends the operations of a stage, and waits until all are finalized and no work is left. */
async function runStage(): Promise<void> {
  const expected = finalized + STAGE
  const rounds = Array.from({ length: STAGE / ROUND }).values()
  const work = async () => {
    for (const _ of rounds) await sendRound()
  }
  await Promise.all(Array.from({ length: WORKERS }, work))
  await expect.poll(() => finalized).toBe(expected)
  await expect.poll(isIdle).toBe(true)
  chain.forget()
  await expect.poll(isForgotten).toBe(true)
}

function isIdle(): boolean {
  const { opsBatcher, requestTracker } = gateway.root.system.getAll()
  return opsBatcher.getSnapshot().context.slots.length === 0 && requestTracker.getSnapshot().value === 'Idle'
}

/** True when no settled batch is kept for a reorg or for its level of finality, and the wallet has no child actor. */
function isForgotten(): boolean {
  const { opsBatcher, wallet, finalityTracker } = gateway.root.system.getAll()
  if (finalityTracker.getSnapshot().context.batches.size > 0) return false
  const { batches } = opsBatcher.getSnapshot().context.settled
  return batches.length === 0 && Object.keys(wallet.getSnapshot().children).length === 0
}

/** The ids of an actor and of all descendants. */
function actorsOf(actor: AnyActorRef): readonly string[] {
  const children: Readonly<Record<string, AnyActorRef>> = actor.getSnapshot()?.children ?? {}
  return [actor.id, ...Object.values(children).flatMap(actorsOf)]
}

function timers(): number {
  return Object.keys(gateway.root.system.getSnapshot()._scheduledEvents).length
}

it('settled operations leave no objects, actors or timers in memory', async () => {
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
