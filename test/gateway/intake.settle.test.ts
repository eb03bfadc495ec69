/** What those are told who wait for admission when the actors that would have answered are gone, for now or for good. */
import { describe, expect, it } from 'vitest'
import type { OperationEvent } from '../../src/domain/events.ts'
import { Intake } from '../../src/gateway/intake.ts'
import { createIdleAccount } from '../../src/load/account.ts'
import { registryDomain } from '../../src/registry/worldId/typedData.ts'
import { seededRandom } from '../load/seededRandom.ts'

const random = seededRandom(3)
const A = '00000000-0000-4000-8000-00000000000a'
const B = '00000000-0000-4000-8000-00000000000b'

/** An intake whose submissions nobody answers. */
function setting() {
  const events: OperationEvent[] = []
  const intake = new Intake({
    capacity: 2,
    domain: registryDomain(31_337, `0x${'1'.repeat(40)}`),
    preflight: async () => ({ chainNonce: null }),
    ask: () => {},
    isOpen: () => true,
    publish: (event) => events.push(event),
    now: () => 5,
  })
  return { intake, events }
}

describe('Intake when the actors are gone', () => {
  it('takes what turns out to be stored, and refuses the rest as not stored', async () => {
    const { intake, events } = setting()
    const stored = intake.submit(createIdleAccount(random), A)
    const lost = intake.submit(createIdleAccount(random), B)
    await expect.poll(() => intake.waiting).toEqual([A, B])
    intake.settle(new Set([A]))
    await expect(stored).resolves.toEqual({ id: A, kind: 'create_account', state: { state: 'queued' } })
    await expect(lost).rejects.toMatchObject({
      code: 'batcher_unavailable',
      http: 503,
      retryAfter: expect.any(Number),
      message: 'The gateway is restarting; nothing was stored. Please try again.',
    })
    expect(events).toMatchObject([
      { type: 'operation.accepted', id: A },
      { type: 'operation.refused', code: 'batcher_unavailable' },
    ])
    expect(intake.waiting).toEqual([])
    expect(intake.pending).toBe(0)
  })

  it('has room again for who waited for it', async () => {
    const { intake } = setting()
    const first = [intake.submit(createIdleAccount(random), A), intake.submit(createIdleAccount(random), B)]
    await expect.poll(() => intake.waiting).toHaveLength(2)
    const next = intake.submit(createIdleAccount(random))
    intake.settle(new Set())
    await Promise.allSettled(first)
    await expect.poll(() => intake.waiting).toHaveLength(1)
    intake.settle(new Set(intake.waiting))
    await expect(next).resolves.toMatchObject({ kind: 'create_account' })
  })
})

describe('Intake when the gateway has ended', () => {
  it('tells those who still wait that it does not know what became of their operations', async () => {
    const { intake, events } = setting()
    const submissions = [
      intake.submit(createIdleAccount(random), A),
      intake.submit(createIdleAccount(random), B),
    ]
    await expect.poll(() => intake.waiting).toHaveLength(2)
    intake.close()
    for (const submission of submissions) {
      await expect(submission).rejects.toMatchObject({
        code: 'store_unavailable',
        http: 503,
        message: expect.stringContaining('Ask for its status later'),
      })
    }
    expect(events).toEqual([
      { type: 'operation.refused', kind: 'create_account', code: 'store_unavailable', at: 5 },
      { type: 'operation.refused', kind: 'create_account', code: 'store_unavailable', at: 5 },
    ])
    expect(intake.waiting).toEqual([])
    expect(intake.pending).toBe(0)
  })
})
