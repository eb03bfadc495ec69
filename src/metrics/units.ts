/** From the program's units to the base units that Prometheus and its readers expect. */
import type { DurationMs, Wei, WeiPerGas } from '../domain/primitives.ts'

export function seconds(duration: DurationMs): number {
  return duration / 1000
}

export function gwei(fee: WeiPerGas): number {
  return fee / 1e9
}

/** Rounded to a double: a gauge needs no more. */
export function ether(balance: Wei): number {
  return Number(balance) / 1e18
}
