/** Admission at a process that does not lead. Operations that arrive together share a commit. */
import DataLoader from 'dataloader'
import type pg from 'pg'
import type { Arrival } from '../../domain/arrival.ts'
import type { DurationMs } from '../../domain/primitives.ts'
import type { AdmissionStore } from '../port.ts'
import {
  countByClient,
  countOf,
  isStored,
  readArrivals,
  readPredecessors,
  storeArrivals,
} from './arrivals.ts'
import { isLost, isTaken, queryOf } from './connection.ts'
import { readHolder } from './operations.ts'
import { inPoolTransaction, repeated } from './transactions.ts'

/** How long the first arrival of a commit waits for more. */
const GATHER: DurationMs = 5

/** Most arrivals in one commit. */
const MOST_TOGETHER = 100

/** @param guarded runs a call of the store, and maps its errors */
export function createAdmissions(
  pool: pg.Pool,
  guarded: <T>(call: () => Promise<T>) => Promise<T>,
): AdmissionStore {
  const query = queryOf(pool)
  const gathered = new DataLoader<Arrival, Error | null>((arrivals) => admitTogether(pool, arrivals), {
    cache: false,
    maxBatchSize: MOST_TOGETHER,
    batchScheduleFn: (run) => setTimeout(run, GATHER),
  })
  return {
    admit: (arrival) =>
      guarded(async () => {
        const error = await gathered.load(arrival)
        if (error !== null) throw error
      }),
    holder: (operation) => guarded(() => readHolder(query, operation)),
    arrivals: () => guarded(() => readArrivals(query)),
    predecessors: (leaf, nonce) => guarded(() => readPredecessors(query, leaf, nonce)),
    waitingOf: (leaf) => guarded(() => countOf(query, leaf)),
    waitingByClient: () => guarded(() => countByClient(query)),
  }
}

/** @returns why each arrival was not stored; null for a stored one */
async function admitTogether(
  pool: pg.Pool,
  arrivals: readonly Arrival[],
): Promise<readonly (Error | null)[]> {
  // Two processes lock positions in one order.
  const sorted = [...arrivals].sort((one, other) => positionOf(one).localeCompare(positionOf(other)))
  try {
    await store(pool, sorted)
    return arrivals.map(() => null)
  } catch (error) {
    const isAlone = arrivals.length === 1
    if (isAlone || !isTaken(error)) return arrivals.map(() => error as Error)
    // A duplicate refuses only itself.
    return Promise.all(
      arrivals.map((arrival) => admitTogether(pool, [arrival]).then(([only = null]) => only)),
    )
  }
}

function positionOf({ envelope: { lane, id } }: Arrival): string {
  return lane === null ? id : `${lane.leaf} ${lane.nonce}`
}

/** If the answer of a commit is lost, a second try tells: it meets the operation of the first, or stores it. */
async function store(pool: pg.Pool, arrivals: readonly Arrival[]): Promise<void> {
  const run = () => repeated(() => inPoolTransaction(pool, (query) => storeArrivals(query, arrivals)))
  try {
    await run()
  } catch (error) {
    const id = arrivals[0]?.envelope.id
    if (!isLost(error) || id === undefined) throw error
    await run().catch(async (second: unknown) => {
      if (!(await isStored(queryOf(pool), id))) throw second
    })
  }
}
