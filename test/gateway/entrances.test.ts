/** Admission through the store of several processes. */
import { describe, expect, it } from 'vitest'
import type { GatewayErrorCode } from '../../src/domain/errors.ts'
import type { OperationEvent } from '../../src/domain/events.ts'
import { storeEntrance } from '../../src/gateway/entrances.ts'
import type { AdmissionLimits } from '../../src/machines/nonceTracker/limits.ts'
import { type AdmissionStore, StoreError } from '../../src/store/port.ts'
import { envelope, operationId } from '../store/fixtures.ts'

const { sequence: _, ...first } = envelope(1)
const submission = { type: 'operation.submitted', envelope: first, chainNonce: 0 } as const

function setting(answers: Partial<AdmissionStore> = {}, limits: Partial<AdmissionLimits> = {}) {
  const events: OperationEvent[] = []
  let time = 0
  let counts = 0
  const entrance = storeEntrance({
    admissions: {
      admit: async () => {},
      holder: async () => null,
      arrivals: async () => [],
      predecessors: async () => [],
      waitingOf: async () => 0,
      waitingByClient: async () => {
        counts += 1
        return new Map([['192.0.2.1', 2]])
      },
      ...answers,
    },
    limits: { queueCapacity: 3, maxPerAccount: 2, futureNonces: 'queue', ...limits },
    publish: (event) => events.push(event),
    now: () => time,
  })
  const pass = (ms: number) => {
    time += ms
  }
  return { entrance, events, pass, counts: () => counts }
}

const codes = (events: readonly OperationEvent[]): readonly (GatewayErrorCode | string)[] =>
  events.map((event) => ('code' in event ? event.code : event.type))

describe('an operation at a process that does not lead', () => {
  it('is accepted when it is stored', async () => {
    const { entrance, events } = setting()
    await entrance.admit(submission)
    expect(codes(events)).toEqual(['operation.accepted'])
  })

  it('is refused as a duplicate, and the operation in flight is named', async () => {
    const { entrance, events } = setting({
      admit: () => Promise.reject(new StoreError('duplicate', 'taken')),
      holder: async () => operationId(9),
    })
    await expect(entrance.admit(submission)).rejects.toMatchObject({
      code: 'duplicate_request_in_flight',
      duplicateOf: operationId(9),
    })
    expect(codes(events)).toEqual(['duplicate_request_in_flight'])
  })

  it('waits for the account’s operation in flight with FUTURE_NONCES=refuse', async () => {
    const one = { predecessors: async () => [operationId(9)] }
    const { entrance } = setting(one, { futureNonces: 'refuse' })
    await expect(entrance.admit(submission)).rejects.toMatchObject({ duplicateOf: operationId(9) })
    await setting(one).entrance.admit(submission)
  })

  it('meets an outage of the store as 503, and may be sent again', async () => {
    const { entrance, events } = setting({
      admit: () => Promise.reject(new StoreError('unavailable', 'away')),
    })
    await expect(entrance.admit(submission)).rejects.toMatchObject({ code: 'store_unavailable', http: 503 })
    expect(codes(events)).toEqual(['store_unavailable'])
  })
})

describe('the limits at a process that does not lead', () => {
  const applicant = { lane: { leaf: '7' }, client: '192.0.2.1' }

  it('refuse one operation too many of an account', async () => {
    const { entrance } = setting({ waitingOf: async () => 2 })
    expect(await entrance.limitRefusal(applicant)).toMatchObject({ code: 'rate_limit_exceeded' })
  })

  it('refuse a client that holds its share of the queue', async () => {
    const { entrance } = setting({}, { queueCapacity: 2 })
    expect(await entrance.limitRefusal(applicant)).toMatchObject({ code: 'batcher_unavailable' })
  })

  it('count the queue once a second', async () => {
    const { entrance, pass, counts } = setting()
    for (let call = 0; call < 3; call += 1) expect(await entrance.limitRefusal(applicant)).toBeNull()
    expect(counts()).toBe(1)
    pass(1_000)
    await entrance.limitRefusal(applicant)
    expect(counts()).toBe(2)
  })

  it('count again at once after a failed count', async () => {
    let isAway = true
    const { entrance } = setting({
      waitingByClient: async () => {
        if (isAway) throw new StoreError('unavailable', 'away')
        return new Map()
      },
    })
    await expect(entrance.limitRefusal(applicant)).rejects.toMatchObject({ code: 'store_unavailable' })
    isAway = false
    expect(await entrance.limitRefusal(applicant)).toBeNull()
  })
})
