import { describe, expect, it } from 'vitest'
import { namedSettings, nameOf } from '../../src/config/names.ts'
import {
  ConfigurationError,
  isConnected,
  readConnectedSettings,
  readDevSettings,
} from '../../src/config/read.ts'
import { limitsBelowCancel } from '../../src/policy/fees.ts'

const CONNECTION = {
  RPC_URL: 'https://rpc.example/v2/an-api-key-of-some-length',
  REGISTRY_ADDRESS: '0x0000000000aE079eB8a274cD51c0f44a9E4d67d4',
  WALLET_PRIVATE_KEY: `0x${'1f'.repeat(32)}`,
}

function mistakesOf(
  environment: Record<string, string>,
  flags: Record<string, string> = {},
): readonly string[] {
  try {
    readDevSettings({ environment, flags })
  } catch (error) {
    if (error instanceof ConfigurationError) return error.mistakes
    throw error
  }
  return []
}

describe('the source of a setting', () => {
  const read = (environment: Record<string, string>, flags: Record<string, string> = {}) =>
    readDevSettings({ environment, flags }).batchWindow

  it('is the flag, else the variable, else the default', () => {
    expect(read({ BATCH_WINDOW_MS: '20' }, { batchWindowMs: '10' })).toBe(10)
    expect(read({ BATCH_WINDOW_MS: '20' })).toBe(20)
    expect(read({})).toBe('auto')
  })

  it('is not an empty text', () => {
    expect(read({ BATCH_WINDOW_MS: '' }, { batchWindowMs: ' ' })).toBe('auto')
  })

  it('is never the environment for a setting with only a flag', () => {
    expect(readDevSettings({ environment: { PORT: '9000' }, flags: {} }).port).toBeUndefined()
    expect(readDevSettings({ environment: {}, flags: { port: '9000' } }).port).toBe(9000)
  })

  it('is the explicitly named flag, if the setting has a name for the flag', () => {
    expect(readDevSettings({ environment: {}, flags: { blockTime: '0.5' } }).chainBlockTime).toBe(500)
  })
})

describe('the text of a setting', () => {
  const read = (environment: Record<string, string>) => readDevSettings({ environment, flags: {} })

  it('has the unit of its name and is converted to the unit of the program', () => {
    const settings = read({
      STALL_TIMEOUT_SECS: '45',
      RETENTION_HOURS: '1.5',
      TARGET_BASE_FEE_GWEI: '0.001',
      MIN_BALANCE_ETH: '1.000000000000000001',
    })
    expect(settings).toMatchObject({
      stallTimeout: 45_000,
      retention: 5_400_000,
      targetBaseFee: 1_000_000,
      minBalance: '1000000000000000001',
    })
  })

  it.each(['off', '0'])('%s switches the maximum wait off', (text) => {
    expect(read({ BATCH_MAX_WAIT_SECS: text }).batchMaxWait).toBeNull()
  })

  it.each([
    ['127.0.0.1:8081', { host: '127.0.0.1', port: 8081 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    ['[::1]:443', { host: '::1', port: 443 }],
  ])('%s is a valid listening address', (text, address) => {
    expect(read({ LISTEN_ADDR: text }).listenAddr).toEqual(address)
  })

  it.each(['8081', ':8081', '127.0.0.1', 'host:65536', '::1:80', 'a b:1'])(
    '%s is not a valid listening address',
    (text) => {
      expect(mistakesOf({ LISTEN_ADDR: text })).toHaveLength(1)
    },
  )

  it.each([`0x${'0'.repeat(64)}`, `0x${'f'.repeat(64)}`, '0x12', 'no key'])(
    '%s is not a valid private key',
    (text) => {
      expect(mistakesOf({ ...CONNECTION, WALLET_PRIVATE_KEY: text })).toHaveLength(1)
    },
  )
})

describe('a mistake in a setting', () => {
  // Every text is a valid folder name.
  const fallible = namedSettings.filter(({ key }) => key !== 'dataDir')

  it.each(fallible.map((setting) => [setting.option, setting] as const))(
    '%s is reported in one line with the allowed values',
    (_, { key, attribute, accepts }) => {
      const [mistake, ...more] = mistakesOf(CONNECTION, { [attribute]: '!,\n!' })
      expect(mistake?.startsWith(nameOf(key))).toBe(true)
      expect(mistake?.endsWith(`; it must be ${accepts}.`)).toBe(true)
      expect(mistake).not.toContain('\n')
      expect(more).toEqual([])
    },
  )

  it('does not hide other mistakes', () => {
    const mistakes = mistakesOf({
      MAX_TRIES: 'many',
      LOG_LEVEL: 'loud',
      MIN_BATCH_OPS: '9',
      MAX_BATCH_OPS: '3',
    })
    expect(mistakes).toEqual([
      'MAX_TRIES (--max-tries) is "many"; it must be a whole number from 1 to 1000.',
      'LOG_LEVEL (--log-level) is "loud"; it must be one of trace, debug, info, warn, error, silent.',
      'MIN_BATCH_OPS (--min-batch-ops) is "9"; it must not be above MAX_BATCH_OPS.',
    ])
  })

  it.each([
    [
      { TARGET_BASE_FEE_GWEI: '21' },
      'TARGET_BASE_FEE_GWEI (--target-base-fee-gwei) is "21"',
      'SOFT_CAP_BASE_FEE_GWEI',
    ],
    [
      { MAX_BASE_FEE_GWEI: '19' },
      'SOFT_CAP_BASE_FEE_GWEI (--soft-cap-base-fee-gwei) is 20 by default',
      'MAX_BASE_FEE_GWEI',
    ],
    [
      { MAX_BASE_FEE_GWEI: '445' },
      'MAX_BASE_FEE_GWEI (--max-base-fee-gwei) is "445"',
      'MAX_FEE_PER_GAS_GWEI',
    ],
    [
      { MIN_BLOCK_UTILISATION: '0.8', MAX_BLOCK_UTILISATION: '0.7' },
      'MIN_BLOCK_UTILISATION (--min-block-utilisation) is "0.8"',
      'MAX_BLOCK_UTILISATION',
    ],
    [{ MAX_BATCH_OPS: '4', MIN_BATCH_OPS: '5' }, 'MIN_BATCH_OPS (--min-batch-ops) is "5"', 'MAX_BATCH_OPS'],
    [
      { GAS_PER_OP: '2000000', MAX_TRANSACTION_GAS: '1000000' },
      'GAS_PER_OP (--gas-per-op)',
      'MAX_TRANSACTION_GAS',
    ],
    [{ BATCH_WINDOW_MS: '1001', BATCH_MAX_WAIT_SECS: '1' }, 'BATCH_WINDOW_MS', 'BATCH_MAX_WAIT_SECS'],
    [{ POLL_INTERVAL_MS: '1000', STALL_TIMEOUT_SECS: '1' }, 'POLL_INTERVAL_MS', 'STALL_TIMEOUT_SECS'],
    [{ FEE_ESCALATION_STEP: '6' }, 'FEE_ESCALATION_STEP', 'MAX_FEE_MULTIPLIER'],
  ])('that breaks a rule between settings names both: %o', (environment, start, other) => {
    const [mistake, ...more] = mistakesOf(environment)
    expect(mistake?.startsWith(start)).toBe(true)
    expect(mistake).toContain(other)
    expect(more).toEqual([])
  })

  it('is reported once, although a rule between settings cannot be checked either', () => {
    expect(mistakesOf({ MAX_BATCH_OPS: 'x', MIN_BATCH_OPS: '9000' })).toHaveLength(1)
  })

  it('is not reported if two settings of a rule are equal', () => {
    expect(
      mistakesOf({
        TARGET_BASE_FEE_GWEI: '8',
        SOFT_CAP_BASE_FEE_GWEI: '8',
        MAX_BASE_FEE_GWEI: '8',
        MAX_FEE_PER_GAS_GWEI: '9',
        FEE_ESCALATION_STEP: '1.125',
        MAX_FEE_MULTIPLIER: '1.125',
      }),
    ).toEqual([])
  })

  it('is reported for a base fee that a batch could not pay, to the wei', () => {
    const limits = { maxFeePerGas: 10e9, maxFeeMultiplier: 2, feeEscalationStep: 1.125 }
    const payable = limitsBelowCancel(limits).maxFeePerGas
    const mistakesAt = (wei: number) =>
      mistakesOf({
        ...{ TARGET_BASE_FEE_GWEI: '1', SOFT_CAP_BASE_FEE_GWEI: '2' },
        ...{ MAX_FEE_PER_GAS_GWEI: '10', MAX_BASE_FEE_GWEI: `${wei / 1e9}` },
      })
    expect(payable).toBe(8_888_888_888)
    expect(mistakesAt(payable)).toEqual([])
    expect(mistakesAt(payable + 1)).toHaveLength(1)
  })

  it.each(['1.1', '1.124'])('is reported for the fee increase %s, which pools refuse', (text) => {
    expect(mistakesOf({ FEE_ESCALATION_STEP: text })).toEqual([
      `FEE_ESCALATION_STEP (--fee-escalation-step) is "${text}"; it must be a number from 1.125 to 10.`,
    ])
  })
})

describe('a secret', () => {
  it.each([
    ['WALLET_PRIVATE_KEY', '0xdeadbeefdeadbeef'],
    ['RPC_URL', 'ftp://user:deadbeefdeadbeef@host'],
  ])('is not shown in the message about %s', (variable, text) => {
    const mistakes = mistakesOf({ ...CONNECTION, [variable]: text })
    expect(mistakes).toHaveLength(1)
    expect(mistakes.join()).not.toContain('deadbeef')
  })
})

describe('the settings of the chain', () => {
  it('are required by serve', () => {
    expect(() => readConnectedSettings({ environment: {}, flags: {} })).toThrow(
      /^RPC_URL \(--rpc-url\) is missing; .*\nREGISTRY_ADDRESS .* is missing; .*\nWALLET_PRIVATE_KEY .* is missing; .*$/,
    )
  })

  it('are optional for dev', () => {
    expect(isConnected(readDevSettings({ environment: {}, flags: {} }))).toBe(false)
  })

  it('are given to dev all or not at all', () => {
    expect(mistakesOf({ RPC_URL: CONNECTION.RPC_URL })).toEqual([
      'REGISTRY_ADDRESS (--registry-address) is missing; it must be 0x and 40 hexadecimal digits.',
      'WALLET_PRIVATE_KEY (--wallet-private-key) is missing; it must be 0x and 64 hexadecimal digits, unless AWS_KMS_KEY_ID or AWS_KMS_KEY_IDS is given.',
    ])
    expect(isConnected(readDevSettings({ environment: CONNECTION, flags: {} }))).toBe(true)
  })
})

describe('the list of RPC URLs', () => {
  const read = (RPC_URL: string) =>
    readConnectedSettings({ environment: { ...CONNECTION, RPC_URL }, flags: {} }).rpcUrl

  it('keeps its order and drops duplicates', () => {
    expect(read('https://a/key')).toEqual(['https://a/key'])
    expect(read('wss://b:1/x, http://a ,wss://b:1/x')).toEqual(['wss://b:1/x', 'http://a'])
  })

  it.each(['http://a,', 'http://a,,http://b', 'http://a, ftp://b', 'http://a b'])('%s is invalid', (text) => {
    const mistakes = mistakesOf({ ...CONNECTION, RPC_URL: text })
    expect(mistakes).toEqual([expect.stringContaining('http, https, ws or wss URLs, separated by commas')])
    expect(mistakes.join()).not.toContain('//a')
  })
})

describe('the names of settings', () => {
  it('are unique', () => {
    for (const name of ['variable', 'option', 'attribute'] as const) {
      const names = namedSettings.map((setting) => setting[name]).filter((each) => each !== null)
      expect(new Set(names).size).toBe(names.length)
    }
  })

  it('include the variables of the reference gateway', () => {
    const variables = namedSettings.map(({ variable }) => variable)
    const reference = [
      'RPC_URL',
      'REGISTRY_ADDRESS',
      'WALLET_PRIVATE_KEY',
      'LISTEN_ADDR',
      'REQUEST_TIMEOUT_SECS',
      'RPC_TIMEOUT_SECS',
      'BATCH_MAX_WAIT_SECS',
    ]
    expect(variables).toEqual(expect.arrayContaining(reference))
  })
})
