/** What the intake refuses by itself: what comes too thick and fast, and what the wrong key has signed. */
import { describe, expect, it } from 'vitest'
import { Intake } from '../../src/gateway/intake.ts'
import { createAccount, createIdleAccount } from '../../src/load/account.ts'
import { createKey } from '../../src/load/key.ts'
import type { OperationSubmitted } from '../../src/machines/protocol.ts'
import { registryDomain } from '../../src/registry/worldId/typedData.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { nextChange, signedBy } from '../support/accounts.ts'

const random = seededRandom(4)
const domain = registryDomain(31_337, `0x${'1'.repeat(40)}`)

/** An intake that asks, and is not answered. */
function setting(capacity: number) {
  const asked: OperationSubmitted[] = []
  const intake = new Intake({
    capacity,
    domain,
    preflight: async () => ({ chainNonce: 0 }),
    ask: (event) => asked.push(event),
    isOpen: () => true,
    publish: () => {},
    now: () => 5,
  })
  return { intake, asked }
}

describe('Intake', () => {
  it('holds as many at a time as its capacity says, and refuses more for now', async () => {
    const { intake } = setting(2)
    const held = [1, 2].map(() => intake.trySubmit(createIdleAccount(random)))
    await expect(intake.trySubmit(createIdleAccount(random))).rejects.toMatchObject({
      code: 'batcher_unavailable',
      http: 503,
    })
    await expect.poll(() => intake.waiting).toHaveLength(2)
    intake.settle(new Set(intake.waiting))
    await Promise.all(held)
    expect(intake.pending).toBe(0)
  })

  it('takes an update from the authenticator that is replaced, and from nobody else', async () => {
    const { intake, asked } = setting(2)
    const account = { ...createAccount(1, random).account, leafIndex: '0x1' } as const
    const { operation } = nextChange(account, 'update_authenticator', { domain, random })
    await expect(intake.trySubmit(signedBy(createKey(random), operation, domain))).rejects.toMatchObject({
      code: 'bad_request',
      message: 'signature must be from the authenticator being replaced',
    })
    expect(asked).toEqual([])
    const taken = intake.trySubmit(operation)
    await expect.poll(() => asked).toHaveLength(1)
    intake.settle(new Set(intake.waiting))
    await expect(taken).resolves.toMatchObject({ kind: 'update_authenticator' })
  })
})
