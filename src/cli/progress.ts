/** The progress bar of a load run, on standard error: how many operations have come to their end. */
import { Presets, SingleBar } from 'cli-progress'
import type { LoadEvent } from '../load/report.ts'

export interface Progress {
  show(event: LoadEvent): void
  stop(): void
}

const FORMAT =
  '{phase} {bar} {value}/{total}  accepted {accepted}  rejected {rejected}  failed {failed}  {duration_formatted}'

/** @param operations how many are counted */
export function createProgress(operations: number): Progress {
  const bar = new SingleBar(
    { format: FORMAT, stream: process.stderr, hideCursor: true },
    Presets.shades_classic,
  )
  const counts = { prepared: 0, unprepared: 0, accepted: 0, rejected: 0, finalized: 0, failed: 0 }
  bar.start(operations, 0, { ...counts, phase: 'sending  ' })
  return {
    show(event) {
      if (event.type === 'started') {
        bar.start(operations, 0, { ...counts, phase: 'sending  ' })
        return
      }
      counts[event.type] += 1
      if (event.type === 'prepared') {
        bar.setTotal(event.total)
        bar.update(counts.prepared, { ...counts, phase: 'preparing' })
      } else {
        bar.update(counts.finalized + counts.failed + counts.rejected, counts)
      }
    },
    stop: () => bar.stop(),
  }
}
