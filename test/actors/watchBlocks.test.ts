import type { Hash, Hex } from 'viem'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createActor, setup } from 'xstate'
import { watchBlocks } from '../../src/actors/watchBlocks.ts'
import type { BlockHead } from '../../src/domain/chain.ts'
import type { VerdictLevel } from '../../src/domain/finality.ts'
import type { WatchEvent } from '../../src/machines/chainMonitor/context.ts'
import { connectEndpoints, type Endpoints } from '../../src/rpc/endpoints.ts'
import { eventually } from '../support/eventually.ts'
import { startNode, type TestNode } from '../support/node.ts'
import { reservePort } from '../support/reservedPort.ts'
import { forMethod, methodsOf, type RpcProxy, startRpcProxy } from '../support/rpcProxy.ts'
import { type SocketProxy, startSocketProxy } from '../support/socketProxy.ts'

/** A poll interval longer than any test. A block seen earlier was pushed. */
const NEVER = 60_000

let node: TestNode
const open: { close(): unknown }[] = []

beforeEach(async () => {
  node = await startNode()
})

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
  await node.stop()
})

async function proxyOf({ rpcUrl }: Pick<TestNode, 'rpcUrl'>, port?: number): Promise<RpcProxy> {
  const proxy = await startRpcProxy(rpcUrl, port)
  open.push(proxy)
  return proxy
}

async function socketProxyOf({ rpcUrl }: TestNode): Promise<SocketProxy> {
  const proxy = await startSocketProxy(rpcUrl)
  open.push(proxy)
  return proxy
}

async function fork({ rpcUrl }: TestNode): Promise<TestNode> {
  const copy = await startNode({ forkUrl: rpcUrl })
  open.push({ close: copy.stop })
  return copy
}

interface Watch {
  readonly endpoints: Endpoints
  readonly events: readonly WatchEvent[]
  readonly heads: readonly BlockHead[]
  /** Waits for a number of events of a type. */
  reaches(type: WatchEvent['type'], count: number): Promise<void>
  /** Waits until the last reported block has a number. */
  sees(number: number): Promise<readonly BlockHead[]>
}

async function watch(
  urls: readonly string[],
  pollInterval = 20,
  known: BlockHead | null = null,
  finality: VerdictLevel = 'confirmed',
): Promise<Watch> {
  const config = { rpcUrls: urls, rpcTimeout: 120_000, simulationTimeout: 120_000, rpcConcurrency: 8 }
  const endpoints = await connectEndpoints(config, () => {}, Date.now)
  const events: WatchEvent[] = []
  const heads: BlockHead[] = []
  const listener = setup({
    types: { events: {} as WatchEvent },
    actors: {
      watchBlocks: watchBlocks({
        endpoints,
        config: { pollInterval, stallTimeout: 2 * NEVER, finality },
        now: Date.now,
      }),
    },
    actions: {
      note({ event }) {
        events.push(event)
        if (event.type === 'block.seen') heads.push(event.head)
      },
    },
  }).createMachine({
    invoke: { id: 'watchBlocks', src: 'watchBlocks', input: { head: known } },
    on: { '*': { actions: 'note' } },
  })
  const actor = createActor(listener).start()
  open.push(endpoints, { close: () => actor.stop() })
  return {
    endpoints,
    events,
    heads,
    async reaches(type, count) {
      const found = async () => events.filter((event) => event.type === type).length
      await eventually(`${count} ${type}`, found, (number) => number >= count)
    },
    sees: (number) =>
      eventually(
        `block ${number}`,
        async () => heads,
        () => heads.at(-1)?.number === number,
      ),
  }
}

const mine = (blocks: number) => node.client.mine({ blocks })

/** Mines until a number of blocks has been pushed. */
const pushed = (socket: SocketProxy, count: number) =>
  eventually(
    'a push',
    async () => {
      await mine(1)
      return socket.pushes
    },
    (pushes) => pushes >= count,
  )
const numbersOf = (heads: readonly BlockHead[]) => heads.map(({ number }) => number)

function expectLinked(heads: readonly BlockHead[]): void {
  for (const [index, { parentHash }] of heads.entries()) {
    if (index > 0) expect(parentHash).toBe(heads[index - 1]?.hash)
  }
}

/** Replaces the last `depth` blocks by new blocks. Each transaction goes into the new block with index `block`. */
function reorganise(depth: number, transactions: readonly (readonly [raw: Hex, block: number])[] = []) {
  return node.client.request<{
    Method: 'anvil_reorg'
    Parameters: [number, typeof transactions]
    ReturnType: null
  }>({
    method: 'anvil_reorg',
    params: [depth, transactions],
  })
}

/** Sends a transaction and waits for the block. */
async function send(serializedTransaction: Hex): Promise<Hash> {
  const { transactionHash } = await node.client.sendRawTransactionSync({ serializedTransaction })
  return transactionHash
}

/** A signed transfer; default nonce: the account's next. */
async function transfer(nonce: number): Promise<Hex> {
  const { account } = node.client
  const gwei = 1_000_000_000n
  return account.signTransaction({
    chainId: 31_337,
    type: 'eip1559',
    nonce,
    to: account.address,
    gas: 21_000n,
    maxFeePerGas: 10n * gwei,
    maxPriorityFeePerGas: gwei,
  })
}

describe('the block watch', () => {
  it('reports every block in order when several blocks come between two polls', async () => {
    const { sees, heads } = await watch([node.rpcUrl])
    await sees(0)
    const hash = await send(await transfer(0))
    await mine(9)
    await sees(10)
    expect(numbersOf(heads)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expectLinked(heads)
    const block = await node.client.getBlock({ blockNumber: 1n })
    expect(heads[1]).toEqual({
      number: 1,
      hash: block.hash,
      parentHash: block.parentHash,
      baseFee: Number(block.baseFeePerGas),
      gasUsed: 21_000,
      gasLimit: Number(block.gasLimit),
      transactions: [hash],
      minedAt: Number(block.timestamp) * 1000,
      seenAt: expect.any(Number),
    })
  })

  it('reports an answer even without a new block', async () => {
    const { reaches, heads } = await watch([node.rpcUrl])
    await reaches('watch.answered', 5)
    expect(heads).toHaveLength(1)
  })

  it('reports every block of a reorg, down to the common ancestor', async () => {
    const { sees, heads } = await watch([node.rpcUrl])
    await mine(2)
    await sees(2)
    const first = await transfer(0)
    const hash = await send(first)
    await mine(2)
    await sees(5)
    const before = heads.length
    expect(heads.find(({ transactions }) => transactions.includes(hash))?.number).toBe(3)

    await reorganise(4, [[first, 2]])
    await mine(1)
    await sees(6)
    const passed = heads.slice(before)
    expect(numbersOf(passed)).toEqual([2, 3, 4, 5, 6])
    expectLinked(passed)
    expect(passed[0]?.parentHash).toBe(heads.find(({ number }) => number === 1)?.hash)
    expect(passed.find(({ transactions }) => transactions.includes(hash))?.number).toBe(4)
  })

  it('starts from the last known block, and notices a reorg before the start', async () => {
    const before = await watch([node.rpcUrl])
    await mine(3)
    await before.sees(3)
    const known = before.heads.at(-1) ?? null
    await reorganise(2)
    await mine(1)
    const { sees, heads } = await watch([node.rpcUrl], 20, known)
    await sees(4)
    expect(heads[0]).toEqual(known)
    expect(numbersOf(heads.slice(1))).toEqual([3, 4])
    expect(heads[1]?.hash).not.toBe(known?.hash)
  })

  it('notices a reorg without a change of the chain length', async () => {
    const { sees, heads } = await watch([node.rpcUrl])
    await mine(3)
    await sees(3)
    const before = heads.length
    await reorganise(2)
    await eventually(
      'the other blocks',
      async () => heads.length,
      (count) => count === before + 2,
    )
    expect(numbersOf(heads.slice(before))).toEqual([2, 3])
  })

  it('continues on a rolled-back chain after the suspicion delay', async () => {
    const { sees, heads, events } = await watch([node.rpcUrl])
    await mine(5)
    await sees(5)
    await node.client.request<{ Method: 'anvil_rollback'; Parameters: [number]; ReturnType: null }>({
      method: 'anvil_rollback',
      params: [3],
    })
    await eventually(
      'a failure, and then the lower head',
      async () => events.map(({ type }) => type),
      (types) => types.includes('watch.failed') && types.at(-1) === 'watch.answered',
    )
    await mine(1)
    await sees(3)
    expect(heads.at(-1)?.parentHash).toBe(heads.find(({ number }) => number === 2)?.hash)
  })
})

describe('a failure to read blocks', () => {
  it('by an outage is reported and does not end the watch: the missed blocks are reported later', async () => {
    const proxy = await proxyOf(node)
    const { sees, reaches, heads, events } = await watch([proxy.url])
    await sees(0)
    const heal = proxy.impose(() => ({ status: 503 }))
    await mine(3)
    await reaches('watch.failed', 3)
    const failure = events.find(({ type }) => type === 'watch.failed')
    expect(failure).toMatchObject({ message: expect.stringMatching(/^127\.0\.0\.1:\d+: /) })
    expect(heads).toHaveLength(1)
    heal()
    await sees(3)
    expect(numbersOf(heads)).toEqual([0, 1, 2, 3])
  })

  it.each([
    ['no block at all', 'null'],
    ['something else', '"0x12"'],
    ['a block without its hash', `{"number":"0x9","parentHash":"0x${'1'.repeat(64)}","transactions":[]}`],
    ['a block without its gas', `{"number":"0x9","hash":"0x${'1'.repeat(64)}","transactions":[]}`],
  ])('by an answer with %s does not end the watch', async (_name, result) => {
    const proxy = await proxyOf(node)
    const { sees, reaches, heads } = await watch([proxy.url])
    await sees(0)
    const heal = proxy.impose((call) =>
      call.method === 'eth_getBlockByNumber' ? { result: JSON.parse(result) } : call,
    )
    await reaches('watch.failed', 2)
    heal()
    await mine(1)
    await sees(1)
    expect(numbersOf(heads)).toEqual([0, 1])
  })
})

describe('the watch with two endpoints', () => {
  it('continues at the second without a gap when the first goes down', async () => {
    const [first, second] = [await proxyOf(node), await proxyOf(node)]
    const { sees, heads } = await watch([first.url, second.url])
    await sees(0)
    expect(methodsOf(second)).not.toContain('eth_getBlockByNumber')
    await first.close()
    await mine(2)
    await sees(2)
    expect(numbersOf(heads)).toEqual([0, 1, 2])
    expect(methodsOf(second)).toContain('eth_getBlockByNumber')
  })

  it('ignores the older head of an endpoint in Behind', async () => {
    await mine(3)
    const behind = await fork(node)
    const { port, release } = await reservePort()
    open.push({ close: release })
    const [first, second] = [await proxyOf(node, port), await proxyOf(behind)]
    const { sees, reaches, heads } = await watch([first.url, second.url], 500)
    await sees(3)
    await mine(2)
    await sees(5)
    await first.close()
    await eventually(
      'a read from the other endpoint',
      async () => methodsOf(second),
      (calls) => calls.includes('eth_getBlockByNumber'),
    )
    await reaches('watch.failed', 1)
    expect(heads.at(-1)?.number).toBe(5)
    await proxyOf(node, port)
    await mine(1)
    await sees(6)
    expect(numbersOf(heads).slice(-3)).toEqual([4, 5, 6])
    expectLinked(heads)
  })

  it('leaves an endpoint without new blocks for an endpoint with new blocks', async () => {
    await mine(3)
    const stuck = await fork(node)
    const { sees, heads, endpoints } = await watch([stuck.rpcUrl, node.rpcUrl])
    await sees(3)
    await mine(5)
    await sees(8)
    expect(numbersOf(heads)).toEqual([3, 4, 5, 6, 7, 8])
    expectLinked(heads)
    expect(endpoints.view()).toMatchObject([
      // Five blocks are mined separately, and the comparison may come between two blocks.
      { state: 'Behind', message: expect.stringMatching(/^newest block 3, other endpoints have [678]$/) },
      { state: 'Up' },
    ])
  })
})

describe('an endpoint that pushes', () => {
  it('makes the watch report blocks before the next poll', async () => {
    const socket = await socketProxyOf(node)
    const { sees, heads } = await watch([socket.url], NEVER)
    await sees(0)
    await pushed(socket, 1)
    const head = await node.client.getBlockNumber()
    await sees(Number(head))
    await mine(3)
    await sees(Number(head) + 3)
    expect(numbersOf(heads)).toEqual(Array.from({ length: heads.length }, (_, index) => index))
  })

  it('is also polled, in case the subscription is dead', async () => {
    const socket = await socketProxyOf(node)
    const { sees } = await watch([socket.url])
    await sees(0)
    await pushed(socket, 4)
    socket.mute()
    const head = Number(await node.client.getBlockNumber())
    await mine(1)
    await sees(head + 1)
    await mine(1)
    await sees(head + 2)
  })

  it('is subscribed to again when the connection breaks', async () => {
    const socket = await socketProxyOf(node)
    const { sees, heads, endpoints } = await watch([socket.url])
    await sees(0)
    socket.cut()
    await mine(1)
    await sees(1)
    await pushed(socket, 4)
    await sees(Number(await node.client.getBlockNumber()))
    expect(numbersOf(heads)).toEqual(Array.from({ length: heads.length }, (_, index) => index))
    expect(endpoints.view()).toMatchObject([{ state: 'Up' }])
  })
})

describe('the tags', () => {
  it('are read after each new block, with the hashes of their blocks', async () => {
    const { sees, events } = await watch([node.rpcUrl])
    await node.client.mine({ blocks: 100 })
    await sees(100)
    await eventually(
      'the tags of block 100',
      async () => events.findLast(({ type }) => type === 'tags.seen'),
      (seen) => seen?.type === 'tags.seen' && (seen.safe?.blockNumber ?? 0) > 0,
    )
    const seen = events.findLast((event) => event.type === 'tags.seen')
    const [safe, finalized] = await Promise.all([
      node.client.getBlock({ blockTag: 'safe' }),
      node.client.getBlock({ blockTag: 'finalized' }),
    ])
    expect(seen).toEqual({
      type: 'tags.seen',
      safe: { blockNumber: Number(safe.number), blockHash: safe.hash },
      finalized: { blockNumber: Number(finalized.number), blockHash: finalized.hash },
    })
  })

  it('that a node refuses are a failure only for verdicts that wait for them', async () => {
    const proxy = await proxyOf(node)
    const refusal = { code: -32_000, message: 'no safe block yet' }
    proxy.impose(forMethod('eth_getBlockByNumber', ([tag]) => (tag === 'safe' ? refusal : null)))
    const depth = await watch([proxy.url])
    await depth.reaches('tags.seen', 1)
    expect(depth.events.filter(({ type }) => type === 'tags.failed')).toEqual([])
    const safe = await watch([proxy.url], 20, null, 'safe')
    await safe.reaches('tags.failed', 1)
    expect(safe.events).toContainEqual({
      type: 'tags.failed',
      message: expect.stringContaining('no safe block yet'),
    })
  })
})
