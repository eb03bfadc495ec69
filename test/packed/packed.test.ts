/** The packed product: a user installs it in an empty folder, without the tools of this checkout. */
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { sizeOf } from '../support/campaign.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { compile, emptyProject, finish, install, type Packed, pack, sizeOfFolder, start } from './packed.ts'

/** The goal for a production installation, in bytes. */
const LARGEST = 130_000_000

const ALLOWED = [
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|SECURITY\.md|\.env\.example)$/,
  /^dist\/(src|contracts\/artifacts)\/[\w/]+(\.d\.ts|\.js)$/,
  /^dist\/inspector\/src\/wire[\w/]*\.d\.ts$/,
  /^inspector\/dist\/(index\.html|licenses\.md|assets\/[\w.-]+|docs\/(index\.html|licenses\.md|assets\/[\w.-]+)|bridge\/(main\.js|licenses\.md))$/,
  /^docs\/[\w/.-]+\.(md|svg|png|json|ya?ml)$/,
]

const BOTH_WAYS = `
const required = require('opsbatcher')
import('opsbatcher').then((imported) => {
  console.log(JSON.stringify({
    sameNames: Object.keys(required).join() === Object.keys(imported).join(),
    sameClass: required.RefusedError === imported.RefusedError,
    createGateway: typeof imported.createGateway,
    createClient: typeof require('opsbatcher/client').createClient,
  }))
})`

const TYPED = {
  'module.mts': `
    import { createGateway } from 'opsbatcher'
    const gateway = await createGateway({ rpcUrl: 'http://x', registryAddress: '0x1', privateKey: '0x1' })
    const state: string = (await gateway.submit({ kind: 'create_account' } as never)).id
    // @ts-expect-error the option has another type: the declarations are not any
    await createGateway({ rpcUrl: 5, registryAddress: '0x1', privateKey: '0x1' })
    export { state }`,
  'client.mts': `
    import { createClient, type Schemas } from 'opsbatcher/client'
    const { data } = await createClient('http://x').GET('/status/{id}', { params: { path: { id: 'gw_1' } } })
    export const status: Schemas['GatewayStatus'] | undefined = data
    // @ts-expect-error the API has no such path
    await createClient('http://x').GET('/nothing')`,
  'common.cts': `
    import opsbatcher = require('opsbatcher')
    // @ts-expect-error the property does not exist: the declarations are not any
    export const nothing = opsbatcher.nothing
    export const create = opsbatcher.createGateway`,
}

describe.skipIf(sizeOf('packedProduct') === 0)('the packed product', () => {
  let packed: Packed
  let folder: string
  let production: string
  let chain: TestChain | undefined

  beforeAll(async () => {
    packed = await pack()
    folder = await emptyProject()
    await install(folder, packed.file)
    production = await emptyProject()
    await install(production, '--omit=optional', packed.file)
    chain = await startTestChain()
  })

  afterAll(() => chain?.stop())

  const serveSettings = () => ({
    LISTEN_ADDR: '127.0.0.1:0',
    LOG_FORMAT: 'json',
    RPC_URL: chain?.rpcUrl,
    REGISTRY_ADDRESS: chain?.registryAddress,
    WALLET_PRIVATE_KEY: chain?.walletPrivateKey,
  })

  it('holds page, bridge, types and docs, and nothing else', () => {
    const { paths } = packed
    expect(paths.filter((path) => !ALLOWED.some((pattern) => pattern.test(path)))).toEqual([])
    expect(paths).toEqual(
      expect.arrayContaining([
        'dist/src/cli.js',
        'dist/src/index.js',
        'dist/src/index.d.ts',
        'dist/contracts/artifacts/Multicall3.js',
        'inspector/dist/index.html',
        'inspector/dist/assets/page.js',
        'inspector/dist/bridge/main.js',
        'inspector/dist/docs/index.html',
        'inspector/dist/docs/assets/docs.js',
        'inspector/dist/bridge/licenses.md',
        'docs/embedding.md',
      ]),
    )
  })

  it('is loaded by import and by require, as one module', async () => {
    const { stdout, stderr } = await finish(folder, [process.execPath, '-e', BOTH_WAYS])
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual({
      sameNames: true,
      sameClass: true,
      createGateway: 'function',
      createClient: 'function',
    })
  })

  it('has types for both kinds of modules', async () => {
    expect(await compile(folder, TYPED)).toBe('')
  })

  it('runs `dev` with live view and bridge, and takes a load', async () => {
    const ports = ['--port', '0', '--chain-port', '0', '--block-time', '0.2', '--xstate-inspect-port', '0']
    const dev = start(folder, ['dev', ...ports])
    const url = await dev.line(/^ +gateway +(http\S+)/)
    const rpcUrl = await dev.line(/^ +chain +(http\S+)/)
    expect(await dev.line(/(npx opsbatcher load) /)).toBe('npx opsbatcher load')
    const page = await fetch(`${url}/inspector`)
    expect(page.status).toBe(200)
    const assets = [...(await page.text()).matchAll(/"(\/inspector\/assets\/[^"]+)"/g)].map(
      ([, path]) => path,
    )
    expect(assets.length).toBeGreaterThan(1)
    for (const path of assets) expect((await fetch(`${url}${path}`)).status).toBe(200)
    expect(await (await fetch(`${url}/docs`)).text()).toContain('docs/assets/docs.js')
    expect((await fetch(`${url}/docs/assets/docs.js`)).status).toBe(200)
    const chart = await fetch(`${url}/inspector/charts/gateway.svg`)
    expect(await chart.text()).toContain('<svg')

    const tool = new WebSocket(await dev.line(/bridge: .*(ws:\/\/127\.0\.0\.1:\d+)/))
    await once(tool, 'open')
    tool.send(JSON.stringify({ type: 'xstate.inspecting' }))
    const [frame] = await once(tool, 'message')
    expect(JSON.parse(String(frame)).type).toMatch(/^service\./)
    tool.close()

    const load = [
      'npx',
      'opsbatcher',
      'load',
      '--operations',
      '20',
      '--json',
      '--url',
      url,
      '--rpc-url',
      rpcUrl,
    ]
    const { code, stdout, stderr } = await finish(folder, load)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject({ finalized: 20 })
    expect(await dev.stop()).toBe(0)
  })

  it('names a missing optional package in one line, and serves without the others', async () => {
    expect(await sizeOfFolder(`${production}/node_modules`)).toBeLessThan(LARGEST)
    const refused = await finish(production, ['npx', 'opsbatcher', 'serve'], serveSettings())
    expect(refused.code).toBe(1)
    expect(refused.stderr.split('\n').filter((line) => line.startsWith(' '))).toEqual([])
    const [, driver = ''] =
      /needs the package (@libsql\/\S+), which is not installed/.exec(refused.stderr) ?? []
    await install(production, '--omit=optional', driver)
    expect(await sizeOfFolder(`${production}/node_modules`)).toBeLessThan(LARGEST)

    const local = await finish(production, ['npx', 'opsbatcher', 'dev'])
    expect(local).toMatchObject({ code: 1, stdout: '' })
    expect(local.stderr).toMatch(
      /^opsbatcher: The local chain needs the optional package @foundry-rs\/anvil.*\n$/,
    )

    const serve = start(production, ['serve'], serveSettings())
    const url = await serve.line(/"url":"([^"]+)","msg":"ready/)
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    expect(await serve.stop()).toBe(0)
  })
})
