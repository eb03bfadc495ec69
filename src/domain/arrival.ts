/** An operation that a process admitted without being the leader. The leader finds it in the shared store. */
import type { OpEnvelope } from './operation.ts'
import type { OpStatus } from './status.ts'

export interface Arrival {
  /** The leader gives the number in order of admission. */
  readonly envelope: Omit<OpEnvelope, 'sequence'>
  /** The nonce of the lane on chain at the pre-flight; null for an operation without lane. */
  readonly chainNonce: number | null
  /** The verdict of an operation that needs no transaction. Such an operation is not announced to the leader. */
  readonly status?: Extract<OpStatus, { readonly type: 'Finalized' }>
}
