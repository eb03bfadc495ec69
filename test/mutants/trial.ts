/** A trial: the tests of a mutant run in a copy of the source tree. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Mutant } from './mutant.ts'
import { copyTree, ROOT } from './scratch.ts'

/** A test counts as hanging after the first limit, and the whole run after the second limit per file. */
const TEST_LIMIT_MS = 20_000
const FILE_LIMIT_MS = 120_000

const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs')

type Verdict =
  /** A test failed: its name. */
  | { readonly type: 'noticed'; readonly by: string }
  /** A test or the whole run did not end. */
  | { readonly type: 'hung'; readonly where: string }
  /** Every test passed. */
  | { readonly type: 'survived' }
  /** No result: the fault does not apply, or the tests could not run. */
  | { readonly type: 'broken'; readonly why: string }

export interface Trial {
  readonly verdict: Verdict
  readonly milliseconds: number
}

/**
 * @param mutant the fault; null runs the tests without a fault
 * @param tests paths of the test files, from the root
 */
export async function tryOut(mutant: Mutant | null, tests: readonly string[]): Promise<Trial> {
  const start = performance.now()
  const verdict = await verdictOf(mutant, tests).catch(
    (error: unknown): Verdict => ({
      type: 'broken',
      why: error instanceof Error ? error.message : String(error),
    }),
  )
  return { verdict, milliseconds: performance.now() - start }
}

async function verdictOf(mutant: Mutant | null, tests: readonly string[]): Promise<Verdict> {
  const scratch = await copyTree(mutant)
  try {
    const report = join(scratch.folder, 'report.json')
    const { hasEnded, output } = await runVitest(scratch.folder, report, tests)
    if (!hasEnded) return { type: 'hung', where: 'the run' }
    const text = await readFile(report, 'utf8').catch(() => null)
    return text === null ? { type: 'broken', why: output.slice(-500) } : judge(JSON.parse(text))
  } finally {
    await scratch.remove()
  }
}

/** Stops at the first failure, because a single failure is enough. */
async function runVitest(folder: string, report: string, tests: readonly string[]) {
  const child = spawn(
    process.execPath,
    [
      ...[VITEST, 'run', '--bail=1', '--maxWorkers=1', `--testTimeout=${TEST_LIMIT_MS}`],
      ...['--reporter=json', `--outputFile=${report}`, ...tests],
    ],
    // A separate process group: the workers end with the run.
    { cwd: folder, detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
    })
  }
  let hasEnded = true
  const endGroup = () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
  }
  const limit = setTimeout(() => {
    hasEnded = false
    endGroup()
  }, FILE_LIMIT_MS * tests.length)
  process.once('exit', endGroup)
  await once(child, 'close')
  process.off('exit', endGroup)
  clearTimeout(limit)
  return { hasEnded, output }
}

/** The used part of the report of vitest. */
interface Report {
  readonly success: boolean
  readonly numPassedTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly status: string
      readonly fullName: string
      readonly failureMessages: readonly string[]
    }[]
  }[]
}

/** Reads the verdict on the fault from a report. */
export function judge({ success, numPassedTests, testResults }: Report): Verdict {
  const [failed] = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'failed').map((result) => ({ file: name, ...result })),
  )
  if (failed !== undefined) {
    const where = `${failed.file.slice(failed.file.lastIndexOf('/test/') + 1)}: ${failed.fullName.trim()}`
    const isTimeout = failed.failureMessages.every((message) => /timed out in \d+ms/.test(message))
    return isTimeout ? { type: 'hung', where } : { type: 'noticed', by: where }
  }
  if (success && numPassedTests > 0) return { type: 'survived' }
  const why = testResults.map(({ message }) => message).find((message) => message !== '')
  return { type: 'broken', why: why ?? 'an error outside of a test' }
}
