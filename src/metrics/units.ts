/** Converts the units of the program to the units of the metrics. */
import type { DurationMs, Wei, WeiPerGas } from '../domain/primitives.ts'

export function seconds(duration: DurationMs): number {
  return duration / 1000
}

export function gwei(fee: WeiPerGas): number {
  return fee / 1e9
}

/** Rounded to a double: precise enough for a gauge. */
export function ether(balance: Wei): number {
  return Number(balance) / 1e18
}
