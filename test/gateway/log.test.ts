import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { secretsOf } from '../../src/config/secrets.ts'
import { createLogger, createRedactor, type LogOptions } from '../../src/gateway/log.ts'

const KEY = `${'c0ffee'.repeat(10)}beef`
const SECRETS = secretsOf({
  rpcUrl: ['https://rpc.example/v2/AbCdEfGhIjKlMnOp1234', 'https://other.example/?token=0123456789abcdef01'],
  walletPrivateKey: `0x${KEY}`,
})

function logOf(
  options: Partial<LogOptions>,
  write: (logger: ReturnType<typeof createLogger>) => void,
): string {
  const destination = new PassThrough()
  write(createLogger({ level: 'info', format: 'json', secrets: SECRETS, ...options, destination }))
  return String(destination.read() ?? '')
}

describe('the log', () => {
  it('is one JSON object a line', () => {
    const lines = logOf({}, (logger) => {
      logger.info({ batch: 7 }, 'batch sent')
      logger.warn('careful')
    })
    const [first, second] = lines
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
    expect(first).toMatchObject({ level: 'info', msg: 'batch sent', batch: 7, time: expect.any(String) })
    expect(second).toMatchObject({ level: 'warn', msg: 'careful' })
  })

  it('omits lines below the configured level', () => {
    expect(logOf({ level: 'warn' }, (logger) => logger.info('unimportant'))).toBe('')
  })

  it('is pretty when asked, and JSON when left to choose without a terminal', () => {
    expect(logOf({ format: 'pretty' }, (logger) => logger.info('hello'))).toMatch(/INFO.*: hello\n$/)
    expect(logOf({ format: 'auto' }, (logger) => logger.info('hello'))).toMatch(/^\{/)
  })

  it.each(['json', 'pretty'] as const)('shows no secret, wherever it turns up (%s)', (format) => {
    const line = logOf({ format }, (logger) => {
      logger.error({ err: new Error(`POST https://rpc.example/v2/AbCdEfGhIjKlMnOp1234 failed`) }, 'no answer')
      logger.info({ deep: { in: [`0x${KEY.toUpperCase()}`] } }, `token=0123456789abcdef01`)
      logger.info({ walletPrivateKey: '0x01', config: { privateKey: '0x02' } }, 'started')
      logger.info('https://user:hunter2@rpc.example/')
    })
    for (const secret of [KEY, 'AbCdEfGhIjKlMnOp1234', '0123456789abcdef01', '0x01', '0x02', 'hunter2']) {
      expect(line.toLowerCase()).not.toContain(secret.toLowerCase())
    }
    expect(line).toContain('rpc.example')
  })
})

describe('redaction', () => {
  it('takes a secret literally', () => {
    expect(createRedactor(['a.c(d'])('abc a.c(d')).toBe('abc [redacted]')
  })

  it('leaves everything else alone', () => {
    const text = 'tx 0xabc at https://rpc.example/v2/short, mail a@b.c'
    expect(createRedactor(SECRETS)(text)).toBe(text)
  })

  it('knows no secret in a plain local URL', () => {
    expect(secretsOf({ rpcUrl: ['http://127.0.0.1:8545'], walletPrivateKey: undefined })).toEqual([])
  })
})
