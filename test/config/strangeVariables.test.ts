import { describe, expect, it } from 'vitest'
import { variableNames } from '../../src/config/names.ts'
import { nearestSetting } from '../../src/config/nearestSetting.ts'
import { strangeVariables } from '../../src/config/strangeVariables.ts'
import { REFERENCE } from './reference.ts'

/** Variables that shells, containers, clusters, CI systems and other programs set. */
const ORDINARY = [
  'HOME PATH PWD OLDPWD SHELL SHLVL TERM USER LOGNAME MAIL LANG LANGUAGE LC_ALL EDITOR PAGER HOSTNAME HOSTTYPE TMPDIR TZ',
  'DISPLAY COLORTERM LS_COLORS MANPATH INFOPATH SSH_AUTH_SOCK SSH_CONNECTION SSH_CLIENT XDG_DATA_DIRS XDG_DATA_HOME',
  'XDG_RUNTIME_DIR XDG_CONFIG_HOME DBUS_SESSION_BUS_ADDRESS NODE_ENV NODE_OPTIONS NODE_VERSION NODE_PATH NPM_TOKEN YARN_VERSION',
  'KUBERNETES_SERVICE_HOST KUBERNETES_SERVICE_PORT KUBERNETES_PORT_443_TCP_ADDR OPSBATCHER_SERVICE_HOST OPSBATCHER_PORT POD_NAME',
  'AWS_REGION AWS_DEFAULT_REGION AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_ROLE_ARN AWS_PROFILE AWS_EXECUTION_ENV',
  'AWS_ENDPOINT_URL AWS_ENDPOINT_URL_KMS AWS_WEB_IDENTITY_TOKEN_FILE AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'CI GITHUB_ACTIONS GITHUB_TOKEN GITHUB_WORKSPACE RUNNER_OS BUILD_NUMBER DATABASE_URL DATA_HOME DATADIR LOG_DIR LOG_FILE LOG_PATH',
  'HTTP_PROXY HTTPS_PROXY NO_PROXY SSL_CERT_FILE SSL_CERT_DIR PORT HOST DEBUG RUST_LOG RUST_BACKTRACE JAVA_HOME PYTHONPATH GOPATH',
  'OTEL_EXPORTER_OTLP_ENDPOINT OTEL_SERVICE_NAME DD_AGENT_HOST DD_SERVICE DD_ENV SENTRY_DSN RPC_USER RPC_HOST RPC_PORT CHAIN_ID',
  'MAX_WORKERS MAX_CONNECTIONS WALLET_ADDRESS PRIVATE_KEY RETENTION_DAYS WEBHOOK_TIMEOUT DRAIN_NODE GAS_PRICE FEE_RECIPIENT',
].flatMap((line) => line.split(' '))

const environmentOf = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, 'value']))
const nearest = (name: string) => nearestSetting(name, variableNames)

describe('a variable of the reference gateway', () => {
  it.each(REFERENCE)('%s is a setting, or has an advice', (name) => {
    const strange = strangeVariables({ [name]: 'value' })
    const expected = variableNames.includes(name)
      ? []
      : [{ type: 'reference', variable: name, instead: expect.stringMatching(/^.{20,}$/) }]
    expect(strange).toEqual(expected)
  })

  it('names in its advice only settings that exist', () => {
    for (const strange of strangeVariables(environmentOf(REFERENCE))) {
      const words = JSON.stringify(strange).match(/\b[A-Z]+(?:_[A-Z]+)+\b/g) ?? []
      for (const word of words) {
        expect([...variableNames, strange.variable]).toContain(word)
      }
    }
  })

  it('has no advice without a value', () => {
    expect(strangeVariables({ REDIS_URL: ' ', BATCH_REEVAL_MS: undefined })).toEqual([])
  })
})

describe('a misspelt setting', () => {
  it.each([
    ['RATE_LIMIT_WINDOWS_SECS', 'RATE_LIMIT_WINDOW_SECS'],
    ['RATE_LIMIT_MAX_REQUEST', 'RATE_LIMIT_MAX_REQUESTS'],
    ['RATELIMIT_MAX_REQUESTS', 'RATE_LIMIT_MAX_REQUESTS'],
    ['RATE_LIMIT_WINDOW', 'RATE_LIMIT_WINDOW_SECS'],
    ['BATCH_WINDOW_SECS', 'BATCH_WINDOW_MS'],
    ['MAX_BASE_FEE', 'MAX_BASE_FEE_GWEI'],
    ['RPC_ULR', 'RPC_URL'],
    ['RPC_URLS', 'RPC_URL'],
    ['LISTEN_ADDRESS', 'LISTEN_ADDR'],
    ['CONFIRMATION', 'CONFIRMATIONS'],
    ['OPERATOR_TOKEN_FIEL', 'OPERATOR_TOKEN_FILE'],
    ['WALLET_PRIVAT_KEY', 'WALLET_PRIVATE_KEY'],
    ['OPSBATCHER_LOG_LEVEL', 'LOG_LEVEL'],
    ['MAX_CONCURENT_BATCHS', 'MAX_CONCURRENT_BATCHES'],
  ])('%s means %s', (name, setting) => {
    expect(nearest(name)).toBe(setting)
    expect(strangeVariables({ [name]: 'value' })).toEqual([
      { type: 'misspelt', variable: name, nearest: setting },
    ])
  })

  it.each(variableNames)('is never the setting %s itself', (name) => {
    expect(strangeVariables({ [name]: 'value' })).toEqual([])
  })

  it('is none of the ordinary variables of a machine', () => {
    expect(strangeVariables(environmentOf(ORDINARY))).toEqual([])
  })
})
