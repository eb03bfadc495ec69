import { afterEach, describe, expect, it } from 'vitest'
import type { SystemEvent } from '../../src/domain/events.ts'
import { connectEndpoints, type Endpoints } from '../../src/rpc/endpoints.ts'
import type { RpcCall } from '../../src/rpc/rpcLink.ts'

let endpoints: Endpoints | null = null

afterEach(() => endpoints?.close())

/** Endpoints whose links answer in the process. The URLs of `down` do not answer. */
async function connect(
  urls: readonly string[],
  sendOnlyRpcUrls: readonly string[],
  down: readonly string[] = [],
) {
  const calls: string[] = []
  const closed: string[] = []
  const events: SystemEvent[] = []
  const open = (url: string, name: string) => ({
    async request({ method }: RpcCall) {
      calls.push(`${name} ${method}`)
      if (down.includes(url)) throw new Error('no connection')
      return method === 'eth_chainId' ? '0x1' : '0xhash'
    },
    subscribe: null,
    close: () => void closed.push(name),
  })
  const config = {
    rpcUrls: urls,
    sendOnlyRpcUrls,
    rpcTimeout: 1_000,
    simulationTimeout: 1_000,
    rpcConcurrency: 8,
  }
  endpoints = await connectEndpoints(
    config,
    (event) => events.push(event),
    () => 0,
    open,
  )
  return { endpoints, calls, closed, events }
}

describe('the receivers of signed transactions', () => {
  it('are the endpoints that are up and the send-only endpoints', async () => {
    const { endpoints: all } = await connect(['http://a', 'http://b', 'http://c'], ['http://s'], ['http://b'])
    expect(all.senders().map(({ name }) => name)).toEqual(['a', 'c', 's'])
  })

  it('get the bytes, and a send-only endpoint gets nothing else', async () => {
    const { endpoints: all, calls, events } = await connect(['http://a'], ['http://s'])
    await Promise.all(all.senders().map((sender) => sender.send('0x02')))
    expect(calls.filter((call) => call.startsWith('s '))).toEqual(['s eth_sendRawTransaction'])
    expect(calls).toContain('a eth_sendRawTransaction')
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'rpc.called', endpoint: 's', outcome: 'ok' }),
    )
  })

  it('report the failure of a send-only endpoint, which is tried again at the next broadcast', async () => {
    const { endpoints: all, calls, events } = await connect(['http://a'], ['http://s'], ['http://s'])
    for (let times = 0; times < 2; times += 1) {
      await expect(all.senders().at(-1)?.send('0x02')).rejects.toThrow('no connection')
    }
    expect(calls.filter((call) => call.startsWith('s '))).toHaveLength(2)
    expect(events).toContainEqual(expect.objectContaining({ endpoint: 's', outcome: 'unavailable' }))
  })

  it('are closed together', async () => {
    const { endpoints: all, closed } = await connect(['http://a'], ['http://s'])
    all.close()
    expect(closed).toEqual(['a', 's'])
  })
})
