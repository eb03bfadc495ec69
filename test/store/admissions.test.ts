/** Admission at processes that do not lead: what they store, and what the leader finds. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Arrival } from '../../src/domain/arrival.ts'
import type { StoreWrite } from '../../src/domain/writes.ts'
import { openPostgresStore } from '../../src/store/postgres/postgresStore.ts'
import { startPostgres, type TestPostgres } from '../support/postgres.ts'
import { startTcpProxy } from '../support/tcpProxy.ts'
import {
  accepted,
  envelope,
  failed,
  IDENTITY,
  opened,
  operationId,
  operationRevived,
  planned,
  revived,
  START,
  STATUS,
  settled,
  signed,
  submitted,
  trimmed,
} from './fixtures.ts'

let server: TestPostgres

beforeAll(async () => {
  server = await startPostgres()
})

afterAll(() => server.stop())

const DUPLICATE = { name: 'StoreError', failure: 'duplicate', retryable: false }

/** The arrival of operation `n`. */
function arrival(n: number, traits: Partial<Arrival['envelope']> = {}): Arrival {
  const { sequence: _, ...rest } = envelope(n)
  return { envelope: { ...rest, ...traits }, chainNonce: rest.lane === null ? null : n - 1 }
}

/** The leader numbers an arrival. */
const numbered = (n: number, sequence: number): StoreWrite => ({
  type: 'operation.accepted',
  envelope: { ...envelope(n), sequence },
  hasArrived: true,
})

/** A leader and another process on one new database. */
async function processes() {
  const url = await server.newUrl()
  const [leader, other] = [openPostgresStore(url, { name: 'one' }), openPostgresStore(url, { name: 'two' })]
  await leader.seat.take()
  await leader.store.bind(IDENTITY)
  const close = () => Promise.all([leader.store.close(), other.store.close()])
  const arrived = async () => (await leader.admissions.arrivals()).map(({ envelope: { id } }) => id)
  return { url, leader, other, close, arrived }
}

describe('an operation that arrives', () => {
  it('is stored with all that the leader needs, and waits for its number', async () => {
    const { leader, other, close } = await processes()
    await other.admissions.admit(arrival(1))
    await other.admissions.admit(arrival(3))
    expect(await leader.admissions.arrivals()).toEqual([arrival(1), arrival(3)])
    expect(await leader.store.status(operationId(1))).toMatchObject({ state: { state: 'queued' } })
    await leader.store.commit([accepted(5), numbered(1, 6)])
    expect(await leader.admissions.arrivals()).toEqual([arrival(3)])
    expect(await other.store.operation(operationId(1))).toMatchObject({
      envelope: { ...envelope(1), sequence: 6 },
      state: { state: 'queued' },
    })
    await close()
  })

  it('gets a number from the next leader, after all earlier ones', async () => {
    const { leader, other, close, arrived } = await processes()
    await leader.store.commit([accepted(7)])
    for (const n of [2, 1]) await other.admissions.admit(arrival(n))
    const { queued, nextSequence } = await leader.store.recover(START)
    expect(queued.map(({ id, sequence }) => [id, sequence])).toEqual([
      [operationId(7), 7],
      [operationId(2), 8],
      [operationId(1), 9],
    ])
    expect(nextSequence).toBe(10)
    expect(await arrived()).toEqual([])
    await close()
  })

  it('is not announced if it has its verdict', async () => {
    const { leader, other, close, arrived } = await processes()
    await other.admissions.admit({ ...arrival(3, { claims: [] }), status: STATUS.finalized })
    expect(await arrived()).toEqual([])
    expect(await leader.store.status(operationId(3))).toMatchObject({ state: { state: 'finalized' } })
    await close()
  })

  it('counts towards the limits of its account and its client', async () => {
    const { other, close } = await processes()
    for (const n of [1, 3, 4]) await other.admissions.admit(arrival(n))
    expect(await other.admissions.waitingOf(envelope(1).lane?.leaf ?? '')).toBe(1)
    expect(await other.admissions.waitingByClient()).toEqual(
      new Map([
        [null, 2],
        ['192.0.2.7', 1],
      ]),
    )
    await close()
  })

  it('comes after the earlier operations of its lane', async () => {
    const { leader, other, close } = await processes()
    const leaf = '9'
    const inLane = (n: number, nonce: number) => arrival(n, { lane: { leaf, nonce } })
    await other.admissions.admit(inLane(1, 6))
    await other.admissions.admit(inLane(2, 5))
    expect(await leader.admissions.predecessors(leaf, 6)).toEqual([operationId(2)])
    expect(await leader.admissions.predecessors(leaf, 7)).toEqual([2, 1].map(operationId))
    await close()
  })

  it.each([
    { moment: 'before', title: 'is stored once if the connection broke before the server got COMMIT' },
    { moment: 'answer', title: 'is stored once if only the answer of COMMIT was lost' },
  ] as const)('$title', async ({ moment }) => {
    const { url, leader, close, arrived } = await processes()
    const proxy = await startTcpProxy(Number(new URL(url).port))
    const remote = openPostgresStore(url.replace(/:\d+\//, `:${proxy.port}/`), { name: 'three' })
    await remote.store.bind(IDENTITY)
    proxy.cutAt('COMMIT', moment)
    await remote.admissions.admit(arrival(1))
    expect(await arrived()).toEqual([operationId(1)])
    expect((await leader.store.recover(START)).queued).toHaveLength(1)
    await remote.store.close()
    await proxy.close()
    await close()
  })
})

describe('a duplicate', () => {
  const { lane, claims } = envelope(1)
  const sameLane = arrival(2, { lane })
  const sameClaim = arrival(3, { claims })

  it.each<[string, (n: number) => StoreWrite[], Arrival]>([
    ['of the lane position of an admitted operation', (n) => [accepted(n)], sameLane],
    ['of the claim of an admitted operation', (n) => [accepted(n)], sameClaim],
  ])('%s is refused, and names it', async (_, writes, second) => {
    const { leader, other, close, arrived } = await processes()
    await leader.store.commit(writes(1))
    await expect(other.admissions.admit(second)).rejects.toMatchObject(DUPLICATE)
    expect(await other.admissions.holder(second.envelope)).toBe(operationId(1))
    expect(await arrived()).toEqual([])
    await close()
  })

  it.each([
    ['the lane position', sameLane],
    ['a claim', sameClaim],
  ])('of %s refuses only itself among operations that arrive together', async (_, second) => {
    const { other, close, arrived } = await processes()
    const results = await Promise.allSettled(
      [arrival(1), second, arrival(5)].map((each) => other.admissions.admit(each)),
    )
    expect(results.filter(({ status }) => status === 'rejected')).toMatchObject([{ reason: DUPLICATE }])
    expect(results[2]?.status).toBe('fulfilled')
    expect(await arrived()).toHaveLength(2)
    await close()
  })

  it('of an arrival is refused to the leader, and its commit changes nothing', async () => {
    const { leader, other, close } = await processes()
    await other.admissions.admit(arrival(1))
    const second: StoreWrite = { type: 'operation.accepted', envelope: { ...envelope(2), lane } }
    await expect(leader.store.commit([accepted(5), second])).rejects.toMatchObject(DUPLICATE)
    expect(await leader.store.status(operationId(5))).toBeNull()
    await leader.store.commit([accepted(5)])
    await close()
  })

  it('is none after the verdict of the first', async () => {
    const { leader, other, close, arrived } = await processes()
    await leader.store.commit([accepted(1), failed(1)])
    await other.admissions.admit(sameLane)
    await other.admissions.admit(sameClaim)
    expect(await arrived()).toEqual([2, 3].map(operationId))
    await close()
  })
})

describe('an operation that loses its verdict', () => {
  const { lane } = envelope(1)
  const second = arrival(2, { lane })
  const inBatch = [accepted(1), opened(1, [1]), planned(1, [1]), signed(1, 1), submitted(1, 1)]
  const scenes: readonly (readonly [string, readonly StoreWrite[], StoreWrite])[] = [
    ['of its batch', [...inBatch, settled(1, { 1: 'finalized' })], revived(1)],
    ['of a simulation', [accepted(1), opened(1, [1]), trimmed(1, { 1: 'failed' })], operationRevived(1)],
  ]

  it.each(scenes)('%s holds its position again', async (_, before, revival) => {
    const { leader, other, close } = await processes()
    await leader.store.commit(before)
    await leader.store.commit([revival])
    await expect(other.admissions.admit(second)).rejects.toMatchObject(DUPLICATE)
    await close()
  })

  it.each(scenes)('%s shares its position with a newer operation', async (_, before, revival) => {
    const { leader, other, close, arrived } = await processes()
    await leader.store.commit(before)
    await other.admissions.admit(second)
    await leader.store.commit([revival, accepted(5)])
    expect((await leader.store.status(operationId(1)))?.state.state).toMatch(/queued|submitted/)
    expect(await leader.store.status(operationId(5))).not.toBeNull()
    expect(await arrived()).toEqual([operationId(2)])
    await close()
  })
})
