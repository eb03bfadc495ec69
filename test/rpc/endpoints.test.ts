import { parseEther } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { readAccount } from '../../src/actors/readAccount.ts'
import { readInclusion } from '../../src/actors/readInclusion.ts'
import type { SystemEvent } from '../../src/domain/events.ts'
import { type ChainClient, EndpointDownError, isUnavailable } from '../../src/rpc/chainClient.ts'
import { connectEndpoints, type Endpoints } from '../../src/rpc/endpoints.ts'
import { eventually } from '../support/eventually.ts'
import { startNode, type TestNode } from '../support/node.ts'
import { reservePort } from '../support/reservedPort.ts'
import { methodsOf, type RpcProxy, startRpcProxy } from '../support/rpcProxy.ts'
import { runActor } from '../support/runActor.ts'

let node: TestNode
/** A node with an equal chain id and two more blocks. */
let ahead: TestNode
let foreign: TestNode

const open: { close(): unknown }[] = []

beforeAll(async () => {
  ;[node, ahead, foreign] = await Promise.all([startNode(), startNode(), startNode({ chainId: 5 })])
  await ahead.client.mine({ blocks: 2 })
})

afterAll(() => Promise.all([node.stop(), ahead.stop(), foreign.stop()]))

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()))
})

async function proxyOf({ rpcUrl }: Pick<TestNode, 'rpcUrl'>, port?: number): Promise<RpcProxy> {
  const proxy = await startRpcProxy(rpcUrl, port)
  open.push(proxy)
  return proxy
}

interface Pool {
  readonly endpoints: Endpoints
  /** Reported changes of endpoints: `host State`. */
  readonly changes: string[]
  readonly events: SystemEvent[]
  /** Moves the pool's time. */
  advance(ms: number): void
}

async function connect(urls: readonly string[], rpcConcurrency = 8): Promise<Pool> {
  let at = 1_000_000
  const changes: string[] = []
  const events: SystemEvent[] = []
  const config = { rpcUrls: urls, rpcTimeout: 120_000, simulationTimeout: 120_000, rpcConcurrency }
  const endpoints = await connectEndpoints(
    config,
    (event) => {
      events.push(event)
      if (event.type === 'endpoint.changed') changes.push(`${event.endpoint} ${event.state}`)
    },
    () => at,
  )
  open.push(endpoints)
  return {
    endpoints,
    changes,
    events,
    advance(ms) {
      at += ms
    },
  }
}

const hostOf = (url: string) => new URL(url).host

/** The states of the endpoints, in the order of the URLs. */
const statesOf = ({ endpoints }: Pool) => endpoints.view().map(({ state }) => state)

/** Resolves when the endpoints have these states. */
function settled(pool: Pool, ...states: readonly string[]): Promise<readonly string[]> {
  const ask = async () => {
    pool.endpoints.pin()
    return statesOf(pool)
  }
  return eventually('the endpoints', ask, (found) => String(found) === String(states))
}

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => null,
    (error: unknown) => error,
  )
}

/** Whether a call has failed because the endpoint did not answer. */
const isOutage = (failure: unknown) => failure !== null && isUnavailable(failure)

const blockNumber = (client: Pick<ChainClient, 'getBlockNumber'>) => client.getBlockNumber({ cacheTime: 0 })
/** A call that viem does not deduplicate. */
const gasPrice = (client: ChainClient) => client.getGasPrice()

describe('the reads of one decision', () => {
  it('use a single endpoint, even when the endpoint goes down between two reads', async () => {
    const [first, second] = [await proxyOf(node), await proxyOf(ahead)]
    const pool = await connect([first.url, second.url])
    const { endpoints } = pool
    const { address } = ahead.client.account
    const { transactionHash: hash } = await ahead.client.sendTransactionSync({ to: address, value: 1n })

    // The second endpoint differs: one more block, a consumed nonce, a receipt.
    const account = readAccount({ endpoints, now: () => 7 })
    const inclusion = readInclusion({ endpoints, wallet: address })
    const reading = await runActor(account, { address, blockNumber: null })
    expect(reading).toMatchObject({ chainNonce: 0, blockNumber: 0 })
    const question = { hashes: [hash], nonce: 0, settledBlock: 0 }
    const before = await runActor(inclusion, question)
    expect(before).toEqual({ inclusion: null, consumedBy: null, blockNumber: 0 })
    expect(methodsOf(second)).toEqual(['eth_chainId'])

    // The first endpoint goes down during a decision: the decision fails, and no call goes to the second endpoint.
    const hold = first.hold('eth_getBalance', 'request')
    const client = endpoints.pin()
    const halfway = failureOf(runActor(account, { address, blockNumber: 0 }))
    await hold.reached
    await first.close()
    expect(isOutage(await halfway)).toBe(true)
    expect(isOutage(await failureOf(blockNumber(client)))).toBe(true)
    expect(methodsOf(second)).toEqual(['eth_chainId'])

    // The next decision uses the second endpoint alone.
    const after = await runActor(inclusion, question)
    expect(after).toMatchObject({ inclusion: { txHash: hash, blockNumber: 3 }, blockNumber: 3 })
  })

  it('come from one chain: a start with endpoints of different chains fails', async () => {
    const [one, other] = [await proxyOf(node), await proxyOf(foreign)]
    await expect(connect([one.url, other.url])).rejects.toThrow(
      `The endpoints of RPC_URL belong to different chains: ${hostOf(one.url)} has chain id 31337, ${hostOf(other.url)} has chain id 5.`,
    )
  })

  it('never use an endpoint later found to belong to a foreign chain', async () => {
    const late = await proxyOf(foreign)
    const heal = late.impose(() => ({ status: 503 }))
    const pool = await connect([late.url, node.rpcUrl])
    expect(statesOf(pool)).toEqual(['Down', 'Up'])
    heal()
    pool.advance(1_000)
    await settled(pool, 'Foreign', 'Up')
    expect(pool.endpoints.view()[0]?.message).toBe('wrong chain: 5 instead of 31337')
    expect(pool.changes.filter((change) => change.endsWith('Foreign'))).toHaveLength(1)
    pool.advance(100_000)
    await eventually(
      'another probe',
      async () => pool.endpoints.pin() && methodsOf(late).length,
      (calls) => calls >= 3,
    )
    expect(await pool.endpoints.pin().getChainId()).toBe(31_337)
    expect(new Set(methodsOf(late))).toEqual(new Set(['eth_chainId']))
    expect(pool.changes.filter((change) => change.endsWith('Foreign'))).toHaveLength(1)
  })
})

describe('an answer rejected by the caller', () => {
  it('does not bring the endpoint down, for any refusal of a real node', async () => {
    const proxy = await proxyOf(node)
    const pool = await connect([proxy.url, ahead.rpcUrl])
    const client = pool.endpoints.pin()
    const { account } = node.client
    await node.client.setAutomine(false)
    const sign = (nonce: number, gwei: bigint) =>
      account.signTransaction({
        chainId: 31_337,
        type: 'eip1559',
        nonce,
        to: account.address,
        gas: 21_000n,
        maxFeePerGas: gwei * 1_000_000_000n,
        maxPriorityFeePerGas: gwei * 1_000_000_000n,
      })
    const send = async (nonce: number, gwei: bigint) =>
      client.sendRawTransaction({ serializedTransaction: await sign(nonce, gwei) })
    await send(0, 10n)
    const failures = [
      await failureOf(send(0, 10n)),
      await failureOf(send(0, 9n)),
      await failureOf(client.estimateGas({ account, data: '0xfe' })),
      await failureOf(client.call({ account, value: parseEther('1000000'), to: account.address })),
    ]
    await node.client.mine({ blocks: 1 })
    await node.client.setAutomine(true)
    failures.push(await failureOf(send(0, 20n)))
    expect(failures.map((failure) => failure !== null && !isUnavailable(failure))).toEqual(
      failures.map(() => true),
    )
    expect(pool.endpoints.pin()).toBe(client)
    expect(pool.changes.filter((change) => !change.endsWith('Up'))).toEqual([])
  })
})

describe('an endpoint outside Up', () => {
  it('gets no call until Retry-After has passed, and is preferred again in Up', async () => {
    const first = await proxyOf(node)
    const pool = await connect([first.url, ahead.rpcUrl])
    const { endpoints } = pool
    endpoints.noteHead(0)
    const client = endpoints.pin()
    const heal = first.impose(() => ({ status: 429, headers: { 'Retry-After': '20' } }))
    expect(isOutage(await failureOf(blockNumber(client)))).toBe(true)
    const asked = methodsOf(first).length
    heal()
    expect(endpoints.view()[0]).toMatchObject({
      state: 'Down',
      message: 'HTTP 429',
      retryAt: 1_020_000,
    })
    expect(endpoints.pin()).not.toBe(client)

    pool.advance(19_999)
    for (let count = 0; count < 20; count += 1) await blockNumber(endpoints.pin())
    expect(methodsOf(first)).toHaveLength(asked)

    pool.advance(1)
    await settled(pool, 'Up', 'Up')
    expect(endpoints.pin()).toBe(client)
    expect(methodsOf(first).slice(asked)).toEqual(['eth_chainId', 'eth_blockNumber'])
    expect(pool.changes).toEqual([`${hostOf(first.url)} Down`, `${hostOf(first.url)} Up`])
  })

  it('is probed at once after a first failure, and calls wait for the probe', async () => {
    const first = await proxyOf(node)
    const pool = await connect([first.url])
    const heal = first.impose((call) => (call.method === 'eth_blockNumber' ? { status: 502 } : call))
    const hold = first.hold('eth_chainId', 'answer')
    expect(isOutage(await failureOf(blockNumber(pool.endpoints.pin())))).toBe(true)
    expect(statesOf(pool)).toEqual(['Down'])
    heal()
    const meanwhile = blockNumber(pool.endpoints.pin())
    await hold.reached
    hold.release()
    expect(await meanwhile).toBeGreaterThanOrEqual(0n)
    await settled(pool, 'Up')
    expect(await blockNumber(pool.endpoints.pin())).toBeGreaterThanOrEqual(0n)
  })

  it('gets a single probe and no calls without a second endpoint', async () => {
    const only = await proxyOf(node)
    const pool = await connect([only.url])
    const { endpoints } = pool
    const heal = only.impose(() => ({ status: 503, headers: { 'Retry-After': '9' } }))
    await failureOf(blockNumber(endpoints.pin()))
    const asked = methodsOf(only).length
    const failures = await Promise.all(
      Array.from({ length: 100 }, () => failureOf(gasPrice(endpoints.pin()))),
    )
    expect(methodsOf(only)).toHaveLength(asked)
    for (const failure of failures) {
      expect(isUnavailable(failure)).toBe(true)
      const down = failure instanceof Error && 'walk' in failure ? failure : null
      expect(down).toMatchObject({ name: 'EndpointDownError', retryAfter: 9_000 })
    }

    // A due probe is sent once for any number of calls.
    pool.advance(9_000)
    heal()
    const hold = only.hold('eth_chainId', 'answer')
    await Promise.all(Array.from({ length: 100 }, () => failureOf(gasPrice(endpoints.pin()))))
    await hold.reached
    expect(methodsOf(only).slice(asked)).toEqual(['eth_chainId'])
    hold.release()
    await settled(pool, 'Up')
    expect(await failureOf(blockNumber(endpoints.pin()))).toBeNull()
    expect(methodsOf(only).slice(asked)).toEqual(['eth_chainId', 'eth_blockNumber'])
  })

  it('rejects the calls waiting for a free connection', async () => {
    const only = await proxyOf(node)
    const pool = await connect([only.url], 1)
    const hold = only.hold('eth_gasPrice', 'request')
    const client = pool.endpoints.pin()
    const calls = [gasPrice(client), gasPrice(client), gasPrice(client)].map(failureOf)
    await hold.reached
    await only.close()
    const [served, ...waiting] = await Promise.all(calls)
    expect(served).not.toBeInstanceOf(EndpointDownError)
    expect(waiting).toEqual([expect.any(EndpointDownError), expect.any(EndpointDownError)])
  })

  it('is not used before catching up with the other endpoints', async () => {
    const first = await proxyOf(node)
    const pool = await connect([first.url, ahead.rpcUrl])
    await ahead.client.mine({ blocks: 5 })
    const behind = pool.endpoints.best()
    await pool.endpoints.compareHeads(behind, Number(await blockNumber(behind.client)))
    expect(pool.endpoints.view()[0]?.state).toBe('Behind')
    const newest = Number(await blockNumber(pool.endpoints.pin()))
    expect(newest).toBe(Number(await blockNumber(ahead.client)))

    pool.advance(10_000)
    await eventually(
      'a probe that still finds it behind',
      async () => pool.endpoints.pin() && pool.endpoints.view()[0],
      (view) => view?.state === 'Behind' && view.retryAt === 1_020_000,
    )
    await node.client.mine({ blocks: newest })
    pool.advance(10_000)
    await settled(pool, 'Up', 'Up')
    expect(pool.endpoints.best()).toBe(behind)
  })
})

describe('a slow endpoint', () => {
  /** Makes a call that takes a time of the pool's clock. */
  async function call(pool: Pool, proxy: RpcProxy, client: ChainClient, ms: number): Promise<void> {
    const hold = proxy.hold('eth_gasPrice', 'answer')
    const answer = gasPrice(client)
    await hold.reached
    pool.advance(ms)
    hold.release()
    await answer
  }

  /** Two endpoints on a chain with a block time of two seconds. */
  async function two() {
    const [first, second] = [await proxyOf(node), await proxyOf(node)]
    const pool = await connect([first.url, second.url])
    pool.endpoints.noteHead(0, 2_000)
    return { first, second, pool, client: pool.endpoints.pin() }
  }

  it('is left for an endpoint that is Up, and preferred again after a quick probe', async () => {
    const { first, pool, client } = await two()
    await call(pool, first, client, 900)
    await call(pool, first, client, 900)
    expect(pool.endpoints.pin()).toBe(client)
    await call(pool, first, client, 3_000)
    expect(statesOf(pool)).toEqual(['Slow', 'Up'])
    expect(pool.endpoints.view()[0]?.message).toBe('answers take 1045 ms, the limit is 1000 ms')
    expect(pool.endpoints.pin()).not.toBe(client)

    pool.advance(10_000)
    await settled(pool, 'Up', 'Up')
    expect(pool.endpoints.pin()).toBe(client)
    expect(pool.changes).toEqual([`${hostOf(first.url)} Slow`, `${hostOf(first.url)} Up`])
  })

  it('is used while no endpoint is Up: the fastest is used', async () => {
    const { first, second, pool, client } = await two()
    for (let count = 0; count < 4; count += 1) await call(pool, first, client, 4_000)
    const other = pool.endpoints.pin()
    for (let count = 0; count < 4; count += 1) await call(pool, second, other, 2_000)
    expect(statesOf(pool)).toEqual(['Slow', 'Slow'])
    expect(pool.endpoints.pin()).toBe(other)
    await call(pool, first, client, 1)
    await second.close()
    await failureOf(gasPrice(other))
    expect(pool.endpoints.pin()).toBe(client)
    expect(await failureOf(gasPrice(client))).toBeNull()
  })

  it('is never named when it is the only endpoint', async () => {
    const only = await proxyOf(node)
    const pool = await connect([only.url])
    pool.endpoints.noteHead(0, 2_000)
    for (let count = 0; count < 4; count += 1) await call(pool, only, pool.endpoints.pin(), 60_000)
    expect(pool.endpoints.view()).toMatchObject([{ state: 'Up', roundTrip: expect.any(Number) }])
    expect(pool.changes).toEqual([])
  })

  it('is left at once when it does not answer while another endpoint is Up', async () => {
    const { first, second, pool, client } = await two()
    const hold = first.hold('eth_gasPrice', 'answer')
    expect(isOutage(await failureOf(gasPrice(client)))).toBe(true)
    expect(pool.endpoints.view()[0]).toMatchObject({
      state: 'Slow',
      message: 'no answer to eth_gasPrice for 1000 ms',
    })
    expect(await failureOf(gasPrice(pool.endpoints.pin()))).toBeNull()
    expect(methodsOf(second)).toContain('eth_gasPrice')
    hold.release()
  })

  it('is not left for a call that executes code', async () => {
    const { first, pool, client } = await two()
    const hold = first.hold('eth_call', 'answer')
    const simulation = client.call({ to: node.client.account.address })
    await hold.reached
    pool.advance(60_000)
    hold.release()
    await simulation
    expect(statesOf(pool)).toEqual(['Up', 'Up'])
  })
})

describe('an endpoint that asks for fewer requests', () => {
  /** Refuses calls of a method as long as refusals are left. */
  const limit = (proxy: RpcProxy, refusals: number) => {
    let left = refusals
    proxy.impose((call) => {
      if (call.method !== 'eth_gasPrice' || left === 0) return call
      left -= 1
      return { code: 429, message: 'exceeded its compute units per second' }
    })
  }

  it('gets the refused call again after a short pause, and stays Up', async () => {
    const only = await proxyOf(node)
    const pool = await connect([only.url])
    limit(only, 2)
    expect(await failureOf(gasPrice(pool.endpoints.pin()))).toBeNull()
    expect(methodsOf(only)).toEqual(['eth_chainId', 'eth_gasPrice', 'eth_gasPrice', 'eth_gasPrice'])
    expect(pool.changes).toEqual([])
  })

  it('is not preferred during the pause', async () => {
    const [first, second] = [await proxyOf(node), await proxyOf(node)]
    const pool = await connect([first.url, second.url])
    const client = pool.endpoints.pin()
    limit(first, 1)
    const hold = first.hold('eth_gasPrice', 'answer')
    const call = gasPrice(client)
    await hold.reached
    expect(pool.endpoints.pin()).not.toBe(client)
    hold.release()
    await call
    pool.advance(250)
    expect(pool.endpoints.pin()).toBe(client)
  })

  it('is Down when it refuses again and again', async () => {
    const only = await proxyOf(node)
    const pool = await connect([only.url])
    limit(only, 100)
    expect(isOutage(await failureOf(gasPrice(pool.endpoints.pin())))).toBe(true)
    expect(pool.endpoints.view()).toMatchObject([{ state: 'Down', message: 'JSON-RPC error 429' }])
    expect(methodsOf(only)).toEqual(['eth_chainId', ...Array(4).fill('eth_gasPrice')])
  })
})

describe('calls to one endpoint', () => {
  it('are limited by the configured concurrency', async () => {
    const only = await proxyOf(node)
    const pool = await connect([only.url], 3)
    const hold = only.hold('eth_gasPrice', 'request')
    const client = pool.endpoints.pin()
    const calls = Array.from({ length: 10 }, () => gasPrice(client))
    await eventually(
      'three calls',
      async () => methodsOf(only),
      (seen) => seen.length >= 4,
    )
    // A call past the proxy gives a fourth call the time to arrive.
    await node.client.getChainId()
    expect(methodsOf(only)).toEqual(['eth_chainId', ...Array(3).fill('eth_gasPrice')])
    hold.release()
    await Promise.all(calls)
    expect(methodsOf(only)).toHaveLength(11)
  })
})

describe('the start', () => {
  it('succeeds with the endpoints that answer', async () => {
    const { port, release } = await reservePort()
    open.push({ close: release })
    const dead = await proxyOf(node, port)
    await dead.close()
    const pool = await connect([dead.url, node.rpcUrl])
    expect(statesOf(pool)).toEqual(['Down', 'Up'])
    expect(pool.endpoints.chainId).toBe(31_337)
    await proxyOf(node, port)
    pool.advance(1_000)
    await settled(pool, 'Up', 'Up')
  })

  it('fails when no endpoint answers, and names only hosts', async () => {
    const urls = ['http://user:hunter2@127.0.0.1:1/v2/AbCdEfGhIjKlMnOp1234', 'ws://127.0.0.1:1/?key=hunter2']
    const failure = await failureOf(connect(urls))
    expect(failure).toMatchObject({
      name: 'UnavailableError',
      message: expect.stringMatching(
        /^The chain at RPC_URL does not answer \(127\.0\.0\.1:1: .*ECONNREFUSED.*; 127\.0\.0\.1:1#2: .*(ECONNREFUSED|no connection|network error)/,
      ),
    })
    expect(String(failure)).not.toMatch(/hunter2|AbCdEf/)
  })
})

describe('events, views and errors', () => {
  it('name endpoints by host and hold no credentials', async () => {
    const proxy = await proxyOf(node)
    const secret = new URL(`${proxy.url}/v2/AbCdEfGhIjKlMnOp1234?token=hunter2`)
    secret.username = 'user'
    secret.password = 'hunter3'
    const pool = await connect([secret.href])
    await blockNumber(pool.endpoints.pin())
    await failureOf(pool.endpoints.pin().request({ method: 'eth_nonsense' as 'eth_chainId' }))
    await proxy.close()
    const failure = await failureOf(
      pool.endpoints.pin().call({ to: privateKeyToAccount(`0x${'1'.repeat(64)}`).address }),
    )
    const text = JSON.stringify([pool.events, pool.endpoints.view(), failure, `${failure}`])
    expect(text).toContain(`"endpoint":"${hostOf(proxy.url)}"`)
    expect(text).not.toMatch(/hunter|AbCdEf/)
  })
})
