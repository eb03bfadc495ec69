/** The output of a campaign. */
import { FAULT_NAMES } from './faults.ts'
import type { RunResult } from './run.ts'

/** A crashed run has an error instead of a result. */
export type Outcome = RunResult | { readonly seed: number; readonly error: string }

export function reportLine(outcome: Outcome): string {
  if ('error' in outcome) return `seed ${outcome.seed}  BROKEN\n  ${outcome.error}\n${replayOf(outcome.seed)}`
  const { seed, violations, operations, landed, blocks, starts, failedStarts, duration } = outcome
  const figures = [
    `${operations} operations, ${landed} landed`,
    `${blocks} blocks`,
    `${faultsOf(outcome)} faults`,
    `${starts} starts${failedStarts > 0 ? ` and ${failedStarts} that failed` : ''}`,
    `${(duration / 1000).toFixed(1)} s`,
  ].join(', ')
  if (violations.length === 0) return `seed ${seed}  holds  ${figures}`
  const told = violations.map(({ invariant, what }) => `  ${invariant}: ${what}`)
  return [`seed ${seed}  VIOLATED  ${figures}`, ...told, replayOf(seed)].join('\n')
}

export function reportTotals(outcomes: readonly Outcome[]): string {
  const runs = outcomes.filter((outcome) => 'violations' in outcome)
  const total = (figure: (run: RunResult) => number) => runs.reduce((sum, run) => sum + figure(run), 0)
  const byFault = FAULT_NAMES.map((fault) => ({ fault, count: total(({ counts }) => counts[fault] ?? 0) }))
  const bad = outcomes.filter((outcome) => 'error' in outcome || outcome.violations.length > 0)
  return [
    '',
    `${outcomes.length} seeds, ${outcomes.length - bad.length} hold`,
    `${total(({ operations }) => operations)} operations, ${total(({ landed }) => landed)} landed`,
    `${total(({ starts }) => starts)} starts of the gateway, ${total(({ failedStarts }) => failedStarts)} more that failed`,
    `${total(faultsOf)} faults:`,
    ...byFault.map(({ fault, count }) => `  ${fault.padEnd(18)} ${count}`),
    ...(bad.length === 0 ? [] : [`not sound: seeds ${bad.map(({ seed }) => seed).join(', ')}`]),
    '',
  ].join('\n')
}

function faultsOf({ counts }: RunResult): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

function replayOf(seed: number): string {
  return `  again with: npm run chaos -- --seed ${seed}   log and journal: .chaos/seed-${seed}`
}
