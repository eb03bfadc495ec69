/** `doctor` against the local chain, a proxy that imitates poorer nodes, and stores in all conditions. */
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { REGISTRIES } from '../../src/cli/registries.ts'
import { toGatewayConfig, toListenAddress } from '../../src/config/gatewayConfig.ts'
import { readConnectedSettings } from '../../src/config/read.ts'
import type { Check } from '../../src/doctor/check.ts'
import { examine } from '../../src/doctor/doctor.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqliteStore.ts'
import { accepted, IDENTITY } from '../store/fixtures.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { forMethod, type RpcProxy, startRpcProxy } from '../support/rpcProxy.ts'
import { startTestService } from '../support/service.ts'

let chain: TestChain
let proxy: RpcProxy
let dataDir: string

beforeAll(async () => {
  chain = await startTestChain()
})

afterAll(() => chain.stop())

beforeEach(async () => {
  proxy = await startRpcProxy(chain.rpcUrl)
  dataDir = mkdtempSync(join(tmpdir(), 'opsbatcher-doctor-'))
})

afterEach(async () => {
  await proxy.close()
  rmSync(dataDir, { recursive: true, force: true })
})

/** The checks by name; the name of the endpoint is left out. */
async function examined(settings: NodeJS.Dict<string> = {}): Promise<ReadonlyMap<string, Check>> {
  const read = readConnectedSettings({
    flags: {},
    environment: {
      RPC_URL: proxy.url,
      REGISTRY_ADDRESS: chain.registryAddress,
      WALLET_PRIVATE_KEY: chain.walletPrivateKey,
      DATA_DIR: dataDir,
      LISTEN_ADDR: '127.0.0.1:0',
      ...settings,
    },
  })
  const checks = new Map<string, Check>()
  await examine({
    gateway: toGatewayConfig(read),
    registry: REGISTRIES[read.registryVersion],
    address: toListenAddress(read),
    now: Date.now,
    report: (check) => checks.set(check.name.replace(/RPC \S+/, 'RPC'), check),
  })
  return checks
}

function verdicts(checks: ReadonlyMap<string, Check>): Readonly<Record<string, string>> {
  return Object.fromEntries([...checks].map(([name, { verdict }]) => [name, verdict]))
}

const databaseFile = () => join(dataDir, 'operations.sqlite')

describe('with everything in order', () => {
  it('every check passes, with chain, version, wallet and store', async () => {
    await chain.client.mine({ blocks: 1 })
    const checks = await examined()
    expect(new Set(Object.values(verdicts(checks)))).toEqual(new Set(['ok']))
    expect([...checks.keys()]).toEqual([
      'program',
      'RPC',
      ...['block hash', 'overrides', 'fee history', 'traces', 'pending block'].map((name) => `RPC ${name}`),
      ...['tag safe', 'tag finalized', 'gas of eth_call'].map((name) => `RPC ${name}`),
      ...['registry', 'wallet', 'data folder', 'store', 'HTTP address'],
    ])
    expect(checks.get('registry')?.found).toContain('WorldIDRegistry V1')
    expect(checks.get('wallet')?.found).toMatch(/^0x[0-9a-fA-F]{40} with \d+\.?\d* ETH, next nonce \d+$/)
    expect(checks.get('RPC')?.found).toMatch(/^chain 31337, block \d+ from /)
    expect(checks.get('store')?.found).toMatch(/created by the first start$/)
  })

  it('nothing is signed, sent or written, and no file is made', async () => {
    const store = openSqliteStore(databaseFile())
    await store.commit([accepted(1)])
    await store.close()
    const before = filesOf(dataDir)
    const checks = await examined()
    expect(filesOf(dataDir)).toEqual(before)
    expect(checks.get('store')?.found).toMatch(/1 operations without a verdict$/)
    const methods = proxy.seen
      .map(({ method }) => method)
      .filter((method) => !/^(eth_(get|call|chainId|blockNumber|feeHistory)|debug_trace)/.test(method))
    expect(methods).toEqual([])
  })

  it('a gateway that runs on the same store and port is noticed, and is no fault', async () => {
    const service = await startTestService({ chain, dataDir })
    const port = new URL(service.url).port
    const checks = await examined({ LISTEN_ADDR: `127.0.0.1:${port}` })
    expect(new Set(Object.values(verdicts(checks)))).toEqual(new Set(['ok']))
    expect(checks.get('store')?.found).toMatch(/in use by a gateway/)
    expect(checks.get('HTTP address')?.found).toMatch(/in use/)
    await service.stop()
  })
})

describe('an endpoint', () => {
  const REFUSED = { code: -32_601, message: 'the method does not exist' }

  it('that lacks what the gateway can do without is warned of, with its own words', async () => {
    for (const method of ['eth_feeHistory', 'debug_traceTransaction'])
      proxy.impose(forMethod(method, () => REFUSED))
    proxy.impose(
      forMethod('eth_getBlockByNumber', ([tag]) =>
        ['safe', 'finalized', 'pending'].includes(String(tag)) ? REFUSED : null,
      ),
    )
    proxy.impose(
      forMethod('eth_call', (params) =>
        params.length > 2 ? { code: -32_602, message: 'too many arguments' } : null,
      ),
    )
    await chain.client.sendTransactionSync({
      to: chain.registryAddress,
      gas: 30_000n,
      throwOnReceiptRevert: false,
    })
    const checks = await examined()
    const warned = [...checks.values()]
      .filter(({ verdict }) => verdict === 'warn')
      .map(({ name }) => name.split(' ').slice(2).join(' '))
    expect(warned).toEqual([
      'overrides',
      'fee history',
      'traces',
      'pending block',
      'tag safe',
      'tag finalized',
    ])
    expect(checks.get('RPC fee history')).toMatchObject({
      found: REFUSED.message,
      advice: expect.stringContaining('eth_feeHistory'),
    })
  })

  it('without the tag that FINALITY names fails', async () => {
    proxy.impose(forMethod('eth_getBlockByNumber', ([tag]) => (tag === 'safe' ? REFUSED : null)))
    const checks = await examined({ FINALITY: 'safe' })
    expect(checks.get('RPC tag safe')).toMatchObject({
      verdict: 'fail',
      advice: expect.stringContaining('FINALITY=safe'),
    })
  })

  it('that does not know calls by block hash fails', async () => {
    proxy.impose(
      forMethod('eth_call', ([, block]) =>
        typeof block === 'object' ? { code: -32_602, message: 'invalid block' } : null,
      ),
    )
    expect((await examined()).get('RPC block hash')).toMatchObject({
      verdict: 'fail',
      found: 'invalid block',
    })
  })

  it('with a low limit on the gas of a call is warned of, with the value to set', async () => {
    proxy.impose((call) =>
      call.method === 'eth_call' && JSON.stringify(call.params).includes('0x5a6000')
        ? { result: '0x989680' }
        : call,
    )
    expect((await examined()).get('RPC gas of eth_call')).toMatchObject({
      verdict: 'warn',
      found: expect.stringMatching(/^10,000,000 gas/),
      advice: expect.stringContaining('MAX_TRANSACTION_GAS to 10000000'),
    })
  })

  it('that does not answer fails alone, and is warned of beside another one', async () => {
    const dead = 'http://127.0.0.1:9'
    const alone = await examined({ RPC_URL: dead })
    expect(verdicts(alone)).toMatchObject({ RPC: 'fail', chain: 'fail', wallet: 'warn', store: 'ok' })
    const beside = await examined({ RPC_URL: `${proxy.url},${dead}` })
    expect([...beside.values()].filter(({ verdict }) => verdict !== 'ok')).toMatchObject([
      { name: 'RPC 127.0.0.1:9', verdict: 'warn' },
    ])
  })

  it('of another chain fails with the advice to remove it', async () => {
    proxy.impose(forMethod('eth_chainId', () => ({ result: '0x1' })))
    const checks = await examined({ RPC_URL: `${chain.rpcUrl},${proxy.url}` })
    expect(checks.get('chain')).toMatchObject({
      verdict: 'fail',
      found: expect.stringContaining('different chains'),
      advice: 'remove the endpoints of the wrong chain',
    })
  })
})

describe('the registry', () => {
  it('that is missing fails', async () => {
    const checks = await examined({ REGISTRY_ADDRESS: `0x${'11'.repeat(20)}` })
    expect(checks.get('registry')).toMatchObject({
      verdict: 'fail',
      found: expect.stringContaining('no contract at REGISTRY_ADDRESS'),
    })
  })

  it('of another version than REGISTRY_VERSION fails', async () => {
    const checks = await examined({ REGISTRY_VERSION: 'v2' })
    expect(checks.get('registry')).toMatchObject({ verdict: 'fail', found: expect.stringContaining('V1') })
  })
})

describe('the wallet', () => {
  it('below MIN_BALANCE_ETH fails', async () => {
    const checks = await examined({ MIN_BALANCE_ETH: '1000000' })
    expect(checks.get('wallet')).toMatchObject({
      verdict: 'fail',
      advice: expect.stringContaining('MIN_BALANCE_ETH 1000000'),
    })
  })

  it('is named without a balance', async () => {
    const checks = await examined({ WALLET_PRIVATE_KEY: `0x${'11'.repeat(32)}` })
    expect(checks.get('wallet')).toMatchObject({
      verdict: 'fail',
      found: expect.stringContaining('with 0 ETH'),
    })
  })
})

describe('the store', () => {
  it('of another registry fails', async () => {
    const store = openSqliteStore(databaseFile())
    await store.bind(IDENTITY)
    await store.close()
    expect((await examined()).get('store')).toMatchObject({
      verdict: 'fail',
      found: expect.stringMatching(/belongs to registry .* and not to/),
    })
  })

  it('that is damaged fails with the advice to restore a backup', async () => {
    writeFileSync(databaseFile(), 'no database'.repeat(1_000))
    expect((await examined()).get('store')).toMatchObject({
      verdict: 'fail',
      advice: expect.stringContaining('backup'),
    })
  })
})

it('an address that another program uses is warned of', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const address = other.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  expect((await examined({ LISTEN_ADDR: `127.0.0.1:${port}` })).get('HTTP address')).toMatchObject({
    verdict: 'warn',
  })
  other.close()
})

function filesOf(folder: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    readdirSync(folder).map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    ]),
  )
}
