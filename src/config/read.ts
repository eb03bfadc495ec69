/** Reads settings from flags and environment variables. Reports all mistakes at once, a line for each mistake. */
import type { z } from 'zod'
import { CHECKS } from './checks.ts'
import { type NamedSetting, namedSettings, nameOf } from './names.ts'
import { CONNECTION_KEYS, type SettingKey, type Settings, settingsTable } from './settings.ts'

/** Sources of settings. A flag takes precedence over a variable. An empty text counts as not given. */
export interface Sources {
  /** Texts by the name of the parsed flag, for example `batchWindowMs`. */
  readonly flags: Readonly<Record<string, unknown>>
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** Settings with chain, registry and wallet. */
export type ConnectedSettings = z.output<typeof connectedTable>

/**
 * The configuration is wrong. Each line names a setting, the value, and the allowed values. Secrets are never shown.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly mistakes: readonly string[]

  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'))
    this.mistakes = mistakes
  }
}

const connectedTable = settingsTable.required({ rpcUrl: true, registryAddress: true, walletPrivateKey: true })

/**
 * Settings for a given chain.
 * @throws ConfigError if a setting is missing or wrong
 */
export function readConnectedSettings(sources: Sources): ConnectedSettings {
  return parse(connectedTable, givenTexts(sources))
}

/**
 * Settings for a given chain, or for a local chain if no setting of `CONNECTION_KEYS` is given.
 * @throws ConfigError if a setting is wrong, or only some of `CONNECTION_KEYS` are given
 */
export function readDevSettings(sources: Sources): Settings | ConnectedSettings {
  const texts = givenTexts(sources)
  const namesChain = CONNECTION_KEYS.some((key) => texts[key] !== undefined)
  return parse(namesChain ? connectedTable : settingsTable, texts)
}

/** True if the settings name a chain. A local chain is not needed then. */
export function isConnected(settings: Settings | ConnectedSettings): settings is ConnectedSettings {
  return CONNECTION_KEYS.every((key) => settings[key] !== undefined)
}

type Texts = Partial<Record<SettingKey, string>>

function givenTexts({ flags, environment }: Sources): Texts {
  const texts: Texts = {}
  for (const { key, attribute, variable } of namedSettings) {
    const flag = flags[attribute]
    const text = typeof flag === 'string' ? flag : variable === null ? undefined : environment[variable]
    if (text !== undefined && text.trim() !== '') texts[key] = text
  }
  return texts
}

function parse<T extends Settings>(table: z.ZodType<T>, texts: Texts): T {
  const result = withChecks(table).safeParse(texts)
  if (result.success) return result.data
  throw new ConfigError(result.error.issues.map((issue) => describe(issue, texts)))
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

function describe(issue: z.core.$ZodIssue, texts: Texts): string {
  const setting = namedSettings.find(({ key }) => key === issue.path[0])
  if (setting === undefined) return issue.message
  const name = nameOf(setting.key)
  const isMissing = texts[setting.key] === undefined && setting.default === undefined
  if (isMissing) return `${name} is missing; it must be ${setting.accepts}.`
  return `${name} is ${shown(setting, texts)}; it ${issue.message}.`
}

function shown({ key, secret, default: fallback }: NamedSetting, texts: Texts): string {
  if (secret === true) return 'not valid (it is a secret, so it is not shown)'
  const text = texts[key]
  return text === undefined ? `${fallback} by default` : JSON.stringify(text)
}
