/** The options of an embedded gateway: the same table as the environment, and all mistakes at once. */
import { describe, expect, it } from 'vitest'
import { readEmbeddedSettings } from '../../src/config/embedded.ts'
import { ConfigurationError, readConnectedSettings } from '../../src/config/read.ts'
import { createGateway, fifoPolicy, openGateway } from '../../src/index.ts'

const REGISTRY = `0x${'11'.repeat(20)}` as const
const KEY = `0x${'22'.repeat(32)}` as const
const CONNECTION = { rpcUrl: 'http://127.0.0.1:8545', registryAddress: REGISTRY, privateKey: KEY }

function mistakesOf(options: object): readonly string[] {
  try {
    readEmbeddedSettings({ ...options }, false)
  } catch (error) {
    if (error instanceof ConfigurationError) return error.mistakes
    throw error
  }
  return []
}

describe('the options that are settings', () => {
  it('have the defaults of the settings', () => {
    const environment = {
      RPC_URL: CONNECTION.rpcUrl,
      REGISTRY_ADDRESS: REGISTRY,
      WALLET_PRIVATE_KEY: KEY,
    }
    expect(readEmbeddedSettings(CONNECTION, false)).toEqual(readConnectedSettings({ flags: {}, environment }))
  })

  it('have the values and units of flags', () => {
    const settings = readEmbeddedSettings(
      {
        ...CONNECTION,
        rpcUrl: ['http://a', 'ws://b'],
        stallTimeoutSecs: 60,
        maxBaseFeeGwei: 1.5,
        targetBaseFeeGwei: 1,
        softCapBaseFeeGwei: 1,
        ageingSecs: 'off',
        refusalPatterns: { poolFull: ['mempool busy'] },
        dataDir: undefined,
      },
      false,
    )
    expect(settings).toMatchObject({
      rpcUrl: ['http://a', 'ws://b'],
      stallTimeout: 60_000,
      maxBaseFee: 1_500_000_000,
      ageing: null,
      refusalPatterns: { poolFull: ['mempool busy'] },
      dataDir: '.opsbatcher',
    })
  })

  it('are reported with all mistakes at once, by the names of the options, and without secrets', () => {
    const mistakes = mistakesOf({
      rpcUrl: 'ftp://secret-key',
      privateKey: '0xsecret',
      ordering: 'fifoo',
      batchWindowMs: 1.5,
      minBatchOps: 600,
      maxBatchOp: 3,
      queueCapacity: true,
    })
    expect(mistakes).toEqual([
      'maxBatchOp is no option; docs/embedding.md lists the options.',
      'queueCapacity has the type boolean; it must be a whole number from 1 to 10000000.',
      expect.stringMatching(/^rpcUrl is not valid \(it is a secret, so it is not shown\)/),
      'registryAddress is missing; it must be 0x and 40 hexadecimal digits.',
      expect.stringMatching(/^privateKey is not valid/),
      expect.stringMatching(/^batchWindowMs is "1\.5"; it must be/),
      'ordering is "fifoo"; it must be one of greedy-create-first, shared-gas, fifo.',
      'minBatchOps is "600"; it must not be above MAX_BATCH_OPS.',
    ])
    expect(mistakes.join()).not.toContain('secret-key')
  })

  it.each([
    [{ privateKey: undefined }, false, 0],
    [{ awsKmsKeyId: 'alias/a' }, false, 2],
    [{}, true, 2],
  ])('with the keys %o and signer %s are refused: there are %i keys', (options, hasSigner, count) => {
    expect(() => readEmbeddedSettings({ ...CONNECTION, ...options }, hasSigner)).toThrow(
      `exactly one of privateKey, awsKmsKeyId and signer; ${count} are given`,
    )
  })
})

describe('createGateway', () => {
  it('throws one error with the mistakes in settings and objects, before it opens anything', async () => {
    const options = {
      ...CONNECTION,
      confirmations: -1,
      registry: {},
      signer: { address: REGISTRY },
      store: { close() {} },
      ordering: { ...fifoPolicy, filter: null },
      logger: console.log,
      inspect: 'yes',
    }
    const error = await createGateway(options as never).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ConfigurationError)
    const names = (error as ConfigurationError).mistakes.map((mistake) => mistake.split(' ')[0])
    expect(names.toSorted()).toEqual(
      ['The', 'confirmations', 'inspect', 'logger', 'ordering', 'registry', 'signer', 'store'].toSorted(),
    )
    await expect(openGateway(options as never)).rejects.toBeInstanceOf(ConfigurationError)
  })
})
