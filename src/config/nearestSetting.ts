/** The setting that a misspelt variable probably means. An ordinary variable of the system must never be taken for one. */
import { UNITS } from './values.ts'

/** Names of settings have capitals and underscores. A short name, or one short word, is too often near by chance. */
const PLAUSIBLE = /^(?=.{6})[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$|^[A-Z]{10,}$/

/**
 * The setting that `name` probably means: with a few wrong letters, another unit or none, a longer last word, or the name of
 * the program in front.
 * @param settings names of the variables of all settings
 * @returns null if no setting is near enough
 */
export function nearestSetting(name: string, settings: readonly string[]): string | null {
  if (!PLAUSIBLE.test(name)) return null
  const withoutPrefix = name.replace(/^OPSBATCHER_/, '')
  const meant = settings.find(
    (setting) =>
      setting === withoutPrefix ||
      withoutUnit(setting) === withoutUnit(name) ||
      isLongerForm(name, setting) ||
      isLongerForm(setting, name),
  )
  if (meant !== undefined) return meant
  const near = settings
    .map((setting) => ({ setting, distance: editDistance(name, setting) }))
    .filter(({ setting, distance }) => distance <= Math.min(3, setting.length / LETTERS_PER_MISTAKE))
    .sort((a, b) => a.distance - b.distance)
  return near[0]?.setting ?? null
}

/** One mistake is plausible in so many letters. */
const LETTERS_PER_MISTAKE = 6

const UNIT_WORDS = [...Object.values(UNITS).map(({ suffix }) => suffix.toUpperCase()), 'SECONDS', 'WEI']
const UNIT = new RegExp(`_(?:${UNIT_WORDS.join('|')})$`)

function withoutUnit(name: string): string {
  return name.replace(UNIT, '')
}

/** True for `LISTEN_ADDRESS` and `LISTEN_ADDR`. */
function isLongerForm(long: string, short: string): boolean {
  return short.length >= 8 && long.startsWith(short) && /^[A-Z]{1,3}$/.test(long.slice(short.length))
}

/** Number of letters to insert, remove or replace, or neighbours to swap. */
function editDistance(one: string, other: string): number {
  let [before, last] = [[] as number[], Array.from({ length: other.length + 1 }, (_, index) => index)]
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= other.length; j += 1) {
      const isEqual = one[i - 1] === other[j - 1]
      const isSwapped = one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]
      row[j] = Math.min(
        at(last, j) + 1,
        at(row, j - 1) + 1,
        at(last, j - 1) + (isEqual ? 0 : 1),
        isSwapped ? at(before, j - 2) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    ;[before, last] = [last, row]
  }
  return at(last, other.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY
}
