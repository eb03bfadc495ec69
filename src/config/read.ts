/** Reads settings from flags and environment variables. Reports all mistakes at once, a line for each mistake. */
import { readFileSync } from 'node:fs'
import type { z } from 'zod'
import { CHECKS } from './checks.ts'
import { type NamedSetting, namedSettings, nameOf } from './names.ts'
import {
  CHAIN_KEYS,
  type SettingKey,
  type Settings,
  STORAGE_KEYS,
  settingsTable,
  WALLET_KEYS,
} from './settings.ts'

/** Sources of settings. A flag takes precedence over a variable. An empty text counts as not given. */
export interface Sources {
  /** Texts by the name of the parsed flag, for example `batchWindowMs`. */
  readonly flags: Readonly<Record<string, unknown>>
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** Settings with chain, registry and the key of the wallet: `walletPrivateKey` or `awsKmsKeyId`. */
export type ConnectedSettings = z.output<typeof connectedTable>

/**
 * The configuration is wrong. Each line names a setting, the value, and the allowed values. Secrets are never shown.
 */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
  readonly mistakes: readonly string[]

  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'))
    this.mistakes = mistakes
  }
}

/**
 * Settings for a given chain.
 * @throws ConfigurationError if a setting is missing or wrong
 */
export function readConnectedSettings(sources: Sources): ConnectedSettings {
  return parseConnected(givenTexts(sources), sources.environment)
}

/**
 * Settings for a given chain, or for a local chain if neither chain, registry nor key are given.
 * @throws ConfigurationError if a setting is wrong, or only some of these settings are given
 */
export function readDevSettings(sources: Sources): Settings | ConnectedSettings {
  const texts = givenTexts(sources)
  const namesChain = [...CHAIN_KEYS, ...WALLET_KEYS].some((key) => texts[key] !== undefined)
  return namesChain ? parseConnected(texts, sources.environment) : parse(settingsTable, texts)
}

/**
 * The settings that say where the operations are kept. Other settings may be missing or wrong.
 * @throws ConfigurationError if one of these is wrong
 */
export function readStorageSettings(sources: Sources): Pick<Settings, (typeof STORAGE_KEYS)[number]> {
  return parse(settingsTable, givenTexts(sources, STORAGE_KEYS))
}

/** True if the settings name a chain. A local chain is not needed then. */
export function isConnected(settings: Settings | ConnectedSettings): settings is ConnectedSettings {
  return CHAIN_KEYS.every((key) => settings[key] !== undefined)
}

/** The table in which the chain and the registry must be given. */
export const connectedTable = settingsTable.required({ rpcUrl: true, registryAddress: true })

function hasWalletKey(settings: Partial<Settings>): boolean {
  return WALLET_KEYS.some((key) => settings[key] !== undefined)
}

function parseConnected(texts: Texts, environment: Sources['environment']): ConnectedSettings {
  const table = connectedTable.refine(hasWalletKey, { path: ['walletPrivateKey'], when: () => true })
  const { awsKmsKeyIds, ...settings } = parse(table, texts)
  if (awsKmsKeyIds === undefined) return settings
  return { ...settings, awsKmsKeyId: keyOfReplica(awsKmsKeyIds, environment['HOSTNAME']) }
}

/** The key of a replica. The number at the end of its host name is its place: `gateway-0` has the first key. */
function keyOfReplica(keyIds: readonly string[], hostname = ''): string {
  const [number] = /\d+$/.exec(hostname) ?? []
  const keyId = number === undefined ? undefined : keyIds[Number(number)]
  if (keyId !== undefined) return keyId
  const host = `HOSTNAME is ${JSON.stringify(hostname)}`
  const reason =
    number === undefined
      ? 'it must end with a number'
      : `the last of ${keyIds.length} keys is for ${keyIds.length - 1}`
  throw new ConfigurationError([`${nameOf('awsKmsKeyIds')} cannot choose a key: ${host}; ${reason}.`])
}

export type Texts = Partial<Record<SettingKey, string>>

/**
 * @param keys the settings to read; default: all
 * @throws ConfigurationError if a file cannot be used
 */
function givenTexts({ flags, environment }: Sources, keys?: readonly SettingKey[]): Texts {
  const texts: Texts = {}
  const mistakes: string[] = []
  for (const { key, attribute, variable, fileVariable } of namedSettings) {
    if (keys?.includes(key) === false) continue
    const flag = flags[attribute]
    const text = typeof flag === 'string' ? flag : variable === null ? undefined : environment[variable]
    if (text !== undefined && text.trim() !== '') texts[key] = text
    const file = fileVariable === null ? undefined : environment[fileVariable]
    if (fileVariable === null || file === undefined || file.trim() === '') continue
    const secret = texts[key] === undefined ? readSecret(file) : { mistake: BOTH_GIVEN }
    if ('content' in secret) texts[key] = secret.content
    else mistakes.push(`${fileVariable} is ${JSON.stringify(file)}; ${secret.mistake}.`)
  }
  if (mistakes.length > 0) throw new ConfigurationError(mistakes)
  return texts
}

const BOTH_GIVEN = 'the setting is also given directly: remove one of both'

/** The content of a file, or why there is none. */
function readSecret(path: string): { readonly content: string } | { readonly mistake: string } {
  try {
    const content = readFileSync(path, 'utf8').trim()
    return content === '' ? { mistake: 'the file is empty' } : { content }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error
    return { mistake: `the file cannot be read (${code})` }
  }
}

/**
 * @param mistakes found before, for the same error
 * @param name the name of a setting in messages
 * @throws ConfigurationError with all mistakes
 */
export function parse<T extends Settings>(
  table: z.ZodType<T>,
  texts: Texts,
  mistakes: readonly string[] = [],
  name: (key: SettingKey) => string = nameOf,
): T {
  const result = withChecks(table).safeParse(texts)
  if (result.success && mistakes.length === 0) return result.data
  const issues = result.error?.issues ?? []
  throw new ConfigurationError([...mistakes, ...issues.map((issue) => describe(issue, texts, name))])
}

/** The table with the rules between settings. A rule is skipped if a setting of the rule is wrong. */
function withChecks<T extends Settings>(table: z.ZodType<T>): z.ZodType<T> {
  return CHECKS.reduce(
    (schema, { of, holds, rule }) =>
      schema.refine(holds, {
        path: [of[0]],
        message: rule,
        when: ({ issues }) => !issues.some((issue) => of.some((key) => issue.path?.[0] === key)),
      }),
    table,
  )
}

function describe(issue: z.core.$ZodIssue, texts: Texts, naming: (key: SettingKey) => string): string {
  const setting = namedSettings.find(({ key }) => key === issue.path[0])
  if (setting === undefined) return issue.message
  const name = naming(setting.key)
  const isMissing = texts[setting.key] === undefined && setting.default === undefined
  if (isMissing) return `${name} is missing; it must be ${setting.accepts}${insteadOf(setting.key)}.`
  return `${name} is ${shown(setting, texts)}; it ${issue.message}.`
}

/** Other settings that may be given instead of a missing one. */
function insteadOf(key: SettingKey): string {
  return key === 'walletPrivateKey' ? ', unless AWS_KMS_KEY_ID or AWS_KMS_KEY_IDS is given' : ''
}

function shown({ key, secret, default: fallback }: NamedSetting, texts: Texts): string {
  if (secret === true) return 'not valid (it is a secret, so it is not shown)'
  const text = texts[key]
  return text === undefined ? `${fallback} by default` : JSON.stringify(text)
}
