/** Progress bars on standard error. The bar of a load run shows the number of settled operations. */
import { Presets, SingleBar } from 'cli-progress'
import type { LoadEvent } from '../load/report.ts'

export interface Progress {
  show(event: LoadEvent): void
  stop(): void
}

const PREPARING = 'creating accounts {bar} {value}/{total}  {duration_formatted}'
const RUNNING =
  '{bar} {value}/{total}  accepted {accepted}  rejected {rejected}  failed {failed}  {duration_formatted}'

/** @param operations number of counted operations */
export function createProgress(operations: number): Progress {
  const counts = { accepted: 0, rejected: 0, finalized: 0, failed: 0 }
  let bar = createBar(PREPARING)
  return {
    show(event) {
      switch (event.type) {
        case 'planned':
          if (event.accounts > 0) bar.start(event.accounts, 0)
          return
        case 'prepared':
          bar.increment()
          return
        case 'started':
          bar.stop()
          bar = createBar(RUNNING)
          bar.start(operations, 0, counts)
          return
        case 'unprepared':
        case 'postponed':
        case 'cut':
          return
        default:
          counts[event.type] += 1
          bar.update(counts.finalized + counts.failed + counts.rejected, counts)
      }
    },
    stop: () => bar.stop(),
  }
}

/** @param format a format string of cli-progress */
export function createBar(format: string): SingleBar {
  return new SingleBar({ format, stream: process.stderr, hideCursor: true }, Presets.shades_classic)
}
