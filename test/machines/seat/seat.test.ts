import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createActor, SimulatedClock, setup } from 'xstate'
import { SEAT_TTL, SeatLostError, type SeatReport } from '../../../src/domain/seat.ts'
import { ROOT } from '../../../src/machines/protocol.ts'
import { seatMachine } from '../../../src/machines/seat/seat.ts'
import { Deferred } from '../support/deferred.ts'

const ours: SeatReport = { isOurs: true, name: 'one', epoch: 3, since: 1_000 }
const others: SeatReport = { isOurs: false, name: 'two', epoch: 2, since: 500 }
const OUTAGE = new Error('the database does not answer')
const LOST = new SeatLostError('another process leads now')

/** A seat below a gateway that records what it is told. */
function seat({ isSole = false } = {}) {
  const clock = new SimulatedClock()
  const world = { settle: () => setImmediate() }
  const take = new Deferred<SeatReport>(world)
  const renew = new Deferred<void>(world)
  const told: string[] = []
  const emitted: { readonly type: string }[] = []
  const machine = seatMachine.provide({ actors: { takeSeat: take.logic, renewSeat: renew.logic } })
  const gateway = setup({ actors: { seat: machine } }).createMachine({
    invoke: { id: 'seat', src: 'seat', input: { isSole, now: () => clock.now() } },
    on: {
      'seat.*': {
        actions: ({ event }) => {
          told.push(event.type)
        },
      },
    },
  })
  const root = createActor(gateway, { systemId: ROOT, clock }).start()
  const actor = root.getSnapshot().children['seat']
  if (actor === undefined) throw new TypeError('the seat does not run')
  actor.on('*', (event: { readonly type: string }) => emitted.push(event))
  const want = () => actor.send({ type: 'seat.wanted' })
  const state = () => actor.getSnapshot().value
  const advance = (ms: number) => {
    clock.increment(ms)
    return setImmediate()
  }
  return { take, renew, told, emitted, want, state, advance, root }
}

async function held() {
  const scene = seat()
  scene.want()
  await scene.take.resolve(ours)
  return scene
}

describe('the seat of a store of one process', () => {
  it('is granted at once, and again after each restart', () => {
    const { told, want, take, state } = seat({ isSole: true })
    expect(told).toEqual([])
    want()
    want()
    expect([told, take.inputs.length, state()]).toEqual([['seat.taken', 'seat.taken'], 0, 'Permanent'])
  })
})

describe('the seat of a shared store', () => {
  it('is not taken before the gateway is ready to lead', async () => {
    const { take, advance, state } = seat()
    await advance(60_000)
    expect([take.inputs.length, state()]).toEqual([0, 'Idle'])
  })

  it('is asked for ten times a second while another process leads', async () => {
    const { take, told, emitted, want, advance } = seat()
    want()
    for (let count = 1; count <= 3; count += 1) {
      await take.resolve(others)
      await advance(99)
      expect(take.inputs.length).toBe(count)
      await advance(1)
      expect(take.inputs.length).toBe(count + 1)
    }
    expect(told).toEqual([])
    const { isOurs: _, ...leader } = others
    expect(emitted).toEqual([{ type: 'seat.observed', leader, at: 0 }])
  })

  it('is told to the gateway as soon as it is taken', async () => {
    const { told, emitted, state } = await held()
    expect([told, state()]).toEqual([['seat.taken'], { Holding: 'Resting' }])
    expect(emitted.map(({ type }) => type)).toEqual(['seat.taken'])
  })

  it('is renewed once a second', async () => {
    const { renew, advance, told } = await held()
    for (let count = 1; count <= 20; count += 1) {
      await advance(1_000)
      expect(renew.inputs.length).toBe(count)
      await renew.resolve()
    }
    expect(told).toEqual(['seat.taken'])
  })

  it('is lost when another process leads', async () => {
    const { renew, advance, told, emitted, state } = await held()
    await advance(1_000)
    await renew.reject(LOST)
    expect([told, state()]).toEqual([['seat.taken', 'seat.lost'], 'Idle'])
    expect(emitted.at(-1)).toMatchObject({ type: 'seat.lost', reason: String(LOST) })
  })

  it('outlasts an outage of the store shorter than its time to live, which is told once', async () => {
    const { renew, advance, told, emitted, state } = await held()
    for (let count = 1; count < SEAT_TTL / 1_000; count += 1) {
      await advance(1_000)
      await renew.reject(OUTAGE)
    }
    expect([told, state()]).toEqual([['seat.taken'], { Holding: 'Resting' }])
    expect(emitted.map(({ type }) => type)).toEqual(['seat.taken', 'seat.failing'])
  })

  it('is given up when no renewal has succeeded within its time to live', async () => {
    const { renew, advance, told, state } = await held()
    for (let count = 1; count <= SEAT_TTL / 1_000; count += 1) {
      await advance(1_000)
      await renew.reject(OUTAGE)
    }
    expect([told, state()]).toEqual([['seat.taken', 'seat.lost'], 'Idle'])
  })

  it('counts its time to live from the question, because the answer may be late', async () => {
    const { renew, advance, told } = await held()
    await advance(1_000)
    await advance(SEAT_TTL - 1)
    await renew.resolve()
    await advance(1_000)
    await renew.reject(OUTAGE)
    expect(told).toEqual(['seat.taken', 'seat.lost'])
  })

  it('is confirmed by the store before restarted actors lead again', async () => {
    const { renew, want, told } = await held()
    want()
    expect([told, renew.inputs.length]).toEqual([['seat.taken'], 1])
    await renew.resolve()
    expect(told).toEqual(['seat.taken', 'seat.taken'])
  })

  it('is taken anew when it was lost during a restart', async () => {
    const { renew, take, want, told, advance, state } = await held()
    want()
    await renew.reject(OUTAGE)
    expect(state()).toEqual({ Holding: { Confirming: 'Pausing' } })
    await advance(1_000)
    await renew.reject(LOST)
    expect(state()).toBe('Standing')
    await advance(100)
    await take.resolve({ ...ours, epoch: 5 })
    expect(told).toEqual(['seat.taken', 'seat.taken'])
  })
})
