import { expect, it } from 'vitest'
import { toInspectorAccess } from '../../src/config/gatewayConfig.ts'
import { readDevSettings } from '../../src/config/read.ts'
import { secretsOf } from '../../src/config/secrets.ts'

const TOKEN = 'an-operator-token-0123'
const OPEN = '0.0.0.0:8081'

it.each([
  ['to this machine by default', {}, { token: null, anyHost: false }],
  ['to this machine with a token', { OPERATOR_TOKEN: TOKEN }, { token: TOKEN, anyHost: false }],
  ['to no one if other machines can connect', { LISTEN_ADDR: OPEN }, null],
  [
    'with a token if other machines can connect',
    { LISTEN_ADDR: OPEN, OPERATOR_TOKEN: TOKEN },
    { token: TOKEN, anyHost: false },
  ],
  ['to everyone with INSPECTOR=on', { LISTEN_ADDR: OPEN, INSPECTOR: 'on' }, { token: null, anyHost: true }],
  ['to no one with INSPECTOR=off', { INSPECTOR: 'off', OPERATOR_TOKEN: TOKEN }, null],
])('the live view is open %s', (_, environment, access) => {
  expect(toInspectorAccess(readDevSettings({ flags: {}, environment }))).toEqual(access)
})

it.each(['short', 'has spaces in between', 'semicolons;in-between'])(
  '%j is not a valid operator token',
  (token) => {
    const sources = { flags: {}, environment: { OPERATOR_TOKEN: token } }
    expect(() => readDevSettings(sources)).toThrow(/OPERATOR_TOKEN .* is a secret/)
  },
)

it('the operator token is a secret', () => {
  expect(secretsOf({ rpcUrl: undefined, walletPrivateKey: undefined, operatorToken: TOKEN })).toEqual([TOKEN])
})
