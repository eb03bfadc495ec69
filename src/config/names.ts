/** Names of a setting as flag and environment variable, derived from key and unit. */
import { type SettingInfo, type SettingKey, settingInfo, settingsTable } from './settings.ts'
import { UNITS, type Unit } from './values.ts'

export interface NamedSetting extends SettingInfo {
  readonly key: SettingKey
  /** Environment variable, such as `BATCH_WINDOW_MS`; null if the setting has only a flag. */
  readonly variable: string | null
  /** Environment variable with the path of a file that holds the value; null if the value is no secret. */
  readonly fileVariable: string | null
  /** Flag, such as `--batch-window-ms`. */
  readonly option: string
  /** Name of the parsed flag, such as `batchWindowMs`. */
  readonly attribute: string
}

/** Every setting and its names, in table order. */
export const namedSettings: readonly NamedSetting[] = settingsTable.keyof().options.map(named)

/** The names of all environment variables. */
export const variableNames: readonly string[] = namedSettings.flatMap(({ variable, fileVariable }) =>
  [variable, fileVariable].filter((name) => name !== null),
)

/** The name of a setting in messages, for example `BATCH_WINDOW_MS (--batch-window-ms)`. */
export function nameOf(key: SettingKey): string {
  const { variable, option } = named(key)
  return variable === null ? option : `${variable} (${option})`
}

function named(key: SettingKey): NamedSetting {
  const info = settingInfo.get(settingsTable.shape[key])
  if (info === undefined) throw new Error(`The setting ${key} has no description.`)
  const words = wordsOf(key, info.unit)
  const flag = info.flag ?? words.join('-')
  const variable = info.environment === false ? null : words.join('_').toUpperCase()
  return {
    ...info,
    key,
    variable,
    fileVariable: variable !== null && info.secret === true ? `${variable}_FILE` : null,
    option: `--${flag}`,
    attribute: flag.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
  }
}

function wordsOf(key: string, unit: Unit | null): string[] {
  const name = unit === null ? key : `${key}${UNITS[unit].suffix}`
  return name.split(/(?=[A-Z])/).map((word) => word.toLowerCase())
}
