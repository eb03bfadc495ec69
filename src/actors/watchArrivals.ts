/** Slot `watchArrivals` of the nonceTracker: finds the operations that other processes have stored. */
import { fromCallback } from 'xstate'
import type { OperationId } from '../domain/operation.ts'
import type { DurationMs } from '../domain/primitives.ts'
import type { OperationsArrived } from '../machines/protocol.ts'
import type { AdmissionStore } from '../store/port.ts'

/** Pause between two looks. It delays an operation less than a block does, and a look costs the database next to nothing. */
const PAUSE: DurationMs = 50

/**
 * Each operation is reported once. A look may still show an operation whose number is being stored, so an operation is remembered
 * until a look misses it.
 * @param read its failures are reported elsewhere. The next look tries again
 */
export function watchArrivals(read: AdmissionStore['arrivals']) {
  return fromCallback<OperationsArrived>(({ sendBack }) => {
    let reported: ReadonlySet<OperationId> = new Set()
    let isStopped = false
    let pause: NodeJS.Timeout | undefined
    const look = async () => {
      const arrivals = await read().catch(() => null)
      if (isStopped) return
      if (arrivals !== null) {
        const unreported = arrivals.filter(({ envelope }) => !reported.has(envelope.id))
        reported = new Set(arrivals.map(({ envelope }) => envelope.id))
        if (unreported.length > 0) sendBack({ type: 'operations.arrived', arrivals: unreported })
      }
      pause = setTimeout(look, PAUSE)
    }
    void look()
    return () => {
      isStopped = true
      clearTimeout(pause)
    }
  })
}
