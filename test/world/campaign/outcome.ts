/** The result of a run, as sent between processes and counted. */
import { createHash } from 'node:crypto'
import type { DurationMs } from '../../../src/domain/primitives.ts'
import type { Violation } from '../invariants.ts'
import type { Report } from '../world.ts'

export interface Outcome extends Omit<Report, 'trace' | 'recording' | 'evidence'> {
  /** SHA-256 of the trace. */
  readonly digest: string
  /** CPU time of the run, in milliseconds. */
  readonly cpu: DurationMs
}

/** Runs a plan and measures it. */
export async function measured(run: () => Promise<Report>): Promise<{ report: Report; outcome: Outcome }> {
  const start = process.cpuUsage()
  const report = await run()
  const { user, system } = process.cpuUsage(start)
  const { trace, recording: _recording, evidence: _evidence, ...rest } = report
  const digest = createHash('sha256').update(trace).digest('hex')
  return { report, outcome: { ...rest, digest, cpu: (user + system) / 1_000 } }
}

/** The result of a run that crashed. */
export function broken(seed: number, error: unknown): Outcome {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const violation: Violation = { invariant: 'runs', what }
  return {
    seed,
    violations: [violation],
    digest: '',
    cpu: 0,
    duration: 0,
    turns: 0,
    lives: 0,
    kills: {},
    blocks: 0,
    operations: {},
    strikes: {},
  }
}

export function isSound({ violations }: Pick<Outcome, 'violations'>): boolean {
  return violations.length === 0
}

/** The name of the first violation. A shrunk plan must violate the named invariant. */
export function failureOf({ violations }: Pick<Outcome, 'violations'>): string | null {
  return violations[0]?.invariant ?? null
}
