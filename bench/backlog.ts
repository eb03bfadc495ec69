/** A backlog: sends operations as fast as the gateway accepts them, and waits until all are finalized. */
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { connectGateway } from '../src/load/client.ts'
import type { WorldIdOperation } from '../src/registry/worldId/operations.ts'
import { mapLimited } from './mapLimited.ts'

export interface BacklogResult {
  /** Rate from the first request to the last answer. */
  readonly acceptedPerSecond: number
  /** Rate from the first request to the last finalized batch. */
  readonly finalizedPerSecond: number
  readonly gasPerOperation: number
  /** Gas limit of each batch divided by its used gas. */
  readonly limitOverUsed: readonly number[]
}

const batchPage = z.object({
  batches: z.array(
    z.object({
      created_at: z.number(),
      finalized_at: z.number().nullable(),
      gas_limit: z.number().nullable(),
      gas_used: z.number().nullable(),
      operations: z.number(),
      state: z.string(),
    }),
  ),
  next: z.string().nullable(),
})

const health = z.object({
  batcher: z.object({ ready: z.number(), waiting: z.number(), batches: z.number() }),
})

type Batch = z.infer<typeof batchPage>['batches'][number]

/** Interval of polls of `/health`. Polls of single operations would change the measurement. */
const LOOK_EVERY_MS = 250

/** @throws Error if an operation is refused, or a batch is not finalized */
export async function benchBacklog(
  url: string,
  operations: readonly WorldIdOperation[],
  concurrency: number,
): Promise<BacklogResult> {
  const start = Date.now()
  await submitAll(url, operations, concurrency)
  const accepted = Date.now()
  const batches = await finished(url, start, operations.length)
  const last = Math.max(...batches.map(({ finalized_at }) => finalized_at ?? 0))
  return {
    acceptedPerSecond: (operations.length * 1000) / (accepted - start),
    finalizedPerSecond: (operations.length * 1000) / (last - start),
    gasPerOperation: batches.reduce((sum, { gas_used }) => sum + (gas_used ?? 0), 0) / operations.length,
    limitOverUsed: batches.flatMap(({ gas_limit, gas_used }) =>
      gas_limit === null || !gas_used ? [] : [gas_limit / gas_used],
    ),
  }
}

/** Sends operations and waits for the answers. @returns their ids. @throws Error if an operation is refused */
export async function submitAll(
  url: string,
  operations: readonly WorldIdOperation[],
  concurrency: number,
): Promise<readonly string[]> {
  const client = connectGateway(url, concurrency)
  try {
    return await mapLimited(operations, concurrency, async (operation) => {
      const answer = await client.submit(operation)
      if (answer.type !== 'accepted') throw new Error(`refused: ${answer.code} ${answer.message}`)
      return answer.id
    })
  } finally {
    client.close()
  }
}

/** The gas of all batches since a time, divided by the number of operations. */
export async function gasPerOperation(url: string, since: number, operations: number): Promise<number> {
  const batches = await batchesSince(url, since)
  return batches.reduce((sum, { gas_used }) => sum + (gas_used ?? 0), 0) / operations
}

/** Waits until no operation is in flight and every batch is stored as finished. Returns the batches. */
async function finished(url: string, since: number, operations: number): Promise<readonly Batch[]> {
  for (;;) {
    await sleep(LOOK_EVERY_MS)
    const { batcher } = health.parse(await (await fetch(`${url}/health`)).json())
    if (batcher.ready + batcher.waiting + batcher.batches > 0) continue
    const batches = await batchesSince(url, since)
    const ended = batches.filter(({ finalized_at }) => finalized_at !== null)
    if (ended.length < batches.length) continue
    const total = ended.reduce((sum, batch) => sum + (batch.state === 'Finalized' ? batch.operations : 0), 0)
    if (total < operations)
      throw new Error(`${total} of ${operations} operations were in batches that finalized`)
    return ended
  }
}

async function batchesSince(url: string, since: number): Promise<readonly Batch[]> {
  const batches: Batch[] = []
  for (let next: string | null = ''; next !== null; ) {
    const answer = await fetch(`${url}/batches?limit=100${next === '' ? '' : `&before=${next}`}`)
    const page = batchPage.parse(await answer.json())
    const recent = page.batches.filter((batch) => batch.created_at >= since)
    batches.push(...recent)
    next = recent.length < page.batches.length ? null : page.next
  }
  return batches
}
