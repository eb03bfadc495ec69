import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { namedSettings } from '../../src/config/names.ts'
import { emptyFolder, runCommand } from './command.ts'

const CONNECTION = {
  RPC_URL: 'http://127.0.0.1:9',
  REGISTRY_ADDRESS: `0x${'11'.repeat(20)}`,
  WALLET_PRIVATE_KEY: `0x${'5ec7e7'.repeat(10)}abcd`,
}

describe('help and version', () => {
  it('--help lists the commands', async () => {
    const { code, stdout } = await runCommand(['--help'])
    expect(code).toBe(0)
    for (const command of ['dev', 'serve', 'doctor', 'backup', 'copy', 'status', 'load'])
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
  })

  it('dev --help lists every setting with variable and default, but no value from the environment', async () => {
    const { code, stdout } = await runCommand(['dev', '--help'], CONNECTION)
    const text = stdout.replaceAll(/\s+/g, ' ')
    expect(code).toBe(0)
    for (const { option, variable, default: fallback } of namedSettings) {
      expect(text).toContain(`${option} <`)
      if (variable !== null) expect(text).toContain(variable)
      if (fallback !== undefined) expect(text).toContain(`default ${fallback}`)
    }
    for (const value of Object.values(CONNECTION)) expect(text).not.toContain(value)
  })

  it('serve --help omits the settings of the local chain', async () => {
    const { stdout } = await runCommand(['serve', '--help'])
    expect(stdout).toContain('--rpc-url')
    expect(stdout).not.toContain('--block-time')
  })

  it('load --help shows the default mix and examples', async () => {
    const { stdout } = await runCommand(['load', '--help'])
    expect(stdout).toMatch(/--mix .*create:70,insert:15.*Examples:/s)
    expect(stdout).toContain('http://127.0.0.1:8545')
  })

  it('--version prints the version of package.json', async () => {
    expect((await runCommand(['--version'])).stdout).toBe(`${packageJson.version}\n`)
  })
})

describe('a wrong command line', () => {
  it('with an unknown flag ends with code 2 and a suggestion', async () => {
    const { code, stderr } = await runCommand(['serve', '--batch-windw-ms', '5'])
    expect(code).toBe(2)
    expect(stderr).toBe("error: unknown option '--batch-windw-ms'\n(Did you mean --batch-window-ms?)\n")
  })

  it('with a misspelt flag does not print the secret in the value', async () => {
    const { code, stderr } = await runCommand([
      'serve',
      `--wallet-privat-key=${CONNECTION.WALLET_PRIVATE_KEY}`,
    ])
    expect(code).toBe(2)
    expect(stderr).toContain('--wallet-privat-key')
    expect(stderr).not.toContain('5ec7e7')
  })

  it.each([
    [['load', '--operations', '0'], 'It must be a whole number from 1 to 10000000.'],
    [['load', '--mix', 'crate:1'], 'with a kind of create, insert, update, remove, agent, recover'],
    [['load', '--url', 'localhost'], 'It must be an http or https URL.'],
    [['lod'], 'Did you mean load?'],
  ])('%j ends with code 2 and the allowed values', async (args, hint) => {
    const { code, stderr, stdout } = await runCommand(args)
    expect(code).toBe(2)
    expect(stderr).toContain(hint)
    expect(stdout).toBe('')
  })
})

describe('a wrong configuration', () => {
  it('stops serve with a line per mistake and code 2', async () => {
    const { code, stderr, stdout } = await runCommand(['serve', '--max-tries', 'x'], {
      BATCH_WINDOW_MS: '-1',
    })
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(
      stderr
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(['RPC_URL', 'REGISTRY_ADDRESS', 'BATCH_WINDOW_MS', 'MAX_TRIES', 'WALLET_PRIVATE_KEY'])
  })

  it('stops dev before the local chain starts', async () => {
    const { code, stderr } = await runCommand(['dev'], {
      WALLET_PRIVATE_KEY: `${CONNECTION.WALLET_PRIVATE_KEY}0`,
    })
    expect(code).toBe(2)
    expect(stderr).toMatch(/^RPC_URL .*\nREGISTRY_ADDRESS .*\nWALLET_PRIVATE_KEY .*\n$/)
    expect(stderr).not.toContain('5ec7e7')
  })

  it('may come from the file .env, but environment variables take precedence', async () => {
    const folder = emptyFolder()
    writeFileSync(join(folder, '.env'), 'MAX_TRIES=none\nBATCH_WINDOW_MS=none\n')
    const { code, stderr } = await runCommand(['dev'], { MAX_TRIES: '3' }, folder)
    expect(code).toBe(2)
    expect(stderr).toMatch(/^BATCH_WINDOW_MS .*\n$/)
  })
})

it('dev reports in a single line that the data folder cannot be created', async () => {
  const folder = emptyFolder()
  writeFileSync(join(folder, 'file'), '')
  const { code, stderr } = await runCommand(['dev', '--data-dir', join('file', 'below')], {}, folder)
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /^opsbatcher: cannot create the data folder .*; choose another folder with --data-dir\n$/,
  )
})

describe('without a running gateway', () => {
  const url = 'http://127.0.0.1:9'

  it.each([['status', 'gw_1'], ['load']])(
    '%s reports in one line that no gateway answers',
    async (...args) => {
      const { code, stderr, stdout } = await runCommand([...args, '--url', url])
      expect(code).toBe(1)
      expect(stdout).toBe('')
      expect(stderr).toMatch(/^opsbatcher: no gateway answers at http:\/\/127\.0\.0\.1:9.*\n$/)
    },
  )
})
