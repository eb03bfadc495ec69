/** The fencing suite: which process leads, and that no other process writes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SEAT_TTL } from '../../src/domain/seat.ts'
import { StoreError } from '../../src/store/port.ts'
import { openPostgresStore } from '../../src/store/postgres/postgresStore.ts'
import { SeatSession } from '../../src/store/postgres/seatSession.ts'
import { eventually } from '../support/eventually.ts'
import { cutAll, retried, startPostgres, type TestPostgres, withClient } from '../support/postgres.ts'
import { startTcpProxy } from '../support/tcpProxy.ts'
import { accepted, failed, IDENTITY, operationId, START } from './fixtures.ts'

let server: TestPostgres

beforeAll(async () => {
  server = await startPostgres()
})

afterAll(() => server.stop())

const DEPOSED = { failure: 'deposed', retryable: false }

/** Processes on one new database: the first one leads. */
async function processes(...names: readonly string[]) {
  const url = await server.newUrl()
  const opened = names.map((name) => openPostgresStore(url, { name }))
  const [leader, standby] = opened
  if (leader === undefined || standby === undefined) throw new TypeError('two names are needed')
  await leader.seat.take()
  const close = () => Promise.all(opened.map(({ store }) => store.close()))
  /** Makes the time to live of the leader end now. */
  const expire = () => withClient(url, (query) => query(`UPDATE heartbeat SET "expiresAt" = '-infinity'`))
  return { url, leader, standby, close, expire }
}

type Process = ReturnType<typeof openPostgresStore>

/** Renews the seat until the process holds the lock: a renewal takes it when it has become free. */
async function holdsLock(url: string, { seat }: Process): Promise<void> {
  const renewed = async () => {
    await seat.renew()
    const { rows } = await withClient(url, (query) => query('SELECT "hasLock" FROM heartbeat'))
    return rows[0].hasLock
  }
  await eventually('the lock', renewed, (hasLock) => hasLock)
}

describe('the seat', () => {
  it('is taken by one of many processes that start together', async () => {
    const url = await server.newUrl()
    const opened = Array.from({ length: 8 }, (_, index) => openPostgresStore(url, { name: `host-${index}` }))
    const reports = await Promise.all(opened.map(({ seat }) => seat.take()))
    expect(reports.filter(({ isOurs }) => isOurs)).toHaveLength(1)
    const leader = reports.findIndex(({ isOurs }) => isOurs)
    const report = await opened.at(leader - 1)?.seat.take()
    expect(report).toMatchObject({ isOurs: false, epoch: 1, name: `host-${leader}` })
    await Promise.all(opened.map(({ store }) => store.close()))
  })

  it('stays with its leader, and a standby learns who leads', async () => {
    const { leader, standby, close } = await processes('one', 'two')
    expect(await standby.seat.take()).toEqual({
      isOurs: false,
      name: 'one',
      epoch: 1,
      since: expect.any(Number),
    })
    await leader.seat.renew()
    expect([leader.seat.isTrusted(), standby.seat.isTrusted()]).toEqual([true, false])
    await close()
  })

  it('is free at once when its leader closes', async () => {
    const { leader, standby, close } = await processes('one', 'two')
    await leader.store.close()
    expect(await standby.seat.take()).toMatchObject({ isOurs: true, name: 'two', epoch: 2 })
    await close()
  })

  it('is free at once when the process of its leader ends', async () => {
    const { standby, close } = await processes('one', 'two')
    // The server ends the session of a process that has ended, and frees its lock a moment later.
    await cutAll(server)
    const take = () => retried(() => standby.seat.take())
    expect(await eventually('the seat', take, ({ isOurs }) => isOurs)).toMatchObject({ epoch: 2 })
    await close()
  })

  it('is free when its leader is cut off for longer than its time to live, although the lock is held', async () => {
    const { leader, standby, close, expire } = await processes('one', 'two')
    await expire()
    expect(await standby.seat.take()).toMatchObject({ isOurs: true, epoch: 2 })
    await expect(leader.seat.renew()).rejects.toMatchObject(DEPOSED)
    await standby.seat.renew()
    await close()
  })

  it('stays with a leader that cannot hold the lock, e.g. behind a pooler', async () => {
    const { url, leader, standby, close, expire } = await processes('one', 'two')
    await expire()
    await standby.seat.take()
    // The former leader still holds the lock, and then ends.
    await leader.store.close()
    const third = openPostgresStore(url, { name: 'three' })
    expect(await third.seat.take()).toMatchObject({ isOurs: false, name: 'two' })
    await holdsLock(url, standby)
    await third.store.close()
    await close()
  })

  it('is trusted for its time to live from the start of the last renewal', async () => {
    let time = 1_000
    const url = await server.newUrl()
    const { store } = openPostgresStore(url, { name: 'one' })
    await store.bind(IDENTITY)
    const seat = new SeatSession(url, 'one', () => time)
    expect(seat.isTrusted()).toBe(false)
    await seat.take()
    time += SEAT_TTL - 1
    expect(seat.isTrusted()).toBe(true)
    time += 1
    expect(seat.isTrusted()).toBe(false)
    await seat.renew()
    expect(seat.isTrusted()).toBe(true)
    await seat.close()
    expect(seat.isTrusted()).toBe(false)
    await store.close()
  })
})

describe('a former leader', () => {
  async function deposed() {
    const scene = await processes('one', 'two')
    await scene.leader.store.commit([accepted(1)])
    await scene.expire()
    await scene.standby.seat.take()
    return scene
  }

  it('writes nothing, whatever it writes', async () => {
    const { leader, standby, close } = await deposed()
    await expect(leader.store.commit([accepted(2)])).rejects.toMatchObject(DEPOSED)
    await expect(leader.store.recover(START)).rejects.toMatchObject(DEPOSED)
    expect(leader.seat.isTrusted()).toBe(false)
    expect((await standby.store.recover(START)).queued.map(({ sequence }) => sequence)).toEqual([1])
    await standby.store.commit([failed(1)])
    await close()
  })

  it.each<[string, (leader: Process) => Promise<unknown>]>([
    ['a renewal', ({ seat }) => seat.renew()],
    ['a commit', ({ store }) => store.commit([accepted(2)])],
  ])('leaves the lock to its successor when it notices by %s', async (_, notice) => {
    const { url, leader, standby, close } = await deposed()
    await expect(notice(leader)).rejects.toMatchObject(DEPOSED)
    expect(await leader.seat.take()).toMatchObject({ isOurs: false })
    await holdsLock(url, standby)
    await close()
  })

  it('is told so although its commit noticed while a renewal was connecting', async () => {
    const direct = await server.newUrl()
    const proxy = await startTcpProxy(Number(new URL(direct).port))
    const { store } = openPostgresStore(direct, { name: 'one' })
    await store.bind(IDENTITY)
    const seat = new SeatSession(direct.replace(/:\d+\//, `:${proxy.port}/`), 'one')
    await seat.take()
    await cutAll(server)
    await expect(seat.renew()).rejects.toMatchObject({ failure: 'unavailable' })
    proxy.freeze()
    const renewal = seat.renew()
    seat.lose()
    proxy.thaw()
    await expect(renewal).rejects.toBeInstanceOf(StoreError)
    await seat.close()
    await store.close()
    await proxy.close()
  })

  it('reads what the leader writes', async () => {
    const { leader, standby, close } = await deposed()
    await standby.store.commit([failed(1)])
    expect(await leader.store.status(operationId(1))).toMatchObject({ state: { state: 'failed' } })
    await close()
  })

  it('leads again after its successor', async () => {
    const { leader, standby, close } = await deposed()
    await standby.store.close()
    expect(await leader.seat.take()).toMatchObject({ isOurs: true, epoch: 3 })
    await leader.store.commit([accepted(2)])
    await close()
  })
})

describe('a commit', () => {
  it('notices a server that has lost commits, and the seat can be taken again', async () => {
    const { url, leader, close } = await processes('one', 'two')
    await leader.store.commit([accepted(1)])
    await withClient(url, (query) => query('UPDATE seat SET commits = commits - 1'))
    await expect(leader.store.commit([accepted(2)])).rejects.toMatchObject(DEPOSED)
    expect(await leader.seat.take()).toMatchObject({ isOurs: true, epoch: 2 })
    await leader.store.commit([accepted(2)])
    await close()
  })

  it.each([
    {
      moment: 'before',
      stored: [],
      title: 'has not taken place if the connection broke before the server got COMMIT',
    },
    { moment: 'answer', stored: [1], title: 'has taken place if only the answer of the server was lost' },
  ] as const)('$title', async ({ moment, stored }) => {
    const direct = await server.newUrl()
    const proxy = await startTcpProxy(Number(new URL(direct).port))
    const { store, seat } = openPostgresStore(direct.replace(/:\d+\//, `:${proxy.port}/`), { name: 'one' })
    await seat.take()
    proxy.cutAt('COMMIT', moment)
    const outcome = await store.commit([accepted(1)]).then(
      () => [1],
      (error: unknown) => (error instanceof StoreError && error.retryable ? [] : error),
    )
    expect(outcome).toEqual(stored)
    await store.commit([accepted(2)])
    expect((await store.recover(START)).queued.map(({ sequence }) => sequence)).toEqual([...stored, 2])
    await store.close()
    await proxy.close()
  })
})
