/**
 * The two entrances of operations. The leader admits through its intake, which knows all lanes. Any other process of a shared store
 * admits through the store: its constraints keep positions and claims free of duplicates, and the leader finds the operation there.
 */
import { type Callers, errorOf } from '../actors/answerCallers.ts'
import type { FutureNonces } from '../domain/config.ts'
import { RefusedError, UnavailableError } from '../domain/errors.ts'
import type { OperationEvent } from '../domain/events.ts'
import type { OperationId, QueuedOperation } from '../domain/operation.ts'
import type { DurationMs, Now } from '../domain/primitives.ts'
import { type AdmissionLimits, type Applicant, limitRefusal } from '../machines/nonceTracker/limits.ts'
import type { OperationSubmitted, Refusal } from '../machines/protocol.ts'
import { type AdmissionStore, StoreError } from '../store/port.ts'

/** Where operations are admitted. */
export interface Entrance {
  /** Why a limit refuses an operation before any call to the chain; null if no limit is reached. */
  limitRefusal(applicant: Applicant): Refusal | null | Promise<Refusal | null>
  /** Resolves when the operation is durable. @throws GatewayError when the operation is refused */
  admit(submission: OperationSubmitted): Promise<void>
}

interface IntakeParts {
  /** The callers to which the intake's answers are delivered. */
  readonly callers: Callers
  /** Sends an event to the intake. */
  readonly send: (event: OperationSubmitted) => void
  readonly limitRefusal: (applicant: Applicant) => Refusal | null
}

export function intakeEntrance({ callers, send, limitRefusal }: IntakeParts): Entrance {
  return {
    limitRefusal,
    admit(submission) {
      const answer = callers.wait(submission.envelope.id)
      send(submission)
      return answer
    },
  }
}

interface StoreParts {
  readonly admissions: AdmissionStore
  readonly limits: AdmissionLimits
  readonly publish: (event: OperationEvent) => void
  readonly now: Now
}

/** The counts by client are read at most this often: the leader counts exactly, and this limit only keeps the queue bounded. */
const COUNT_EVERY: DurationMs = 1_000

export function storeEntrance({ admissions, limits, publish, now }: StoreParts): Entrance {
  let counts: Promise<ReadonlyMap<QueuedOperation['client'], number>> = Promise.resolve(new Map())
  let countedAt = Number.NEGATIVE_INFINITY

  /** A failed count is repeated by the next caller. */
  const waitingByClient = () => {
    if (now() - countedAt < COUNT_EVERY) return counts
    countedAt = now()
    counts = admissions.waitingByClient()
    counts.catch(() => {
      countedAt = Number.NEGATIVE_INFINITY
    })
    return counts
  }

  return {
    async limitRefusal({ lane, client }) {
      const [byClient, ofAccount] = await answered(
        Promise.all([waitingByClient(), lane === null ? 0 : admissions.waitingOf(lane.leaf)]),
      )
      const all = [...byClient.values()].reduce((sum, count) => sum + count, 0)
      return limitRefusal({ all, ofAccount, ofClient: byClient.get(client) ?? 0 }, limits)
    },

    async admit({ envelope, chainNonce, status }) {
      const { id, kind } = envelope
      try {
        await answered(refuseSecond(admissions, envelope, limits.futureNonces))
        await answered(admissions.admit({ envelope, chainNonce, ...(status && { status }) }))
      } catch (error) {
        if (error instanceof RefusedError || error instanceof UnavailableError) {
          publish({ type: 'operation.refused', kind, code: error.code, at: now() })
        }
        throw await named(error, admissions, envelope)
      }
      publish({ type: 'operation.accepted', id, kind, at: now() })
    },
  }
}

/** With `FUTURE_NONCES=refuse` an account has one operation in flight. */
async function refuseSecond(
  admissions: AdmissionStore,
  { lane }: Pick<QueuedOperation, 'lane'>,
  futureNonces: FutureNonces,
): Promise<void> {
  if (futureNonces === 'queue' || lane === null) return
  const [first] = await admissions.predecessors(lane.leaf, Number.MAX_SAFE_INTEGER)
  if (first !== undefined) throw duplicate(first)
}

/** A duplicate names the operation in flight, if it is still there. */
async function named(
  error: unknown,
  admissions: AdmissionStore,
  operation: Pick<QueuedOperation, 'lane' | 'claims'>,
): Promise<unknown> {
  const isNameless = error instanceof RefusedError && error.duplicateOf === null
  return isNameless ? duplicate(await admissions.holder(operation).catch(() => null)) : error
}

function duplicate(id: OperationId | null): RefusedError {
  const code = 'duplicate_request_in_flight'
  return errorOf({ code, message: code, ...(id !== null && { duplicateOf: id }) }) as RefusedError
}

/** An outage of the store is never the caller's fault. */
async function answered<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (cause) {
    if (!(cause instanceof StoreError)) throw cause
    if (cause.failure === 'duplicate') throw duplicate(null)
    const message =
      'The store did not answer. The operation may be stored: send it again, or ask for its status.'
    throw new UnavailableError('store_unavailable', message, { cause })
  }
}
