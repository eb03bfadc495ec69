import { describe, expect, it } from 'vitest'
import type { EventObject } from 'xstate'
import { SeatLostError, type SeatReport } from '../../../src/domain/seat.ts'
import { ACTORS, ROOT } from '../../../src/machines/protocol.ts'
import { committed, type Defects, remembered, setting } from '../support/gateway.ts'

const ours: SeatReport = { isOurs: true, name: 'one', epoch: 3, since: 1_000 }
const others: SeatReport = { isOurs: false, name: 'two', epoch: 2, since: 500 }

const throwDefect = () => {
  throw new Error('a defect')
}

/** A gateway with a shared store, and its seat asked for. */
async function standing(defects: Defects = {}) {
  const system = setting(defects, 'postgres://database/gateway')
  await system.prepare.resolve()
  return system
}

async function leading(defects: Defects = {}) {
  const system = await standing(defects)
  await system.take.resolve(ours)
  await system.recover.resolve(remembered)
  return system
}

const running = ({ root }: { root: ReturnType<typeof setting>['root'] }) =>
  Object.keys(root.system.getAll()).sort()

describe('a gateway with a shared store', () => {
  it('stands by without an actor while another process leads', async () => {
    const system = await standing()
    await system.take.resolve(others)
    expect([system.state(), running(system)]).toEqual(['Standby', [ROOT, 'intake', 'seat']])
    expect(system.recover.inputs).toEqual([])
  })

  it('recovers the work of the store when it takes over', async () => {
    const system = await standing()
    await system.take.resolve(others)
    await system.advance(100)
    await system.take.resolve(ours)
    expect(system.state()).toBe('Recovering')
    await system.recover.resolve(remembered)
    expect([system.state(), running(system)]).toEqual(['Running', [ROOT, ...Object.values(ACTORS)].sort()])
  })

  it('stops all actors when it loses the seat, answers its callers, and stands by', async () => {
    const system = await leading()
    await system.advance(1_000)
    await system.renew.reject(new SeatLostError('another process leads now'))
    expect([system.value(), running(system)]).toEqual([{ Restarting: 'Settling' }, [ROOT, 'intake', 'seat']])
    await system.settle.resolve([])
    await system.advance(1_000)
    expect(system.state()).toBe('Standby')
    await system.take.resolve({ ...ours, epoch: 5 })
    await system.recover.resolve(remembered)
    expect(system.state()).toBe('Running')
    // The loss of a seat is no crash.
    expect(system.root.getSnapshot().context.crashes.last).toBeNull()
  })

  it('waits for the seat again when it is lost in a recovery', async () => {
    const system = await standing()
    await system.take.resolve(ours)
    await system.advance(1_000)
    await system.renew.reject(new SeatLostError('another process leads now'))
    expect(system.state()).toBe('Standby')
    await system.take.resolve(others)
    expect(system.state()).toBe('Standby')
  })

  it('confirms the seat before it recovers from a crash', async () => {
    const system = await leading({ wallet: { actions: { enqueueRequest: throwDefect } } })
    system.say('wallet', { type: 'signature.requested' })
    await system.settle.resolve([])
    await system.advance(1_000)
    expect([system.state(), system.recover.waiting, system.renew.waiting]).toEqual(['Standby', 0, 1])
    await system.renew.resolve()
    expect([system.state(), system.recover.waiting]).toEqual(['Recovering', 1])
  })

  it('does not wait for batches in flight at a stop: the next leader takes them over', async () => {
    const system = await leading()
    const writes = [{ type: 'pruned', before: 0 }]
    system.say('requestTracker', {
      type: 'record.requested',
      writes,
      reply: null,
      onFailure: 'retry',
    } as EventObject)
    system.drain()
    expect(system.state()).toBe('Flushing')
    await system.advance(10)
    await system.commit.resolve(committed)
    expect(system.state()).toBe('Stopped')
  })

  it('can be stopped while it stands by', async () => {
    const system = await standing()
    await system.take.resolve(others)
    system.drain()
    await system.settle.resolve([])
    expect(system.state()).toBe('Stopped')
  })
})
