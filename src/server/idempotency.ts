/**
 * Submissions with an `Idempotency-Key` (IETF draft-ietf-httpapi-idempotency-key-header): a repetition gets the answer of the first
 * request, also after a restart, at another process, or when the first answer was lost.
 *
 * The key determines the id of the operation, so the store needs no table of keys. A key lives as long as the record of its operation. A
 * refused request stores nothing, and its key can be used again.
 */
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { RefusedError } from '../domain/errors.ts'
import type { AcceptedOperation, OpsBatcherHandle } from '../domain/handle.ts'
import type { Operation, OperationId, OperationKind } from '../domain/operation.ts'

/** A string of RFC 8941 (structured fields), with or without its quotes. */
const KEY = /^(?:"([\x20\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\x21\x23-\x5b\x5d-\x7e]{1,255}))$/

/** @throws RefusedError `invalid_idempotency_key` */
export function readKey(header: string): string {
  const [, quoted, bare] = KEY.exec(header) ?? []
  const key = quoted ?? bare
  if (key !== undefined) return key
  throw new RefusedError(
    'invalid_idempotency_key',
    'Idempotency-Key must be 1 to 255 visible ASCII characters without quotes and backslashes, e.g. a UUID.',
  )
}

/** A request in progress. */
interface Running {
  readonly operation: Operation
  readonly answer: Promise<AcceptedOperation>
}

type Gateway = Pick<OpsBatcherHandle, 'trySubmit' | 'operation'>

export class IdempotentSubmissions {
  readonly #gateway: Gateway
  readonly #running = new Map<OperationId, Running>()

  constructor(gateway: Gateway) {
    this.#gateway = gateway
  }

  /**
   * Submits an operation, or answers as the first request with the key.
   * @param client as for `trySubmit`
   * @throws RefusedError `idempotency_key_reused` when the first request with the key had another body, and the errors of
   *   `trySubmit`
   */
  async submit(key: string, operation: Operation, client: string | null): Promise<AcceptedOperation> {
    const id = idOf(operation.kind, key)
    const running = this.#running.get(id)
    if (running !== undefined) {
      checkEqual(operation, running.operation)
      return running.answer
    }
    const answer = this.#submitFirst(id, operation, client).finally(() => this.#running.delete(id))
    this.#running.set(id, { operation, answer })
    return answer
  }

  async #submitFirst(
    id: OperationId,
    operation: Operation,
    client: string | null,
  ): Promise<AcceptedOperation> {
    const stored = await this.#findStored(id, operation)
    if (stored !== null) return stored
    try {
      return await this.#gateway.trySubmit(operation, id, client)
    } catch (error) {
      // Another process may have stored the first request meanwhile.
      const late = await this.#findStored(id, operation).catch((second: unknown) => {
        if (second instanceof RefusedError) throw second
        return null
      })
      if (late === null) throw error
      return late
    }
  }

  /** The answer of the first request; null if it stored nothing. */
  async #findStored(id: OperationId, operation: Operation): Promise<AcceptedOperation | null> {
    const stored = await this.#gateway.operation(id)
    if (stored === null) return null
    const { envelope, state } = stored
    checkEqual(operation, envelope.operation)
    const isSettledAtOnce = state.state === 'finalized' && stored.batch === null && envelope.lane === null
    return { id, kind: envelope.kind, state: isSettledAtOnce ? state : { state: 'queued' } }
  }
}

/**
 * A UUID of version 4 in form, made from the kind and the key. A client can use one key for one request of each kind: the draft leaves the
 * scope of a key to the server. The address of the client is no part of it, because it may change before the repetition.
 */
function idOf(kind: OperationKind, key: string): OperationId {
  const bytes = createHash('sha256').update(`idempotency key\0${kind}\0${key}`).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** Compares the fields as they are stored. */
function checkEqual(operation: Operation, first: Operation): void {
  const fields = (of: Operation): unknown => JSON.parse(JSON.stringify(of))
  if (isDeepStrictEqual(fields(operation), fields(first))) return
  throw new RefusedError(
    'idempotency_key_reused',
    'The first request with this Idempotency-Key had another body. Use a new key for each operation.',
  )
}
