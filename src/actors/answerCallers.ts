/** answerCallers: the intake's effect for answers to the callers of `submit`. */
import { fromCallback } from 'xstate'
import { type GatewayError, RefusedError, UnavailableError } from '../domain/errors.ts'
import type { OperationId } from '../domain/operation.ts'
import type { CallersAnswered } from '../machines/intake/setup.ts'
import type { Refusal } from '../machines/protocol.ts'

/** The logic of the intake's slot `answerCallers`. */
export function answerCallers(callers: Callers) {
  return fromCallback<CallersAnswered>(({ receive }) => {
    receive(({ ids, refusal }) => {
      for (const id of ids) callers.answer(id, refusal === null ? null : errorOf(refusal))
    })
    return () => callers.abandon()
  })
}

interface Caller {
  resolve(): void
  reject(reason: GatewayError): void
}

const STOPPED = 'The gateway has stopped. The operation may be stored: ask for its status later.'

/** Seconds after which a caller may submit again when the gateway is closed restarting or full. */
const RETRY_AFTER = 5

/** The waiting callers, by operation. */
export class Callers {
  readonly #waiting = new Map<OperationId, Caller>()

  /**
   * Waits for the answer to a submission.
   * @returns a promise that resolves at the admission of the operation
   * @throws GatewayError when the operation is refused, when the gateway stops first, or when a caller already waits for
   *   an operation with this id
   */
  wait(id: OperationId): Promise<void> {
    if (this.#waiting.has(id)) {
      const code = 'duplicate_request_in_flight'
      return Promise.reject(new RefusedError(code, code, { duplicateOf: id }))
    }
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
  }

  /** @param refusal null for an accepted operation */
  answer(id: OperationId, refusal: GatewayError | null): void {
    const caller = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (refusal === null) caller?.resolve()
    else caller?.reject(refusal)
  }

  /** Tells every waiting caller that the result is uncertain. */
  abandon(): void {
    for (const id of [...this.#waiting.keys()]) {
      this.answer(id, new UnavailableError('store_unavailable', STOPPED))
    }
  }
}

/** The error that a refusal is for the caller. */
export function errorOf({ code, message, duplicateOf }: Refusal): GatewayError {
  switch (code) {
    case 'duplicate_request_in_flight':
    case 'mismatched_signature_nonce':
      return new RefusedError(code, message, { duplicateOf })
    case 'rate_limit_exceeded':
    case 'batcher_unavailable':
      return new UnavailableError(code, message, { retryAfter: RETRY_AFTER })
    case 'store_unavailable':
      return new UnavailableError(code, message)
  }
}
