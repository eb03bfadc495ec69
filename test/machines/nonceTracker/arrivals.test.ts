/** Operations that other processes have stored. */
import { describe, expect, it } from 'vitest'
import type { Arrival } from '../../../src/domain/arrival.ts'
import type { QueuedOperation } from '../../../src/domain/operation.ts'
import type { OperationsReady, RecordRequested } from '../../../src/machines/protocol.ts'
import { envelope, inLane, op } from '../support/samples.ts'
import { fifth, finalized, fourth, setting, third } from '../support/tracker.ts'

/** A nonceTracker, and a function that reports arrivals. */
function watching(known: Parameters<typeof setting>[0] = {}) {
  const all = setting(known)
  const arrive = (chainNonce: number | null, ...operations: readonly QueuedOperation[]) => {
    const arrivals = operations.map((operation): Arrival => {
      return { envelope: envelope(operation), chainNonce }
    })
    all.tracker.send({ type: 'operations.arrived', arrivals })
  }
  const records = () => all.stage.received<RecordRequested>('requestTracker', 'record.requested')
  const ready = () =>
    all.stage
      .received<OperationsReady>('opsBatcher', 'operations.ready')
      .flatMap(({ operations }) => operations.map(({ id }) => id))
  return { ...all, arrive, records, ready }
}

describe('an operation that has arrived', () => {
  it('gets the next number, and is ready when the number is stored', () => {
    const { arrive, records, ready, record } = watching({ nextSequence: 7 })
    arrive(3, third)
    expect(records()).toMatchObject([
      {
        writes: [{ type: 'operation.accepted', hasArrived: true, envelope: { id: third.id, sequence: 7 } }],
        onFailure: 'retry',
      },
    ])
    expect(ready()).toEqual([])
    record(third)
    expect(ready()).toEqual([third.id])
  })

  it('waits for the earlier nonces of its lane, in any order of arrival', () => {
    const { arrive, ready, record } = watching()
    arrive(3, fifth, fourth)
    for (const operation of [fifth, fourth]) record(operation)
    expect(ready()).toEqual([])
    arrive(3, third)
    record(third)
    expect(ready()).toEqual([third.id, fourth.id, fifth.id])
  })

  it('is admitted beyond the limits: it was acknowledged', () => {
    const limits = { queueCapacity: 1, maxPerAccount: 1, futureNonces: 'queue' } as const
    const { arrive, ready, record } = watching({ limits })
    arrive(3, third, fourth)
    for (const operation of [third, fourth]) record(operation)
    expect(ready()).toEqual([third.id, fourth.id])
  })

  it('fails if the nonce was used meanwhile', () => {
    const { arrive, records, admitAll, settle, stage } = watching()
    admitAll([third, fourth], 3)
    settle([third, finalized])
    stage.clear()
    arrive(3, inLane(9, 'a', 3))
    expect(records()).toMatchObject([
      {
        writes: [
          { type: 'operation.accepted', hasArrived: true },
          { type: 'operation.failed', id: 'op-9', reason: { type: 'NonceTooLow', expected: 4 } },
        ],
        events: [{ type: 'operation.settled', id: 'op-9' }],
      },
    ])
  })

  it('fails if an operation that a reorg brought back holds its position or its claim', () => {
    const create = op(7, { claims: ['0x7'] })
    const { arrive, records, revive, stage } = watching()
    revive(third, create)
    stage.clear()
    arrive(3, inLane(8, 'a', 3), op(9, { claims: ['0x7'] }))
    const failures = records().map(({ writes }) => writes.at(-1))
    const reason = {
      type: 'Unknown',
      message: 'an operation that a reorg brought back has the same nonce or address',
    }
    expect(failures).toMatchObject([
      { type: 'operation.failed', id: 'op-8', reason },
      { type: 'operation.failed', id: 'op-9', reason },
    ])
  })
})

it('refuses as a duplicate an operation that another process has stored first', () => {
  const { submit, tracker, stage } = setting()
  submit(third, 3)
  stage.clear()
  tracker.send({ type: 'record.failed', token: third.id, message: 'taken', isDuplicate: true })
  expect(stage.receivedBy('intake')).toEqual([
    {
      type: 'admission.refused',
      id: third.id,
      refusal: { code: 'duplicate_request_in_flight', message: 'duplicate_request_in_flight' },
    },
  ])
})
