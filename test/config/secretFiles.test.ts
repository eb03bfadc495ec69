import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { namedSettings } from '../../src/config/names.ts'
import { readConnectedSettings } from '../../src/config/read.ts'
import { secretsOf } from '../../src/config/secrets.ts'
import { createRedactor } from '../../src/gateway/log.ts'

const folder = mkdtempSync(join(tmpdir(), 'opsbatcher-secrets-'))
afterAll(() => rmSync(folder, { recursive: true }))

const KEY = `0x${'1f'.repeat(32)}`
const CONNECTION = {
  RPC_URL: 'https://rpc.example/v2/a-key',
  REGISTRY_ADDRESS: '0x0000000000aE079eB8a274cD51c0f44a9E4d67d4',
  WALLET_PRIVATE_KEY: KEY,
}

function file(name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const read = (environment: Record<string, string>, flags: Record<string, string> = {}) =>
  readConnectedSettings({ environment, flags })
const without = (name: keyof typeof CONNECTION) => ({ ...CONNECTION, [name]: '' })

describe('a secret from a file', () => {
  it('can be every secret', () => {
    const secrets = namedSettings.filter(({ secret }) => secret === true)
    expect(secrets.map(({ fileVariable }) => fileVariable)).toEqual([
      'RPC_URL_FILE',
      'SEND_ONLY_RPC_URLS_FILE',
      'WALLET_PRIVATE_KEY_FILE',
      'OPERATOR_TOKEN_FILE',
      'DATABASE_URL_FILE',
    ])
  })

  it('is read without blanks and line ends', () => {
    const WALLET_PRIVATE_KEY_FILE = file('key', `  ${KEY}\r\n`)
    expect(read({ ...without('WALLET_PRIVATE_KEY'), WALLET_PRIVATE_KEY_FILE }).walletPrivateKey).toBe(KEY)
    const OPERATOR_TOKEN_FILE = file('token', 'operator-token-16\n')
    const RPC_URL_FILE = file('url', 'https://one.example,wss://two.example\n')
    const settings = read({ ...without('RPC_URL'), OPERATOR_TOKEN_FILE, RPC_URL_FILE })
    expect(settings.operatorToken).toBe('operator-token-16')
    expect(settings.rpcUrl).toEqual(['https://one.example', 'wss://two.example'])
  })

  it('must not be given directly, too', () => {
    const WALLET_PRIVATE_KEY_FILE = file('both', KEY)
    const message = `WALLET_PRIVATE_KEY_FILE is "${WALLET_PRIVATE_KEY_FILE}"; the setting is also given directly: remove one of both.`
    expect(() => read({ ...CONNECTION, WALLET_PRIVATE_KEY_FILE })).toThrow(message)
    const flags = { walletPrivateKey: KEY }
    expect(() => read({ ...without('WALLET_PRIVATE_KEY'), WALLET_PRIVATE_KEY_FILE }, flags)).toThrow(message)
  })

  it('names the file if it cannot be read or is empty, and never shows its content', () => {
    const environment = without('WALLET_PRIVATE_KEY')
    const missing = join(folder, 'missing')
    expect(() => read({ ...environment, WALLET_PRIVATE_KEY_FILE: missing })).toThrow(
      `WALLET_PRIVATE_KEY_FILE is "${missing}"; the file cannot be read (ENOENT).`,
    )
    const empty = file('empty', '\n')
    expect(() => read({ ...environment, WALLET_PRIVATE_KEY_FILE: empty })).toThrow(
      `WALLET_PRIVATE_KEY_FILE is "${empty}"; the file is empty.`,
    )
    const wrong = file('wrong', 'not-a-key')
    expect(() => read({ ...environment, WALLET_PRIVATE_KEY_FILE: wrong })).toThrow(
      /^WALLET_PRIVATE_KEY \(.*\) is not valid \(it is a secret, so it is not shown\); it must be 0x/,
    )
  })
})

describe('a key in AWS KMS', () => {
  const environment = without('WALLET_PRIVATE_KEY')
  const AWS_KMS_KEY_IDS = 'alias/zero, alias/one ,arn:aws:kms:eu-west-1:000000000000:key/two'

  it('is used instead of a private key', () => {
    const { awsKmsKeyId, walletPrivateKey } = read({ ...environment, AWS_KMS_KEY_ID: 'alias/wallet' })
    expect([awsKmsKeyId, walletPrivateKey]).toEqual(['alias/wallet', undefined])
  })

  it.each([
    ['gateway-0', 'alias/zero'],
    ['world-id-gateway-1', 'alias/one'],
    ['gw02', 'arn:aws:kms:eu-west-1:000000000000:key/two'],
  ])('is chosen from a list by the number at the end of HOSTNAME %s', (HOSTNAME, awsKmsKeyId) => {
    expect(read({ ...environment, AWS_KMS_KEY_IDS, HOSTNAME })).toMatchObject({ awsKmsKeyId })
  })

  it.each([
    ['gateway-3', 'HOSTNAME is "gateway-3"; the last of 3 keys is for 2.'],
    ['gateway', 'HOSTNAME is "gateway"; it must end with a number.'],
    ['', 'HOSTNAME is ""; it must end with a number.'],
  ])('cannot be chosen by HOSTNAME %j', (HOSTNAME, message) => {
    expect(() => read({ ...environment, AWS_KMS_KEY_IDS, HOSTNAME })).toThrow(message)
  })

  it('is not chosen by the host if processes share a database: each may have to lead', () => {
    const DATABASE_URL = 'postgres://database/gateway'
    expect(() => read({ ...environment, AWS_KMS_KEY_IDS, HOSTNAME: 'gateway-0', DATABASE_URL })).toThrow(
      /AWS_KMS_KEY_IDS .* must not be given with DATABASE_URL/,
    )
    expect(read({ ...environment, AWS_KMS_KEY_ID: 'alias/wallet', DATABASE_URL })).toMatchObject({
      awsKmsKeyId: 'alias/wallet',
      databaseUrl: DATABASE_URL,
    })
  })

  it('is the only key', () => {
    const AWS_KMS_KEY_ID = 'alias/wallet'
    expect(() => read({ ...CONNECTION, AWS_KMS_KEY_ID })).toThrow(/AWS_KMS_KEY_ID .* must be the only key/)
    expect(() => read({ ...CONNECTION, AWS_KMS_KEY_IDS })).toThrow(/AWS_KMS_KEY_IDS .* must be the only key/)
    expect(() => read({ ...environment, AWS_KMS_KEY_ID, AWS_KMS_KEY_IDS, HOSTNAME: 'a-1' })).toThrow(
      /AWS_KMS_KEY_ID .* must be the only key/,
    )
  })
})

describe('DATABASE_URL', () => {
  it.each(['postgres://user:word@host:5433/gateway?sslmode=require', 'postgresql://host/gateway'])(
    'takes %s',
    (DATABASE_URL) => {
      expect(read({ ...CONNECTION, DATABASE_URL }).databaseUrl).toBe(DATABASE_URL)
    },
  )

  it.each(['mysql://host/gateway', 'host:5432/gateway', 'postgres:host', 'postgres://host:port/gateway'])(
    'refuses %s without showing it',
    (DATABASE_URL) => {
      expect(() => read({ ...CONNECTION, DATABASE_URL })).toThrow(
        /^DATABASE_URL \(.*\) is not valid \(it is a secret, so it is not shown\); it must be a URL such as postgres:/,
      )
    },
  )

  it('has a secret password', () => {
    const secrets = secretsOf({ databaseUrl: 'postgres://user:correct-horse@host/gateway' })
    const redact = createRedactor(secrets)
    expect(redact('password correct-horse refused')).toBe('password [redacted] refused')
    // A short password may be a word of the log. Its URL is hidden all the same.
    const short = createRedactor(secretsOf({ databaseUrl: 'postgres://user:batch@host/gateway' }))
    expect(short('batch at postgres://user:batch@host/gateway')).toBe(
      'batch at postgres://[redacted]@host/gateway',
    )
  })
})
