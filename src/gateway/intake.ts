/**
 * The way in: from an operation as it was sent to one that is on disk and has its place in line.
 *
 * It holds as many submissions at a time as its capacity says. What is refused was not stored; what was stored is never
 * lost, even when its caller has gone.
 */
import { randomUUID } from 'node:crypto'
import type { PreflightReport } from '../actors/preflight/preflight.ts'
import { GatewayError, type GatewayErrorCode, RefusedError, UnavailableError } from '../domain/errors.ts'
import type { OperationEvent } from '../domain/events.ts'
import type { AcceptedOperation } from '../domain/handle.ts'
import type { Operation, OperationId } from '../domain/operation.ts'
import type { Address, Now } from '../domain/primitives.ts'
import { recoverSigner } from '../evm/recoverSigner.ts'
import type { Admission, OperationSubmitted } from '../machines/protocol.ts'
import { toEnvelope } from '../registry/worldId/envelope.ts'
import { operationKinds } from '../registry/worldId/kinds.ts'
import type { RegistryDomain } from '../registry/worldId/typedData.ts'

export interface IntakeOptions {
  readonly capacity: number
  readonly domain: RegistryDomain
  readonly preflight: (operation: Operation) => Promise<PreflightReport>
  /** Asks the nonceTracker to let an operation in; its answer comes to `admitted`. */
  readonly ask: (event: OperationSubmitted) => void
  readonly isOpen: () => boolean
  readonly publish: (event: OperationEvent) => void
  readonly now: Now
}

const NOT_STORED = 'The gateway is restarting; nothing was stored. Please try again.'
const UNCERTAIN =
  'The gateway has stopped before the operation was stored for certain. Ask for its status later.'

/** Who waits for admission. */
interface Asker {
  resolve(): void
  reject(reason: GatewayError): void
}

export class Intake {
  readonly #options: IntakeOptions
  readonly #askers = new Map<OperationId, Asker>()
  readonly #waitingForRoom: (() => void)[] = []
  #pending = 0

  constructor(options: IntakeOptions) {
    this.#options = options
  }

  /** Submissions between arrival and disk. */
  get pending(): number {
    return this.#pending
  }

  get capacity(): number {
    return this.#options.capacity
  }

  /** Takes an operation, when need be after waiting for room. @throws GatewayError when it is not taken */
  async submit(operation: Operation, id: OperationId = randomUUID()): Promise<AcceptedOperation> {
    while (this.#pending >= this.capacity) {
      await new Promise<void>((resolve) => this.#waitingForRoom.push(resolve))
    }
    return this.#take(operation, id)
  }

  /** Takes an operation if there is room. @throws GatewayError when it is not taken */
  async trySubmit(operation: Operation, id: OperationId = randomUUID()): Promise<AcceptedOperation> {
    if (this.#pending >= this.capacity) {
      const message = `Batcher service is unavailable: ${this.capacity} requests are waiting to be stored. Please try again.`
      throw new UnavailableError('batcher_unavailable', message)
    }
    return this.#take(operation, id)
  }

  /** Operations that wait for the nonceTracker's answer. */
  get waiting(): readonly OperationId[] {
    return [...this.#askers.keys()]
  }

  /**
   * The actors are gone, and nothing is being stored any more: answers whoever still waits.
   * @param stored those of them that are on disk; the others never will be
   */
  settle(stored: ReadonlySet<OperationId>): void {
    for (const id of this.waiting) {
      this.#answer(id, stored.has(id) ? null : new UnavailableError('batcher_unavailable', NOT_STORED))
    }
  }

  /** The nonceTracker's answer. */
  admitted(answer: Admission): void {
    this.#answer(answer.id, answer.type === 'admission.granted' ? null : denied(answer.code, answer.message))
  }

  /** The gateway has ended: nobody will answer those who still wait. */
  close(): void {
    for (const id of this.waiting) this.#answer(id, new UnavailableError('store_unavailable', UNCERTAIN))
  }

  /** @param refusal null for an operation that is let in */
  #answer(id: OperationId, refusal: GatewayError | null): void {
    const asker = this.#askers.get(id)
    this.#askers.delete(id)
    if (refusal === null) asker?.resolve()
    else asker?.reject(refusal)
  }

  async #take(operation: Operation, id: OperationId): Promise<AcceptedOperation> {
    const { publish, now } = this.#options
    const { kind } = operation
    this.#pending += 1
    try {
      await this.#check(operation, id)
      publish({ type: 'operation.accepted', id, kind, at: now() })
      return { id, kind, state: { state: 'queued' } }
    } catch (error) {
      const code = error instanceof GatewayError ? error.code : 'internal_server_error'
      publish({ type: 'operation.refused', kind, code, at: now() })
      throw error
    } finally {
      this.#pending -= 1
      this.#waitingForRoom.shift()?.()
    }
  }

  /** The reference's order: field rules, signature, the chain, and then the place in line. */
  async #check(operation: Operation, id: OperationId): Promise<void> {
    const { domain, preflight, isOpen, now } = this.#options
    if (!isOpen()) throw closed()
    const receivedAt = now()
    const definition = operationKinds[operation.kind]
    const broken = definition.validate(operation)
    if (broken !== null) throw new RefusedError('bad_request', broken)
    const signer = this.#signer(operation, domain)
    const { chainNonce } = await preflight(operation)
    if (!isOpen()) throw closed()
    const envelope = toEnvelope(operation, { id, receivedAt, signer })
    await this.#askAdmission({ type: 'operation.submitted', envelope, chainNonce })
  }

  #signer(operation: Operation, domain: RegistryDomain): Address | null {
    const definition = operationKinds[operation.kind]
    const digest = definition.digest(operation, domain)
    if (digest === null || !('signature' in operation)) return null
    const signer = recoverSigner(digest, operation.signature)
    const objection = definition.authorise(operation, signer)
    if (objection !== null) throw new RefusedError('bad_request', objection)
    return signer
  }

  #askAdmission(event: OperationSubmitted): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#askers.set(event.envelope.id, { resolve, reject })
      this.#options.ask(event)
    })
  }
}

/** What is said while there are no actors to take an operation. */
export function closed(): UnavailableError {
  return new UnavailableError('batcher_unavailable', 'Batcher service is unavailable. Please try again.', {
    retryAfter: 5,
  })
}

function denied(code: GatewayErrorCode, message: string): GatewayError {
  return code === 'duplicate_request_in_flight' || code === 'mismatched_signature_nonce'
    ? new RefusedError(code, message)
    : new UnavailableError('store_unavailable', message)
}
