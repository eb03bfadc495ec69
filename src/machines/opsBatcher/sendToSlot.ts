/** Messages of the opsBatcher to the batches in its slots. */
import type { ActorRef, Snapshot } from 'xstate'
import type { BatchInbox } from '../protocol.ts'

type BatchRef = ActorRef<Snapshot<unknown>, BatchInbox>

/** The part of XState's `enqueue` that `sendToSlot` uses. */
interface Enqueue {
  sendTo(actor: BatchRef | string, event: BatchInbox): void
}

/** Addresses the child by id: a reference does not exist yet when the child was spawned in the same step. */
export function sendToSlot(enqueue: Enqueue, index: number, message: BatchInbox): void {
  enqueue.sendTo(`slot-${index}`, message)
}
