import { RpcRequestError } from 'viem'
import { describe, expect, it } from 'vitest'
import { effectFailed, effectSucceeded, noFailures, reasonOf } from '../../src/machines/failingEffects.ts'

const STALL = 30_000
const run = (at: number) => ({ actor: 'wallet', batchId: null, effect: 'readAccount', at })

describe('failing effects of an actor', () => {
  it('keep the time of the first failure and the words of the last', () => {
    const first = effectFailed(noFailures, run(1_000), 'timeout', STALL)
    const second = effectFailed(first.failing, run(2_000), 'HTTP 502', STALL)

    expect(second.event).toBeNull()
    expect(second.failing).toEqual({
      readAccount: { reason: 'HTTP 502', since: 1_000, isPersistent: false },
    })
  })

  it('are published once, at the first failure after the stall timeout', () => {
    const before = effectFailed(noFailures, run(0), 'timeout', STALL).failing
    const almost = effectFailed(before, run(STALL - 1), 'timeout', STALL)
    const persistent = effectFailed(almost.failing, run(STALL), 'timeout', STALL)
    const later = effectFailed(persistent.failing, run(STALL + 1), 'timeout', STALL)

    expect(almost.event).toBeNull()
    expect(persistent.event).toEqual({
      type: 'failure.persisted',
      ...run(STALL),
      reason: 'timeout',
      since: 0,
    })
    expect(later.event).toBeNull()
  })

  it('end with a success, and only a published failure publishes its end', () => {
    const short = effectFailed(noFailures, run(0), 'timeout', STALL).failing
    expect(effectSucceeded(short, run(5))).toEqual({ failing: {}, event: null })

    const long = effectFailed(short, run(STALL), 'timeout', STALL).failing
    expect(effectSucceeded(long, run(STALL + 5))).toEqual({
      failing: {},
      event: { type: 'failure.ended', ...run(STALL + 5), since: 0 },
    })
  })

  it('count from the first failure after a success', () => {
    const failed = effectFailed(noFailures, run(0), 'timeout', STALL).failing
    const { failing } = effectSucceeded(failed, run(10))
    expect(effectFailed(failing, run(STALL), 'timeout', STALL).event).toBeNull()
  })

  it('are independent of each other', () => {
    const broadcast = { ...run(0), effect: 'broadcast' }
    const both = effectFailed(effectFailed(noFailures, run(0), 'a', STALL).failing, broadcast, 'b', STALL)
    expect(effectSucceeded(both.failing, broadcast).failing).toEqual({
      readAccount: { reason: 'a', since: 0, isPersistent: false },
    })
  })
})

describe('the reason of a failure', () => {
  it('is the words of the node, not the message of viem with the whole call', () => {
    const error = new RpcRequestError({
      body: { method: 'eth_call', params: ['0x00'] },
      url: 'http://node',
      error: { code: -32000, message: 'execution aborted (timeout = 5s)' },
    })
    expect(reasonOf(error)).toBe('execution aborted (timeout = 5s)')
  })

  it('is the first line of any other error', () => {
    expect(reasonOf(new Error('disk full\nstack'))).toBe('disk full')
    expect(reasonOf('no connection')).toBe('no connection')
  })
})
