/**
 * Submissions: from the operation that a caller sends to its admission.
 *
 * At most `capacity` submissions are in progress. A refused operation is not stored. An accepted operation is on disk, and
 * stays there when its caller has gone.
 */
import { randomUUID } from 'node:crypto'
import { errorOf } from '../actors/answerCallers.ts'
import type { PreflightReport } from '../actors/preflight/preflight.ts'
import { GatewayError, type GatewayErrorCode, RefusedError, UnavailableError } from '../domain/errors.ts'
import type { OperationEvent } from '../domain/events.ts'
import type { AcceptedOperation } from '../domain/handle.ts'
import type { OpEnvelope, Operation, OperationId, QueuedOperation } from '../domain/operation.ts'
import type { Address, Now } from '../domain/primitives.ts'
import { NO_TRANSACTION } from '../domain/status.ts'
import type { Eip712Domain } from '../evm/eip712Domain.ts'
import { recoverSigner } from '../evm/recoverSigner.ts'
import type { OperationSubmitted } from '../machines/protocol.ts'
import type { KindDefinition } from '../registry/definition.ts'
import { toEnvelope } from '../registry/envelope.ts'
import type { Registry } from '../registry/registry.ts'
import type { Entrance } from './entrances.ts'

export interface SubmissionOptions {
  /** Most submissions in progress. */
  readonly capacity: number
  readonly registry: () => Pick<Registry, 'name' | 'findKind'>
  /** Known as soon as operations are admitted. */
  readonly domain: Eip712Domain
  readonly preflight: (operation: Operation, signer: Address | null) => Promise<PreflightReport>
  /** Where operations are admitted now; null while none is admitted. */
  readonly entrance: () => Entrance | null
  readonly publish: (event: OperationEvent) => void
  readonly now: Now
}

type Client = QueuedOperation['client']

export class Submissions {
  readonly #options: SubmissionOptions
  readonly #waitingForRoom: (() => void)[] = []
  #pending = 0

  constructor(options: SubmissionOptions) {
    this.#options = options
  }

  /** Number of submissions in progress. */
  get pending(): number {
    return this.#pending
  }

  /** True while operations are admitted. */
  get isOpen(): boolean {
    return this.#options.entrance() !== null
  }

  get capacity(): number {
    return this.#options.capacity
  }

  /** Submits an operation; waits for room if the capacity is used up. @throws GatewayError when the operation is refused */
  async submit(
    operation: Operation,
    id: OperationId = randomUUID(),
    client: Client = null,
  ): Promise<AcceptedOperation> {
    while (this.#pending >= this.capacity) {
      await new Promise<void>((resolve) => this.#waitingForRoom.push(resolve))
    }
    return this.#take(operation, id, client)
  }

  /** Submits an operation. @throws GatewayError when the operation is refused, or the capacity is used up */
  async trySubmit(
    operation: Operation,
    id: OperationId = randomUUID(),
    client: Client = null,
  ): Promise<AcceptedOperation> {
    if (this.#pending >= this.capacity) {
      const message = `Batcher service is unavailable: ${this.capacity} requests are waiting to be stored. Please try again.`
      throw this.#refused(operation, new UnavailableError('batcher_unavailable', message))
    }
    return this.#take(operation, id, client)
  }

  async #take(operation: Operation, id: OperationId, client: Client): Promise<AcceptedOperation> {
    const { kind } = operation
    this.#pending += 1
    try {
      const submission = await this.#check(operation, id, client).catch((error: unknown) => {
        throw this.#refused(operation, error)
      })
      // The lead may have changed during the checks.
      const entrance = this.#options.entrance()
      if (entrance === null) throw this.#refused(operation, closed())
      await entrance.admit(submission)
      const { status } = submission
      return { id, kind, state: status ? { state: 'finalized', txHash: status.txHash } : { state: 'queued' } }
    } finally {
      this.#pending -= 1
      this.#waitingForRoom.shift()?.()
    }
  }

  /** Checks in this order: field rules, signature, limits, chain. The entrance decides the rest. */
  async #check(operation: Operation, id: OperationId, client: Client): Promise<OperationSubmitted> {
    const { preflight, now } = this.#options
    const entrance = this.#options.entrance()
    if (entrance === null) throw closed()
    const receivedAt = now()
    const definition = this.#definitionOf(operation)
    if (definition.unavailable !== undefined) {
      throw new RefusedError('method_not_available', definition.unavailable)
    }
    if (definition.needsNoTransaction) return settledAtOnce(definition, operation, { id, client, receivedAt })
    const broken = definition.validate(operation)
    if (broken !== null) throw new RefusedError('bad_request', broken)
    const signer = this.#signer(definition, operation)
    const refusal = await entrance.limitRefusal({ lane: definition.lane(operation), client })
    if (refusal !== null) throw errorOf(refusal)
    const { chainNonce } = await preflight(operation, signer)
    const envelope = toEnvelope(definition, operation, { id, client, receivedAt, signer })
    return { type: 'operation.submitted', envelope, chainNonce }
  }

  /** @throws RefusedError for a kind that the registry does not have */
  #definitionOf({ kind }: Operation): KindDefinition {
    const registry = this.#options.registry()
    const definition = registry.findKind(kind)
    if (definition !== null) return definition
    throw new RefusedError('bad_request', `${registry.name} has no kind of operation "${kind}".`)
  }

  /** @throws RefusedError if no signer can be recovered, or the signer may not sign the operation */
  #signer(definition: KindDefinition, operation: Operation): Address | null {
    const digest = definition.digest(operation, this.#options.domain)
    const signature = definition.signature(operation)
    if (digest === null || signature === null) return null
    const signer = recoverSigner(digest, signature)
    const objection = definition.authorise(operation, signer)
    if (objection !== null) throw new RefusedError('bad_request', objection)
    return signer
  }

  /** Publishes a refusal that no entrance sees. */
  #refused({ kind }: Operation, error: unknown): unknown {
    const code: GatewayErrorCode = error instanceof GatewayError ? error.code : 'internal_server_error'
    this.#options.publish({ type: 'operation.refused', kind, code, at: this.#options.now() })
    return error
  }
}

/** An operation that needs no transaction. It belongs to no lane, and reserves nothing. */
function settledAtOnce(
  definition: KindDefinition,
  operation: Operation,
  provenance: Pick<OpEnvelope, 'id' | 'client' | 'receivedAt'>,
): OperationSubmitted {
  const envelope = toEnvelope(definition, operation, { ...provenance, signer: null })
  return {
    type: 'operation.submitted',
    envelope: { ...envelope, lane: null, claims: [] },
    chainNonce: null,
    status: { type: 'Finalized', txHash: NO_TRANSACTION, blockNumber: 0, gasUsed: 0 },
  }
}

/** The error while no operation is admitted. */
export function closed(): UnavailableError {
  return new UnavailableError('batcher_unavailable', 'Batcher service is unavailable. Please try again.', {
    retryAfter: 5,
  })
}
