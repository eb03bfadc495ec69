import { describe, expect, it } from 'vitest'
import type { SystemEvent } from '../../src/domain/events.ts'
import { ReadFailures } from '../../src/gateway/readFailures.ts'
import { type RequestStore, StoreError } from '../../src/store/port.ts'

function setting() {
  const published: SystemEvent[] = []
  const failures = new ReadFailures(
    (event) => published.push(event),
    () => 7,
  )
  let failure: StoreError | null = null
  const status = async () => {
    if (failure !== null) throw failure
    return null
  }
  const store = failures.watch({ status } as unknown as RequestStore)
  const read = (next: StoreError | null) => {
    failure = next
    return store.status('op-1').catch((error: unknown) => error)
  }
  return { failures, published, read }
}

const corrupt = new StoreError('corrupt', 'malformed')
const busy = new StoreError('unavailable', 'disk I/O error')

describe('a failing read', () => {
  it('reaches its caller, and is published each time and new only once for each cause', async () => {
    const { published, read } = setting()
    for (const error of [busy, busy, corrupt, busy]) expect(await read(error)).toBe(error)
    expect(published).toMatchObject([
      { type: 'store.readFailed', message: 'StoreError: disk I/O error', isNew: true, at: 7 },
      { message: 'StoreError: disk I/O error', isNew: false },
      { message: 'StoreError: malformed', isNew: true },
      { message: 'StoreError: disk I/O error', isNew: false },
    ])
  })

  it('is over with the next successful read', async () => {
    const { failures, read } = setting()
    await read(busy)
    expect(failures.message).toBe('StoreError: disk I/O error')
    await read(null)
    expect(failures.message).toBeNull()
  })

  it('on a damaged page is not over with a successful read of another page', async () => {
    const { failures, read } = setting()
    await read(corrupt)
    await read(null)
    expect(failures.message).toBe('StoreError: malformed')
  })

  it('of a closed store is not reported', async () => {
    const { failures, published, read } = setting()
    await read(new StoreError('closed', 'the store is closed'))
    expect(failures.message).toBeNull()
    expect(published).toEqual([])
  })
})
