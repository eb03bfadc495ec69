import { expect, it } from 'vitest'
import { toInspectorAccess } from '../../src/config/gatewayConfig.ts'
import { readDevSettings } from '../../src/config/read.ts'
import { secretsOf } from '../../src/config/secrets.ts'

const TOKEN = 'an-operator-token-0123'
const OPEN = '0.0.0.0:8081'

it.each([
  ['by default', {}, { token: null, anyHost: false }],
  ['with a token', { OPERATOR_TOKEN: TOKEN }, { token: TOKEN, anyHost: false }],
  ['where others can connect', { LISTEN_ADDR: OPEN }, null],
  [
    'where others can connect, with a token',
    { LISTEN_ADDR: OPEN, OPERATOR_TOKEN: TOKEN },
    { token: TOKEN, anyHost: false },
  ],
  [
    'where others can connect, when told so',
    { LISTEN_ADDR: OPEN, INSPECTOR: 'on' },
    { token: null, anyHost: true },
  ],
  ['when told not to', { INSPECTOR: 'off', OPERATOR_TOKEN: TOKEN }, null],
])('who may watch %s', (_, environment, access) => {
  expect(toInspectorAccess(readDevSettings({ flags: {}, environment }))).toEqual(access)
})

it.each(['short', 'has spaces in between', 'semicolons;in-between'])('%j is no token', (token) => {
  const sources = { flags: {}, environment: { OPERATOR_TOKEN: token } }
  expect(() => readDevSettings(sources)).toThrow(/OPERATOR_TOKEN .* is a secret/)
})

it('is a secret', () => {
  expect(secretsOf({ rpcUrl: undefined, walletPrivateKey: undefined, operatorToken: TOKEN })).toEqual([TOKEN])
})
