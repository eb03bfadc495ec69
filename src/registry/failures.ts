/** The meaning of reverts: the reason of a failed operation, or the refusal of a request. */
import { RefusedError } from '../domain/errors.ts'
import type { Hex } from '../domain/primitives.ts'
import { describeFailure, type FailureReason } from '../domain/status.ts'
import type { ErrorMeanings } from './definition.ts'

export interface Failures {
  /** The failure reason of an operation whose call reverted. */
  toFailure(returnData: Hex, where: 'simulation' | 'execution'): FailureReason
  /** The refusal of a request after a revert in pre-flight. */
  toRefusal(returnData: Hex): RefusedError
  /**
   * What a revert says about an operation whose predecessors have not run yet: `nonce` is the error of the nonce, `other` an
   * error that comes after the check of the signer. Null for a failure of the operation.
   */
  earlyError(returnData: Hex): 'nonce' | 'other' | null
}

export function createFailures(errors: ErrorMeanings): Failures {
  const toFailure = (returnData: Hex, where: 'simulation' | 'execution'): FailureReason => {
    const revert = errors.decode(returnData)
    const { name, args } = revert
    if (name === errors.nonce.name) {
      const { expected, actual } = errors.nonce.read(args)
      return { type: actual < expected ? 'NonceTooLow' : 'NonceTooHigh', expected: Number(expected) }
    }
    if (errors.signature.has(name)) return { type: 'InvalidSignature' }
    if (errors.unpaid.has(name)) return { type: 'InsufficientBalance' }
    const code = errors.unavailable.has(name) ? 'method_not_available' : errors.codes.get(name)
    if (code !== undefined) return { type: 'ContractError', code, revert }
    return { type: where === 'simulation' ? 'SimulationReverted' : 'ExecutionReverted', revert }
  }
  return {
    toFailure,
    toRefusal(returnData) {
      const { name } = errors.decode(returnData)
      if (errors.unavailable.has(name)) return new RefusedError('method_not_available')
      const code = errors.codes.get(name)
      if (code !== undefined) return new RefusedError(code)
      return new RefusedError('bad_request', describeFailure(toFailure(returnData, 'simulation'), null).error)
    },
    earlyError(returnData) {
      const { name } = errors.decode(returnData)
      if (name === errors.nonce.name) return 'nonce'
      return errors.early.has(name) ? 'other' : null
    },
  }
}
