/** Numbers, times and names for people. */

export const integer = (value: number): string => Math.round(value).toLocaleString('en')

export function duration(millis: number): string {
  if (millis < 1_000) return `${Math.max(0, Math.round(millis))} ms`
  if (millis < 60_000) return `${(millis / 1_000).toFixed(1)} s`
  if (millis < 3_600_000) return `${Math.floor(millis / 60_000)} m ${Math.round((millis % 60_000) / 1_000)} s`
  return `${(millis / 3_600_000).toFixed(1)} h`
}

export function clock(at: number): string {
  const date = new Date(at)
  const two = (part: number) => String(part).padStart(2, '0')
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
  return `${time}.${String(date.getMilliseconds()).padStart(3, '0')}`
}

/** @param wei per unit of gas */
export function gwei(wei: number): string {
  const value = wei / 1e9
  return `${value >= 1 ? value.toFixed(2) : value.toPrecision(2)} gwei`
}

export const short = (id: string): string =>
  id.startsWith('0x') ? `${id.slice(0, 8)}…${id.slice(-4)}` : id.slice(0, 8)

/** `Submitted.Checking` of `pendingBatch.Submitted.Checking`; the deepest of the states. */
export const stateName = (states: readonly string[]): string =>
  (states.at(-1) ?? '').split('.').slice(1).join(' › ')

/** The outermost of the states, without the machine. */
export const topState = (states: readonly string[]): string => states[0]?.split('.')[1] ?? ''
