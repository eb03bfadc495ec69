/** The totals of a campaign, in words. */
import { isSound, type Outcome } from './outcome.ts'

type Counts = Readonly<Record<string, number>>

/** @param quiet a quiet hour, for comparison */
export function tellTotals(outcomes: readonly Outcome[], quiet: Outcome | null): string {
  const sum = (of: (outcome: Outcome) => number) =>
    outcomes.reduce((total, outcome) => total + of(outcome), 0)
  const counts = (of: (outcome: Outcome) => Counts) => addUp(outcomes.map(of))
  const kills = counts(({ kills: by }) => by)
  const killed = outcomes.filter((outcome) => Object.keys(outcome.kills).length > 0).length
  const hours = sum(({ duration }) => duration) / 3_600_000
  const cpu = sum((outcome) => outcome.cpu) / 1_000
  const lines: Readonly<Record<string, string>> = {
    seeds: `${outcomes.length}, ${outcomes.filter((outcome) => !isSound(outcome)).length} violated`,
    operations: tellCounts(counts(({ operations }) => operations)),
    world: `${hours.toFixed(1)} hours, ${sum(({ blocks }) => blocks)} blocks, ${sum(({ turns }) => turns)} events`,
    lives: `${sum(({ lives }) => lives)}, of which ${total(kills)} were killed, in ${killed} of the seeds`,
    'killed at': `${tellKills(kills)} (before/after/answered)`,
    faults: tellCounts(counts(({ strikes }) => strikes)),
    processor: `${cpu.toFixed(1)} s, ${(cpu / Math.max(1, outcomes.length)).toFixed(3)} s a seed, ${(cpu / Math.max(1e-9, hours)).toFixed(2)} s an hour`,
    ...(quiet === null
      ? {}
      : { 'a quiet hour': `${(quiet.cpu / 1_000).toFixed(2)} s, ${quiet.blocks} blocks` }),
    violations: tellCounts(addUp(outcomes.map(violationsOf))),
  }
  return Object.entries(lines)
    .map(([name, text]) => `${name.padEnd(12)}  ${text}\n`)
    .join('')
}

/** Number of seeds with a violation, by invariant. */
function violationsOf({ violations }: Outcome): Counts {
  return Object.fromEntries(violations.map(({ invariant }) => [invariant, 1]))
}

function addUp(all: readonly Counts[]): Counts {
  const counts: Record<string, number> = {}
  for (const each of all) {
    for (const [name, count] of Object.entries(each)) counts[name] = (counts[name] ?? 0) + count
  }
  return counts
}

function total(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

/** The largest number first. */
function tellCounts(counts: Counts): string {
  const inOrder = Object.entries(counts).sort(([, a], [, b]) => b - a)
  return inOrder.map(([name, count]) => `${name} ${count}`).join(', ') || 'none'
}

/** Crashes by effect: before the effect, after the effect, and with the result. */
function tellKills(kills: Counts): string {
  const byEffect: Record<string, Record<string, number>> = {}
  for (const [place, count] of Object.entries(kills)) {
    const [when = '', effect = ''] = place.split(/ (.*)/)
    byEffect[effect] = { ...byEffect[effect], [when]: count }
  }
  const inOrder = Object.entries(byEffect).sort(([, a], [, b]) => total(b) - total(a))
  const texts = inOrder.map(([effect, { before = 0, after = 0, answered = 0, at = 0 }]) =>
    at > 0 ? `${effect} ${at}` : `${effect} ${before}/${after}/${answered}`,
  )
  return texts.join(', ') || 'none'
}
