/** Takes the lead from the leader again and again, under load, and compares what was acknowledged with the chain. */
import type { DurationMs } from '../../src/domain/primitives.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import type { Program } from '../support/command.ts'
import { eventually } from '../support/eventually.ts'
import { readLedger } from '../support/ledger.ts'
import { startPostgres, withClient } from '../support/postgres.ts'
import { temporaryFolder } from '../support/service.ts'
import { Clients, type Delivery } from './clients.ts'
import { FAULTS, type Fault } from './faults.ts'
import { allServe, createReplica, findLeader, type Leading, type Place, type Replica } from './replicas.ts'

const REPLICAS = 3
const CLIENTS = 3
const BLOCK_TIME_SECONDS = 1
/** Pause between two questions who leads. It limits the exactness of the durations. */
const LOOK_EVERY: DurationMs = 10

export interface Takeover {
  readonly fault: string
  /** From the fault until another leader admits operations. */
  readonly duration: DurationMs
}

export interface TakeoverReport {
  readonly takeovers: readonly Takeover[]
  readonly acknowledged: number
  /** Operations that were acknowledged, and have no effect on the chain or no success in the database. */
  readonly lost: readonly string[]
  /** Operations with more than one effect. */
  readonly doubled: readonly string[]
}

export interface TakeoverOptions {
  readonly kills: number
  /** Arguments of Node that start the gateway. */
  readonly program?: Program
  readonly onTakeover?: (takeover: Takeover, number: number) => void
}

export async function runTakeovers({
  kills,
  program,
  onTakeover = () => {},
}: TakeoverOptions): Promise<TakeoverReport> {
  const closing: (() => Promise<unknown>)[] = []
  let isDone = false
  try {
    const postgres = await startPostgres()
    closing.push(() => postgres.stop())
    const chain = await startTestChain({ blockTimeSeconds: BLOCK_TIME_SECONDS })
    closing.push(() => chain.stop())
    const folder = await temporaryFolder()
    closing.push(() => folder.remove())
    const databaseUrl = await postgres.newUrl()
    const place: Place = { chain, postgres, databaseUrl, folder: folder.path, ...(program && { program }) }
    const replicas = await Promise.all(
      Array.from({ length: REPLICAS }, (_, index) => createReplica(`replica-${index + 1}`, place)),
    )
    closing.push(() => Promise.all(replicas.map((replica) => replica.close())))
    for (const replica of replicas) replica.start()
    await allServe(replicas)
    closing.push(async () => {
      if (!isDone)
        for (const { name, log } of replicas) process.stderr.write(`${name}:\n${log.slice(-40).join('\n')}\n`)
    })
    const clients = new Clients(replicas, CLIENTS)
    const takeovers: Takeover[] = []
    for (let number = 0; number < kills; number += 1) {
      const fault = FAULTS[number % FAULTS.length] as Fault
      const takeover = await takeLead(fault, replicas, place)
      takeovers.push(takeover)
      onTakeover(takeover, number + 1)
    }
    await clients.stop()
    const report = { takeovers, ...(await compare(chain, replicas, clients.deliveries)) }
    isDone = true
    return report
  } finally {
    for (const close of closing.reverse()) await close()
  }
}

async function takeLead(fault: Fault, replicas: readonly Replica[], place: Place): Promise<Takeover> {
  const former = await leaderAbove(replicas, 0)
  await holdsLock(place)
  const start = performance.now()
  await fault.strike(former.replica, place)
  // A paused process would not answer the question.
  const others = fault.isSurvived ? replicas : replicas.filter((replica) => replica !== former.replica)
  await leaderAbove(others, former.epoch)
  const duration = performance.now() - start
  await fault.repair(former.replica)
  await allServe(replicas)
  return { fault: fault.name, duration }
}

/** A leader that took over from a process that is cut off gets the lock when the server has ended the session of that process. */
async function holdsLock({ databaseUrl }: Place): Promise<void> {
  await withClient(databaseUrl, (query) =>
    eventually(
      'the leader to hold its lock',
      async () => (await query('SELECT "hasLock" FROM heartbeat')).rows[0]?.hasLock,
      (hasLock) => hasLock === true,
    ),
  )
}

function leaderAbove(replicas: readonly Replica[], epoch: number): Promise<Leading> {
  return eventually(
    'a leader',
    () => findLeader(replicas, epoch),
    (leading) => leading !== null,
    LOOK_EVERY,
  ) as Promise<Leading>
}

/** What clients know of their operations against the chain and the database. */
async function compare(chain: TestChain, replicas: readonly Replica[], deliveries: readonly Delivery[]) {
  const [replica] = replicas
  if (replica === undefined) throw new TypeError('no replica')
  const lost: string[] = []
  for (const { id } of deliveries) {
    if (id === null) continue
    if ((await replica.client.get(`/status/${id}`)).status === 404) {
      lost.push(`${id}: unknown`)
      continue
    }
    const { status } = await replica.client.reaches(id, 'finalized', 'failed')
    if (status.state === 'failed') lost.push(`${id}: failed`)
  }
  const ledger = await readLedger(chain)
  const doubled: string[] = []
  for (const { operation, id } of deliveries) {
    const effects = ledger.landings(operation).length
    const name = id ?? JSON.stringify(operation)
    if (effects === 0) lost.push(`${name}: no effect on the chain`)
    if (effects > 1) doubled.push(`${name}: ${effects} effects on the chain`)
  }
  return { acknowledged: deliveries.length, lost, doubled }
}
