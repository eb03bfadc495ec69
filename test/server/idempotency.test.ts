/** Repetitions of a request with an Idempotency-Key. */
import { describe, expect, it } from 'vitest'
import { RefusedError, UnavailableError } from '../../src/domain/errors.ts'
import type { OpsBatcherHandle } from '../../src/domain/handle.ts'
import type { OperationId } from '../../src/domain/operation.ts'
import { createIdleAccount } from '../../src/load/account.ts'
import type { WorldIdOperation } from '../../src/registry/worldId/operations.ts'
import { IdempotentSubmissions, readKey } from '../../src/server/idempotency.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { envelope } from '../store/fixtures.ts'
import { UUID } from './api.ts'

type Detail = NonNullable<Awaited<ReturnType<OpsBatcherHandle['operation']>>>

const random = seededRandom(16)
const operation = createIdleAccount(random)
const other = createIdleAccount(random)

/** Submissions to a gateway in memory. `fault` is thrown after or instead of storing. */
function setting() {
  const stored = new Map<OperationId, Detail>()
  let fault: { readonly error: Error; readonly isStored: boolean } | null = null
  let submissions = 0
  const gateway: Pick<OpsBatcherHandle, 'trySubmit' | 'operation'> = {
    async trySubmit(submitted, id = 'none') {
      submissions += 1
      await new Promise(setImmediate)
      const { error, isStored } = fault ?? { error: null, isStored: true }
      fault = null
      if (isStored) store(id, submitted as WorldIdOperation)
      if (error !== null) throw error
      return { id, kind: submitted.kind, state: { state: 'queued' } }
    },
    operation: async (id) => stored.get(id) ?? null,
  }
  const store = (id: OperationId, submitted: WorldIdOperation) => {
    stored.set(id, {
      envelope: {
        ...envelope(3),
        id,
        kind: submitted.kind,
        operation: JSON.parse(JSON.stringify(submitted)),
      },
      state: { state: 'submitted', txHash: '0x01' },
      status: null,
      cost: null,
      updatedAt: 0,
      batch: null,
      attempts: [],
    })
  }
  const fail = (error: Error, isStored: boolean) => {
    fault = { error, isStored }
  }
  return { keyed: new IdempotentSubmissions(gateway), gateway, fail, submissions: () => submissions }
}

describe('a request with a key', () => {
  it('gets an id that a repetition gets again, with the same answer', async () => {
    const { keyed, submissions } = setting()
    const first = await keyed.submit('key', operation, null)
    expect(first).toMatchObject({ id: expect.stringMatching(UUID), state: { state: 'queued' } })
    expect(await keyed.submit('key', operation, 'another client')).toEqual(first)
    expect(submissions()).toBe(1)
  })

  it('gets another id for another key, and for another kind', async () => {
    const { keyed } = setting()
    const kinds = { ...operation, kind: 'other' }
    const answers = [
      await keyed.submit('one', operation, null),
      await keyed.submit('two', operation, null),
      await keyed.submit('one', kinds, null),
    ]
    expect(new Set(answers.map(({ id }) => id)).size).toBe(3)
  })

  it('shares the answer with a repetition at the same time', async () => {
    const { keyed, submissions } = setting()
    const [one, two] = await Promise.all([
      keyed.submit('key', operation, null),
      keyed.submit('key', operation, null),
    ])
    expect(one).toEqual(two)
    expect(submissions()).toBe(1)
  })

  it('is refused if the first request had another body, stored or in progress', async () => {
    const { keyed } = setting()
    const first = keyed.submit('key', operation, null)
    const reused = { code: 'idempotency_key_reused', http: 422 }
    await expect(keyed.submit('key', other, null)).rejects.toMatchObject(reused)
    await first
    await expect(keyed.submit('key', other, null)).rejects.toMatchObject(reused)
  })

  it('gets the answer although that of the first request was lost', async () => {
    const { keyed, fail } = setting()
    fail(new UnavailableError('request_timeout', 'too late'), true)
    const { id } = await keyed.submit('key', operation, null)
    expect((await keyed.submit('key', operation, null)).id).toBe(id)
  })

  it('gets the answer of another process that stored it meanwhile', async () => {
    const { keyed, gateway, fail } = setting()
    const here = new IdempotentSubmissions(gateway)
    const [one, two] = await Promise.all([
      keyed.submit('key', operation, null),
      (() => {
        fail(new RefusedError('duplicate_request_in_flight'), true)
        return here.submit('key', operation, null)
      })(),
    ])
    expect(one).toEqual(two)
  })

  it('keeps its key if the first request was refused or met an outage', async () => {
    const { keyed, fail } = setting()
    fail(new RefusedError('bad_request', 'no'), false)
    await expect(keyed.submit('key', operation, null)).rejects.toMatchObject({ code: 'bad_request' })
    fail(new UnavailableError('chain_unavailable', 'away'), false)
    await expect(keyed.submit('key', operation, null)).rejects.toMatchObject({ code: 'chain_unavailable' })
    expect((await keyed.submit('key', other, null)).state).toEqual({ state: 'queued' })
  })
})

describe('a key', () => {
  it.each([
    ['"7c4a8d09-ca37"', '7c4a8d09-ca37'],
    ['7c4a8d09-ca37', '7c4a8d09-ca37'],
    ['"with space"', 'with space'],
    [`"${'x'.repeat(255)}"`, 'x'.repeat(255)],
  ])('may be %s', (header, key) => expect(readKey(header)).toBe(key))

  it.each(['', '""', 'with space', '"unclosed', 'quo"te', '"back\\slash"', 'ünicode', 'x'.repeat(256)])(
    'may not be %j',
    (header) =>
      expect(() => readKey(header)).toThrow(expect.objectContaining({ code: 'invalid_idempotency_key' })),
  )
})
