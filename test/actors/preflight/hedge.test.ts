import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { hedge } from '../../../src/actors/preflight/hedge.ts'
import { RefusedError } from '../../../src/domain/errors.ts'
import { type ChainClient, EndpointDownError } from '../../../src/rpc/chainClient.ts'
import { plainClient } from '../../support/node.ts'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

const [first, second, third] = [1, 2, 3].map((port) => plainClient(`http://127.0.0.1:${port}`)) as [
  ChainClient,
  ChainClient,
  ChainClient,
]

/** Endpoints in order of preference. `answer` settles the decision of an endpoint. */
function decision(clients: readonly ChainClient[], longest = 8_000) {
  const asked: ChainClient[] = []
  const answers = new Map<ChainClient, { resolve(value: string): void; reject(error: Error): void }>()
  const result = hedge<string>(
    (isAvoided) => clients.find((client) => !isAvoided(client)) ?? first,
    longest,
    (client) => {
      asked.push(client)
      return new Promise((resolve, reject) => answers.set(client, { resolve, reject }))
    },
  )
  result.catch(() => {})
  return { result, asked, answer: (client: ChainClient) => answers.get(client) }
}

describe('a decision', () => {
  it('asks one endpoint while the answer comes within a second', async () => {
    const { result, asked, answer } = decision([first, second])
    await vi.advanceTimersByTimeAsync(999)
    answer(first)?.resolve('yes')
    expect(await result).toBe('yes')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked).toEqual([first])
  })

  it('asks the next endpoint after each second, and takes the first result', async () => {
    const { result, asked, answer } = decision([first, second, third])
    await vi.advanceTimersByTimeAsync(1_000)
    expect(asked).toEqual([first, second])
    await vi.advanceTimersByTimeAsync(1_000)
    expect(asked).toEqual([first, second, third])
    answer(second)?.resolve('second')
    answer(first)?.resolve('first')
    expect(await result).toBe('second')
  })

  it('asks the next endpoint at once when an endpoint does not answer', async () => {
    const { result, asked, answer } = decision([first, second])
    answer(first)?.reject(new Error('timeout'))
    await vi.advanceTimersByTimeAsync(0)
    expect(asked).toEqual([first, second])
    answer(second)?.resolve('yes')
    expect(await result).toBe('yes')
  })

  it('ends with the first refusal', async () => {
    const { result, asked, answer } = decision([first, second])
    answer(first)?.reject(new RefusedError('pubkey_id_in_use'))
    await expect(result).rejects.toMatchObject({ code: 'pubkey_id_in_use' })
    expect(asked).toEqual([first])
  })

  it('is an outage when every endpoint fails, with the time until the next probe', async () => {
    const { result, answer } = decision([first, second])
    await vi.advanceTimersByTimeAsync(1_000)
    answer(second)?.reject(new Error('timeout'))
    answer(first)?.reject(new EndpointDownError('host', 'it is down', 4_100))
    await expect(result).rejects.toMatchObject({ code: 'chain_unavailable', http: 503, retryAfter: 5 })
  })

  it.each([800, 8_000, 240_000])(
    'is an outage after its longest time (%i ms) without an answer',
    async (longest) => {
      const { result } = decision([first, second], longest)
      let isOver = false
      result.catch(() => {
        isOver = true
      })
      await vi.advanceTimersByTimeAsync(longest - 1)
      expect(isOver).toBe(false)
      await vi.advanceTimersByTimeAsync(1)
      await expect(result).rejects.toMatchObject({ code: 'chain_unavailable', http: 503, retryAfter: 1 })
    },
  )

  it('asks no further endpoint after its end', async () => {
    const { result, asked, answer } = decision([first, second, third])
    await vi.advanceTimersByTimeAsync(1_000)
    answer(second)?.resolve('yes')
    expect(await result).toBe('yes')
    answer(first)?.reject(new Error('timeout'))
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked).toEqual([first, second])
  })
})
