/** renewSeat: the seat's effect that keeps the seat. */
import { fromPromise } from 'xstate'
import { SeatLostError } from '../domain/seat.ts'
import { type SeatStore, StoreError } from '../store/port.ts'

/** The logic of the seat's slot `renewSeat`. It fails with a SeatLostError if another process leads. */
export function renewSeat(seat: Pick<SeatStore, 'renew'>) {
  return fromPromise<void>(() =>
    seat.renew().catch((cause: unknown) => {
      const isLost = cause instanceof StoreError && cause.failure === 'deposed'
      throw isLost ? new SeatLostError(cause.message, { cause }) : cause
    }),
  )
}
