/** The faults of single calls, seen from the caller. No fault is a lie. */
import { type Hex, keccak256 } from 'viem'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createIdleAccount } from '../../src/load/account.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { callDataOf, STRANGER, sendAsStranger } from '../support/accounts.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { upTo } from '../support/ledger.ts'
import { type Branch, readBranch } from './branch.ts'
import { CALL_FAULTS } from './callFaults.ts'
import type { CallFault } from './faults.ts'
import { type ChaosProxy, type Strike, startChaosProxy } from './proxy.ts'
import { connectNode, type Node } from './rpc.ts'

let chain: TestChain
let node: Node
let proxy: ChaosProxy
let through: Node
let strike: Strike | null = null
let branch: Branch | null = null
let struck: CallFault[] = []
/** The error of a call without an answer. */
let patience = new AbortController()

beforeAll(async () => {
  chain = await startTestChain()
  await chain.client.setAutomine(false)
  node = connectNode(chain.rpcUrl)
  proxy = await startChaosProxy({
    node,
    weather: () => strike,
    branch: () => branch,
    onStrike(fault) {
      struck.push(fault)
      if (fault === 'silence' || fault === 'hangingEndpoint') patience.abort()
    },
  })
  through = connectNode(proxy.urls[0] ?? '')
})

afterAll(async () => {
  await proxy.close()
  await chain.stop()
})

afterEach(() => {
  strike = null
  branch = null
  struck = []
  patience = new AbortController()
})

const mine = (blocks = 1) => chain.client.mine({ blocks })

/** A transaction that was not broadcast before. */
async function signed(): Promise<Hex> {
  const { client } = chain
  const nonce = await client.getTransactionCount({ address: client.account.address, blockTag: 'pending' })
  const fees = { maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 10n ** 9n }
  return client.account.signTransaction({
    type: 'eip1559',
    chainId: chain.chainId,
    to: STRANGER,
    nonce,
    gas: 21_000n,
    ...fees,
  })
}

const head = async (from = node) => Number(await from.ask<Hex>('eth_blockNumber'))
const receipt = (hash: Hex, from = node) => from.ask('eth_getTransactionReceipt', [hash])

describe('the proxy without a fault', () => {
  it('passes calls and remembers broadcasts', async () => {
    const raw = await signed()
    expect(await through.ask('eth_sendRawTransaction', [raw])).toBe(keccak256(raw))
    expect(proxy.broadcasts).toContain(raw)
    await mine()
    expect(await receipt(keccak256(raw), through)).toEqual(await receipt(keccak256(raw)))
  })

  it('springs a trap a single time, before or after the call', async () => {
    const seen: string[] = []
    proxy.trap('eth_blockNumber', 'done', () => seen.push('done'))
    proxy.trap('eth_blockNumber', 'begun', () => seen.push('begun'))
    await head(through)
    await head(through)
    expect(seen).toEqual(['begun', 'done'])
  })
})

/** The result of a call for the caller. */
async function raw(method: string, params: readonly unknown[] = []) {
  const response = await fetch(proxy.urls[0] ?? '', {
    method: 'POST',
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    signal: patience.signal,
  })
  return { status: response.status, text: await response.text() }
}

describe('a node that does not answer', () => {
  it.each([
    ['drop', false],
    ['loseAnswer', true],
    ['silence', true],
    ['hangingEndpoint', false],
  ] as const)('%s: whether it did it all the same is %s', async (fault, isDone) => {
    strike = { fault, strength: 1 }
    const bytes = await signed()
    await expect(raw('eth_sendRawTransaction', [bytes])).rejects.toThrow()
    const found = await node.ask('eth_getTransactionByHash', [keccak256(bytes)])
    expect(found !== null).toBe(isDone)
    expect(struck).toEqual([fault])
    await mine()
  })

  it.each([
    ['tooManyRequests', 429, /Too Many/],
    ['unavailable', 503, /html/],
    ['limitExceeded', 200, /-32005/],
  ] as const)('%s', async (fault, status, text) => {
    strike = { fault, strength: 1 }
    expect(await raw('eth_blockNumber')).toEqual({ status, text: expect.stringMatching(text) })
  })
})

describe('a faulty pool', () => {
  it('answers "already known" to a duplicate broadcast', async () => {
    strike = { fault: 'duplicate', strength: 1 }
    await expect(through.ask('eth_sendRawTransaction', [await signed()])).rejects.toThrow(/already/)
    await mine()
  })

  it.each([
    [
      'forget',
      async (bytes: Hex) =>
        expect(await through.ask('eth_sendRawTransaction', [bytes])).toBe(keccak256(bytes)),
    ],
    [
      'underpriced',
      (bytes: Hex) => expect(through.ask('eth_sendRawTransaction', [bytes])).rejects.toThrow(/underpriced/),
    ],
    [
      'swallow',
      async (bytes: Hex) =>
        expect(await through.ask('eth_sendRawTransaction', [bytes])).toBe(keccak256(bytes)),
    ],
  ] as const)('that does not keep a transaction: %s', async (fault, expectAnswer) => {
    strike = { fault, strength: 1 }
    const bytes = await signed()
    await expectAnswer(bytes)
    expect(await node.ask('eth_getTransactionByHash', [keccak256(bytes)])).toBeNull()
    expect(proxy.broadcasts).toContain(bytes)
  })

  it.each([
    ['feeCap', 0, 1, 'tx fee (0.00 ether) exceeds the configured cap (0.00 ether)'],
    ['gasCap', 20_999, 21_000, 'transaction gas limit too high (cap: 20999, tx: 21000)'],
    ['sizeCap', 100, 200, 'oversized data: transaction size 112, limit 100'],
    ['fullPool', 1, null, 'txpool is full'],
    ['accountLimit', 1, null, 'account limit exceeded: pooled 16 txs'],
    ['l1Fee', 1, null, 'insufficient funds for gas * price + value: balance 1, tx cost 210000000000001'],
    ['strangeRefusal', 1, null, 'rule 7'],
  ] as const)('that refuses, whatever the price: %s', async (fault, strength, enough, words) => {
    strike = { fault, strength }
    const bytes = await signed()
    await expect(through.ask('eth_sendRawTransaction', [bytes])).rejects.toThrow(words)
    expect(await node.ask('eth_getTransactionByHash', [keccak256(bytes)])).toBeNull()
    expect(proxy.verdicts.get(bytes)?.at(-1)).toContain(words)
    if (enough === null) return
    strike = { fault, strength: enough }
    expect(await through.ask('eth_sendRawTransaction', [bytes])).toBe(keccak256(bytes))
    expect(proxy.verdicts.get(bytes)?.at(-1)).toBeNull()
    await mine()
  })
})

describe('an index that is behind', () => {
  it('shows a receipt without logs, but with its bloom filter, and no logs', async () => {
    const { client, registryAddress } = chain
    const { logs, transactionHash, logsBloom } = await mintedLog()
    expect(logs).toHaveLength(2)
    strike = { fault: 'missingLogs', strength: 1 }
    expect(await receipt(transactionHash, through)).toMatchObject({ logs: [], logsBloom })
    const filter = { address: registryAddress, fromBlock: '0x0', toBlock: 'latest' }
    expect(await through.ask('eth_getLogs', [filter])).toEqual([])
    expect(await client.getLogs({ address: registryAddress, fromBlock: 0n })).not.toEqual([])
  })

  it('shows a receipt without block hash, or says that it is indexing', async () => {
    const bytes = await signed()
    await node.ask('eth_sendRawTransaction', [bytes])
    await mine()
    strike = { fault: 'blockUnknown', strength: 1 }
    expect(await receipt(keccak256(bytes), through)).toMatchObject({ blockHash: null })
    strike = { fault: 'indexing', strength: 1 }
    await expect(receipt(keccak256(bytes), through)).rejects.toThrow('transaction indexing is in progress')
  })

  it('counts the transactions of an older block, whatever block is asked for', async () => {
    const { address } = chain.client.account
    const before = await node.ask('eth_getTransactionCount', [address, 'latest'])
    await node.ask('eth_sendRawTransaction', [await signed()])
    await mine(2)
    const newest = `0x${(await head()).toString(16)}`
    strike = { fault: 'laggingNonce', strength: 2 }
    for (const block of ['latest', newest]) {
      expect(await through.ask('eth_getTransactionCount', [address, block])).toBe(before)
    }
  })
})

describe('a node with limits', () => {
  const call = (bytes: number) =>
    raw('eth_call', [{ to: STRANGER, data: `0x${'00'.repeat(bytes)}` }, 'latest'])

  it.each([
    [4_000, 200, /-32005/],
    [5_000, 504, /html/],
  ] as const)('does not answer a call above %i bytes: HTTP %i', async (strength, status, text) => {
    strike = { fault: 'heavyCalls', strength }
    expect(await call(strength + 1)).toEqual({ status, text: expect.stringMatching(text) })
    expect(await call(strength)).toEqual({ status: 200, text: expect.stringContaining('result') })
  })

  it.each([
    [0, /eth_feeHistory does not exist/],
    [1, /"result":null/],
  ] as const)('has no fee history: %i', async (strength, text) => {
    strike = { fault: 'noFeeHistory', strength }
    expect((await raw('eth_feeHistory', ['0x1', 'latest', []])).text).toMatch(text)
  })
})

/** The receipt of a create: two logs. */
async function mintedLog() {
  const hash = await sendAsStranger(chain, callDataOf(createIdleAccount(seededRandom(1))), {
    gas: 3_000_000n,
  })
  await mine()
  return chain.client.getTransactionReceipt({ hash })
}

describe('a faulty receipt query', () => {
  it('does not find an existing receipt; a missing receipt is no fault', async () => {
    const bytes = await signed()
    await node.ask('eth_sendRawTransaction', [bytes])
    strike = { fault: 'nullReceipt', strength: 1 }
    expect(await receipt(keccak256(bytes), through)).toBeNull()
    expect(struck).toEqual([])
    await mine()
    expect(await receipt(keccak256(bytes), through)).toBeNull()
    expect(struck).toEqual(['nullReceipt'])
  })
})

/** Queries at some height, with the former answers. */
async function view(from: Node, address: string, hash: Hex) {
  const ask = (method: string, params: readonly unknown[]) =>
    from.ask(method, params).catch((error: Error) => error.message)
  return {
    head: await head(from),
    block: await ask('eth_getBlockByNumber', ['latest', false]),
    nonce: await ask('eth_getTransactionCount', [address, 'latest']),
    balance: await ask('eth_getBalance', [address, 'latest']),
    call: await ask('eth_call', [{ to: chain.registryAddress, data: '0x' }, 'latest']),
    receipt: await ask('eth_getTransactionReceipt', [hash]),
    logs: await ask('eth_getLogs', [{ fromBlock: '0x0', toBlock: 'latest' }]),
    fees: await ask('eth_feeHistory', ['0x3', 'latest', [50]]),
  }
}

describe('a stale head', () => {
  it('gives the answers of the time when the block was the head', async () => {
    const sender = chain.client.account.address
    const bytes = await signed()
    const views = []
    for (const step of upTo(5)) {
      if (step === 2) await node.ask('eth_sendRawTransaction', [bytes])
      await mine()
      views.push(await view(node, sender, keccak256(bytes)))
    }
    for (const behind of [1, 2, 3, 4]) {
      strike = { fault: 'staleHead', strength: behind }
      expect(await view(through, sender, keccak256(bytes))).toEqual(views[4 - behind])
    }
  })

  it('knows no newer block', async () => {
    await mine(3)
    const newest = `0x${(await head()).toString(16)}`
    strike = { fault: 'staleHead', strength: 2 }
    expect(await through.ask('eth_getBlockByNumber', [newest, false])).toBeNull()
    const { address } = chain.client.account
    await expect(through.ask('eth_getBalance', [address, newest])).rejects.toThrow('header not found')
    const { hash: blockHash } = await chain.client.getBlock()
    expect(await through.ask('eth_getBlockByHash', [blockHash, false])).toBeNull()
    const counts = through.ask('eth_getTransactionCount', [address, { blockHash }])
    await expect(counts).rejects.toThrow('header for hash not found')
    await expect(through.ask('eth_getLogs', [{ blockHash }])).rejects.toThrow('unknown block')
  })

  it('knows older blocks by hash, with the state of each', async () => {
    const { hash: blockHash } = await chain.client.getBlock()
    const { address } = chain.client.account
    const then = await node.ask('eth_getTransactionCount', [address, 'latest'])
    await node.ask('eth_sendRawTransaction', [await signed()])
    await mine(3)
    strike = { fault: 'staleHead', strength: 2 }
    expect(await node.ask('eth_getTransactionCount', [address, 'latest'])).not.toBe(then)
    expect(await through.ask('eth_getTransactionCount', [address, { blockHash }])).toBe(then)
    expect(await through.ask('eth_getBlockByHash', [blockHash, false])).toMatchObject({ hash: blockHash })
    expect(await through.ask('eth_getLogs', [{ blockHash }])).toEqual([])
  })
})

describe('a node on the orphaned branch', () => {
  it('shows the orphaned blocks and receipts, not the replacements', async () => {
    await mine()
    const orphanedHash = await sendAsStranger(chain, '0x')
    await mine()
    const [orphanedReceipt, orphanedBlock] = [
      await receipt(orphanedHash),
      await node.ask('eth_getBlockByNumber', ['latest', false]),
    ]
    branch = await readBranch(node, 1)
    await node.ask('anvil_reorg', [1, []])
    const laterHash = await sendAsStranger(chain, '0x', { tip: 3n })
    await mine()
    expect(await receipt(orphanedHash)).toBeNull()
    expect(await receipt(laterHash)).not.toBeNull()

    strike = { fault: 'oldBranch', strength: 1 }
    expect(await receipt(orphanedHash, through)).toEqual(orphanedReceipt)
    expect(await receipt(laterHash, through)).toBeNull()
    expect(await through.ask('eth_getBlockByNumber', ['latest', false])).toEqual(orphanedBlock)
    expect(await head(through)).toBe((await head()) - 1)
  })

  it('answers like any other node without a reorg', async () => {
    strike = { fault: 'oldBranch', strength: 1 }
    expect(await head(through)).toBe(await head())
    expect(struck).toEqual([])
  })
})

it('every fault of a call except the delays has a test in the file', () => {
  const tried: readonly CallFault[] = [
    'delay',
    'drop',
    'loseAnswer',
    'silence',
    'duplicate',
    'tooManyRequests',
    'unavailable',
    'limitExceeded',
    'staleHead',
    'oldBranch',
    'nullReceipt',
    'underpriced',
    'forget',
    'feeCap',
    'gasCap',
    'sizeCap',
    'fullPool',
    'accountLimit',
    'l1Fee',
    'strangeRefusal',
    'swallow',
    'slowEndpoint',
    'hangingEndpoint',
    'laggingNonce',
    'heavyCalls',
    'noFeeHistory',
    'missingLogs',
    'blockUnknown',
    'indexing',
  ]
  expect(Object.keys(CALL_FAULTS)).toEqual(tried)
})
