/** A JSON-RPC error of a node. */
import type { Hex } from '../../../src/domain/primitives.ts'

export class NodeError extends Error {
  readonly code: number
  readonly data: Hex | undefined

  constructor(code: number, message: string, data?: Hex) {
    super(message)
    this.code = code
    this.data = data
  }
}

/** Geth's code for an error without a specific code. */
const SERVER_ERROR = -32_000
/** A reverted call. */
const REVERTED = 3
const METHOD_NOT_FOUND = -32_601

export function refused(message: string): NodeError {
  return new NodeError(SERVER_ERROR, message)
}

export function reverted(data: Hex): NodeError {
  return new NodeError(REVERTED, 'execution reverted', data)
}

export function unknownMethod(method: string): NodeError {
  return new NodeError(METHOD_NOT_FOUND, `the method ${method} does not exist/is not available`)
}
