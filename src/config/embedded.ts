/**
 * Reads the options of a program that embeds the gateway. Options have the names of the flags, in camel case, and the values of
 * flags. The table of the settings checks them and gives the defaults.
 */
import { type NamedSetting, namedSettings } from './names.ts'
import { type ConnectedSettings, connectedTable, parse, type Texts } from './read.ts'
import type { SettingKey } from './settings.ts'

/** Settings of the server, the local chain and several replicas: an embedding program has no use for them. */
const NOT_EMBEDDED: readonly SettingKey[] = ['port', 'httpKeepAlive', 'xstateInspectPort', 'awsKmsKeyIds']

export interface EmbeddedOption {
  /** Name of the option, such as `batchWindowMs`. */
  readonly name: string
  readonly setting: NamedSetting
}

/** All options that are settings, in table order. */
export const embeddedOptions: readonly EmbeddedOption[] = namedSettings
  .filter(({ key, group }) => group !== 'local' && !NOT_EMBEDDED.includes(key))
  .map((setting) => ({ name: embeddedName(setting), setting }))

/**
 * @param given values by the name of the option; undefined counts as not given
 * @param hasSigner true if the program signs: then no key must be given
 * @param others names of options that are no settings, with what is wrong with each, or null
 * @throws ConfigurationError that lists all mistakes
 */
export function readEmbeddedSettings(
  given: Readonly<Record<string, unknown>>,
  hasSigner: boolean,
  others: Readonly<Record<string, string | null>> = {},
): ConnectedSettings {
  const texts: Texts = {}
  const mistakes = Object.entries(others).flatMap(([name, mistake]) =>
    mistake === null ? [] : [`${name} ${mistake}.`],
  )
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || name in others) continue
    const option = embeddedOptions.find((known) => known.name === name)
    const text = textOf(value)
    if (option === undefined) mistakes.push(`${name} is no option; docs/embedding.md lists the options.`)
    else if (text === null)
      mistakes.push(`${name} has the type ${typeof value}; it must be ${option.setting.accepts}.`)
    else texts[option.setting.key] = text
  }
  const keys = [given['privateKey'], given['awsKmsKeyId'], hasSigner || undefined].filter(
    (key) => key !== undefined,
  )
  if (keys.length !== 1)
    mistakes.push(
      `The wallet needs exactly one of privateKey, awsKmsKeyId and signer; ${keys.length} are given.`,
    )
  return parse(
    connectedTable,
    texts,
    mistakes,
    (key) => embeddedOptions.find(({ setting }) => setting.key === key)?.name ?? key,
  )
}

function embeddedName({ key, attribute }: NamedSetting): string {
  return key === 'walletPrivateKey' ? 'privateKey' : attribute
}

/** The text of a flag with this value; null for a value that no flag can have. */
function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  if (Array.isArray(value)) return value.every((part) => typeof part === 'string') ? value.join(',') : null
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : null
}
