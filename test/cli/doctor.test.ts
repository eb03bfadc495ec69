import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { runCommand } from './command.ts'

const SECRET = 'aVeryLongSecretKey5ec7e7'

let chain: TestChain

beforeAll(async () => {
  chain = await startTestChain()
})

afterAll(() => chain.stop())

const settings = () => ({
  RPC_URL: chain.rpcUrl,
  REGISTRY_ADDRESS: chain.registryAddress,
  WALLET_PRIVATE_KEY: chain.walletPrivateKey,
  DATA_DIR: '.',
  LISTEN_ADDR: '127.0.0.1:0',
})

describe('doctor', () => {
  it('prints one line per check, without colours for a program, and ends with code 0', async () => {
    const { code, stdout, stderr } = await runCommand(['doctor'], settings())
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const line of stdout.trimEnd().split('\n')) expect(line).toMatch(/^(ok|warn) {2,4}\S.*: /)
  })

  it('--json prints one object', async () => {
    const { stdout } = await runCommand(['doctor', '--json'], settings())
    const { ok, checks } = JSON.parse(stdout)
    expect(ok).toBe(true)
    expect(checks).toContainEqual({
      name: 'settings',
      verdict: 'ok',
      found: 'all values are valid',
      advice: null,
    })
  })

  it('ends with code 1 if a check fails, and shows no secret', async () => {
    const environment = { ...settings(), RPC_URL: `http://127.0.0.1:9/${SECRET}` }
    const { code, stdout } = await runCommand(['doctor'], environment)
    expect(code).toBe(1)
    expect(stdout).toMatch(/^fail {2}RPC 127\.0\.0\.1:9: .*; check RPC_URL/m)
    expect(stdout).not.toContain(SECRET)
  })

  it('shows each wrong setting as a failed check, and a variable without effect as a warning', async () => {
    const { code, stdout } = await runCommand(['doctor'], { MAX_TRIES: 'x', BATCH_WINDW_MS: '5' })
    expect(code).toBe(1)
    expect(stdout).toMatch(/^fail {2}settings: MAX_TRIES .*$/m)
    expect(stdout).toMatch(/^fail {2}settings: RPC_URL .* is missing/m)
    expect(stdout).toMatch(
      /^warn {2}settings: BATCH_WINDW_MS has no effect; did you mean BATCH_WINDOW_MS\?$/m,
    )
  })
})
