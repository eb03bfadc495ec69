/** `opsbatcher load`: a load run with a progress bar, or with one JSON object for programs. */
import { isSuccess } from '../load/report.ts'
import { runLoad } from '../load/run.ts'
import { type CliContext, EXIT, type ExitCode } from './context.ts'
import { describeRun, Problems } from './loadReport.ts'
import type { LoadFlags } from './options.ts'
import { createProgress } from './progress.ts'

/** @throws LoadError if no gateway answers at the URL, or no chain at the endpoint */
export async function load(
  flags: LoadFlags,
  { environment, now, interruption }: CliContext,
): Promise<ExitCode> {
  const isQuiet = flags.json === true || !process.stderr.isTTY
  const progress = isQuiet ? null : createProgress(flags.operations)
  const problems = new Problems()
  const report = await runLoad({
    url: flags.url,
    operatorToken: environment['OPERATOR_TOKEN'],
    operations: flags.operations,
    mix: flags.mix ?? null,
    concurrency: flags.concurrency,
    rate: flags.rate ?? null,
    rpcUrl: flags.rpcUrl,
    idleTimeout: flags.timeoutSecs,
    now,
    signal: interruption(),
    onEvent(event) {
      problems.add(event)
      progress?.show(event)
    },
  }).finally(() => progress?.stop())
  if (problems.cut !== null) process.stderr.write(`opsbatcher: ${problems.cut}\n`)
  const text = flags.json === true ? JSON.stringify(report) : describeRun(report, problems, flags.operations)
  process.stdout.write(`${text}\n`)
  return isSuccess(report) && problems.allAnswered ? EXIT.ok : EXIT.failure
}
