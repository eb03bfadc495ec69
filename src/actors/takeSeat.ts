/** takeSeat: the seat's effect that takes the seat if it is free. */
import { fromPromise } from 'xstate'
import type { SeatReport } from '../domain/seat.ts'
import type { SeatStore } from '../store/port.ts'

/** The logic of the seat's slot `takeSeat`. */
export function takeSeat(seat: Pick<SeatStore, 'take'>) {
  return fromPromise<SeatReport>(() => seat.take())
}
