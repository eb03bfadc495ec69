import { describe, expect, it } from 'vitest'
import { Callers } from '../../src/actors/answerCallers.ts'
import { UnavailableError } from '../../src/domain/errors.ts'
import type { OperationEvent } from '../../src/domain/events.ts'
import { intakeEntrance } from '../../src/gateway/entrances.ts'
import { Submissions } from '../../src/gateway/submissions.ts'
import { createAccount, createIdleAccount } from '../../src/load/account.ts'
import { createKey } from '../../src/load/key.ts'
import type { OperationSubmitted, Refusal } from '../../src/machines/protocol.ts'
import { registryDomain } from '../../src/registry/worldId/typedData.ts'
import { worldIdV1 } from '../../src/registry/worldId/worldId.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { nextChange, signedBy } from '../support/accounts.ts'

const random = seededRandom(4)
const domain = registryDomain(31_337, `0x${'1'.repeat(40)}`)

/** Submissions to an intake answered by the test. */
function setting(isOpen = true, limit: Refusal | null = null) {
  const sent: OperationSubmitted[] = []
  const events: OperationEvent[] = []
  const callers = new Callers()
  const intake = intakeEntrance({ callers, send: (event) => sent.push(event), limitRefusal: () => limit })
  const submissions = new Submissions({
    ...{ capacity: 2, domain },
    registry: () => worldIdV1,
    entrance: () => (isOpen ? intake : null),
    preflight: async () => ({ chainNonce: 0 }),
    publish: (event) => events.push(event),
    now: () => 5,
  })
  const sends = (count: number) => expect.poll(() => sent).toHaveLength(count)
  /** The intake accepts all operations sent so far. */
  const accept = () => {
    for (const { envelope } of sent.splice(0)) callers.answer(envelope.id, null)
  }
  return { submissions, callers, sent, sends, accept, events }
}

describe('a submission', () => {
  it('resolves when the intake accepts the operation', async () => {
    const { submissions, sends, accept } = setting()
    const operation = createIdleAccount(random)
    const accepted = submissions.submit(operation, 'id-1')
    await sends(1)
    accept()
    await expect(accepted).resolves.toEqual({
      id: 'id-1',
      kind: 'create_account',
      state: { state: 'queued' },
    })
    expect(submissions.pending).toBe(0)
  })

  it('rejects with the refusal of the intake, and publishes no second event', async () => {
    const { submissions, callers, sends, events } = setting()
    const refused = submissions.submit(createIdleAccount(random), 'id-1')
    await sends(1)
    callers.answer('id-1', new UnavailableError('store_unavailable', 'disk full'))
    await expect(refused).rejects.toMatchObject({ code: 'store_unavailable', message: 'disk full' })
    expect(events).toEqual([])
    expect(submissions.pending).toBe(0)
  })

  it('is refused while no operation is admitted, and does not reach the intake', async () => {
    const { submissions, sent, events } = setting(false)
    await expect(submissions.submit(createIdleAccount(random))).rejects.toMatchObject({
      code: 'batcher_unavailable',
      http: 503,
      retryAfter: 5,
    })
    expect(sent).toEqual([])
    expect(events).toMatchObject([{ type: 'operation.refused', code: 'batcher_unavailable' }])
  })

  it('is refused at once when the capacity is used up, if the caller does not wait', async () => {
    const { submissions, sends, accept, events } = setting()
    const held = [1, 2].map(() => submissions.trySubmit(createIdleAccount(random)))
    await expect(submissions.trySubmit(createIdleAccount(random))).rejects.toMatchObject({
      code: 'batcher_unavailable',
      http: 503,
    })
    expect(events).toMatchObject([{ type: 'operation.refused', code: 'batcher_unavailable' }])
    await sends(2)
    accept()
    await Promise.all(held)
    expect(submissions.pending).toBe(0)
  })

  it('waits for room when the capacity is used up', async () => {
    const { submissions, sends, accept } = setting()
    const held = [1, 2].map(() => submissions.submit(createIdleAccount(random)))
    await sends(2)
    const next = submissions.submit(createIdleAccount(random))
    accept()
    await Promise.all(held)
    await sends(1)
    accept()
    await expect(next).resolves.toMatchObject({ kind: 'create_account' })
  })

  it('over a limit is refused before any call to the chain', async () => {
    const limit = { code: 'rate_limit_exceeded', message: 'too many' } as const
    const { submissions, sent, events } = setting(true, limit)
    await expect(submissions.trySubmit(createIdleAccount(random))).rejects.toMatchObject({
      ...limit,
      http: 429,
      retryAfter: 5,
    })
    expect(sent).toEqual([])
    expect(events).toMatchObject([{ type: 'operation.refused', code: 'rate_limit_exceeded' }])
  })

  it('carries its client to the intake', async () => {
    const { submissions, sent, sends } = setting()
    submissions.trySubmit(createIdleAccount(random), 'id-1', '192.0.2.7').catch(() => {})
    submissions.trySubmit(createIdleAccount(random), 'id-2').catch(() => {})
    await sends(2)
    expect(sent.map(({ envelope }) => envelope.client)).toEqual(['192.0.2.7', null])
  })

  it('of an update is refused without the signature of the replaced authenticator', async () => {
    const { submissions, sent, sends, accept, events } = setting()
    const account = { ...createAccount(1, random).account, leafIndex: '0x1' } as const
    const { operation } = nextChange(account, 'update_authenticator', { domain, random })
    const forged = signedBy(createKey(random), operation, domain)
    await expect(submissions.trySubmit(forged)).rejects.toMatchObject({
      code: 'bad_request',
      message: 'signature must be from the authenticator being replaced',
    })
    expect(sent).toEqual([])
    expect(events).toMatchObject([{ type: 'operation.refused', code: 'bad_request' }])
    const accepted = submissions.trySubmit(operation)
    await sends(1)
    accept()
    await expect(accepted).resolves.toMatchObject({ kind: 'update_authenticator' })
  })
})
