/** `opsbatcher load`: a load run, with a progress bar for people or one JSON object for programs. */
import { isSuccess } from '../load/report.ts'
import { runLoad } from '../load/run.ts'
import { type CliContext, EXIT, type ExitCode } from './context.ts'
import { describeRun, Mishaps } from './loadReport.ts'
import type { LoadFlags } from './options.ts'
import { createProgress } from './progress.ts'

/** @throws LoadError when there is no gateway at the URL, or no chain at the endpoint */
export async function load(flags: LoadFlags, { now, interruption }: CliContext): Promise<ExitCode> {
  const isQuiet = flags.json === true || !process.stderr.isTTY
  const progress = isQuiet ? null : createProgress(flags.operations)
  const mishaps = new Mishaps()
  const report = await runLoad({
    url: flags.url,
    operations: flags.operations,
    mix: flags.mix,
    concurrency: flags.concurrency,
    rate: flags.rate ?? null,
    rpcUrl: flags.rpcUrl,
    patience: flags.timeoutSecs,
    now,
    signal: interruption(),
    onEvent(event) {
      mishaps.add(event)
      progress?.show(event)
    },
  }).finally(() => progress?.stop())
  if (mishaps.cut !== null) process.stderr.write(`opsbatcher: ${mishaps.cut}\n`)
  const text = flags.json === true ? JSON.stringify(report) : describeRun(report, mishaps, flags.operations)
  process.stdout.write(`${text}\n`)
  return isSuccess(report) && mishaps.allArrived ? EXIT.ok : EXIT.failure
}
