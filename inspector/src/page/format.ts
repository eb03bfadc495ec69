/** Formats numbers, times and names. */

export const integer = (value: number): string => Math.round(value).toLocaleString('en')

/** A short, inexact number: `12.3M`. */
export function compact(value: number): string {
  return value.toLocaleString('en', { notation: 'compact', maximumFractionDigits: value < 1e3 ? 0 : 1 })
}

/** @param millis a duration in milliseconds */
export function duration(millis: number): string {
  const value = Math.max(0, millis)
  if (value < 1_000) return `${Math.round(value)} ms`
  if (value < 10_000) return `${(value / 1_000).toFixed(1)} s`
  if (value < 60_000) return `${Math.floor(value / 1_000)} s`
  const [seconds, minutes] = [Math.floor(value / 1_000), Math.floor(value / 60_000)]
  if (minutes < 60) return `${minutes} m ${String(seconds % 60).padStart(2, '0')} s`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} m`
}

/** A long duration, rounded: `3 days`. @param millis a duration in milliseconds */
export function long(millis: number): string {
  const hours = millis / 3_600_000
  if (hours < 48) return duration(millis)
  const days = Math.floor(hours / 24)
  return days < 730 ? count(days, 'day') : 'over 2 years'
}

const two = (part: number) => String(part).padStart(2, '0')

/** @param at milliseconds since the Unix epoch. The text is in the time zone of the viewer. */
export function clock(at: number): string {
  const date = new Date(at)
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
}

export function exactClock(at: number): string {
  return `${clock(at)}.${String(new Date(at).getMilliseconds()).padStart(3, '0')}`
}

export function day(at: number): string {
  const date = new Date(at)
  return [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-')
}

/** @param wei fee in wei per unit of gas */
export function gwei(wei: number): string {
  const value = wei / 1e9
  if (value === 0) return '0 gwei'
  if (value < 0.001) return `${integer(wei)} wei`
  return `${value >= 100 ? integer(value) : value >= 1 ? value.toFixed(2) : value.toPrecision(2)} gwei`
}

/** @param wei balance in wei, as a decimal string */
export function ether(wei: string): string {
  return `${(Number(wei) / 1e18).toLocaleString('en', { maximumFractionDigits: 4 })} ETH`
}

export const short = (id: string): string =>
  id.startsWith('0x') ? `${id.slice(0, 8)}…${id.slice(-4)}` : id.slice(0, 8)

/** @param word a noun whose plural ends in `s` */
export const count = (amount: number, word: string): string =>
  `${integer(amount)} ${word}${amount === 1 ? '' : 's'}`

/** Converts `ReadyToSubmit` to `Ready to submit`, and `createAccount` to `Create account`. */
export function words(name: string): string {
  const lower = name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])|_/g, ' ').toLowerCase()
  return lower.charAt(0).toUpperCase() + lower.slice(1)
}

/** Readable event type. Events of XState become, for example, `signAttempt done`. */
export function eventWords(type: string): string {
  const [, kind, rest = ''] = /^xstate\.(done\.actor|error\.actor|done\.state)\.(.+)$/.exec(type) ?? []
  if (kind === undefined) return type === 'xstate.init' ? 'started' : type
  return `${rest} ${kind === 'error.actor' ? 'failed' : 'done'}`
}
