/** What `serve` says at its start about variables without effect. */
import { expect, it } from 'vitest'
import { runCommand } from './command.ts'

it('the start names variables without effect, with what to use instead, and never their values', async () => {
  const { code, stderr } = await runCommand(['serve'], {
    RPC_URL: 'http://127.0.0.1:1',
    REGISTRY_ADDRESS: `0x${'11'.repeat(20)}`,
    WALLET_PRIVATE_KEY: `0x${'22'.repeat(32)}`,
    // An address of no machine (RFC 5737): the command ends.
    LISTEN_ADDR: '192.0.2.1:80',
    LOG_FORMAT: 'json',
    REDIS_URL: 'redis://:a-password@redis',
    RATE_LIMIT_MAX_REQUEST: '12345',
  })
  expect(code).toBe(1)
  const lines = stderr.split('\n').filter((line) => line.startsWith('{'))
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    {
      level: 'warn',
      variable: 'REDIS_URL',
      instead: 'operations are stored in a database file in DATA_DIR; Redis is not needed',
      msg: 'variable of the reference gateway without effect',
    },
    {
      level: 'warn',
      variable: 'RATE_LIMIT_MAX_REQUEST',
      nearest: 'RATE_LIMIT_MAX_REQUESTS',
      msg: 'unknown variable, a misspelt setting?',
    },
  ])
  expect(stderr).not.toMatch(/a-password|12345/)
})
