/** The meaning of a revert: the reason of a failed operation, or the refusal of a request. */
import { RefusedError, type StatusErrorCode } from '../../domain/errors.ts'
import { type DecodedRevert, describeFailure, type FailureReason } from '../../domain/status.ts'

type ContractCode = Extract<
  StatusErrorCode,
  | 'authenticator_already_exists'
  | 'authenticator_does_not_exist'
  | 'authenticator_does_not_belong_to_account'
  | 'mismatched_signature_nonce'
  | 'pubkey_id_in_use'
  | 'pubkey_id_out_of_bounds'
>

/** The contract errors with an error code in the API. */
const CODES: ReadonlyMap<string, ContractCode> = new Map([
  ['AuthenticatorAddressAlreadyInUse', 'authenticator_already_exists'],
  ['AuthenticatorAlreadyExists', 'authenticator_already_exists'],
  ['AuthenticatorDoesNotExist', 'authenticator_does_not_exist'],
  ['AuthenticatorDoesNotBelongToAccount', 'authenticator_does_not_belong_to_account'],
  ['MismatchedSignatureNonce', 'mismatched_signature_nonce'],
  ['PubkeyIdInUse', 'pubkey_id_in_use'],
  ['PubkeyIdOutOfBounds', 'pubkey_id_out_of_bounds'],
  ['PubkeyIdOverflow', 'pubkey_id_out_of_bounds'],
])

/** The contract errors for a malformed signature, or for a signer without the right to sign. */
const SIGNATURE_ERRORS: ReadonlySet<string> = new Set([
  'InvalidSignature',
  'ZeroRecoveredSignatureAddress',
  'ECDSAInvalidSignature',
  'ECDSAInvalidSignatureLength',
  'ECDSAInvalidSignatureS',
])

/** The failure reason of a reverted operation. */
export function toFailure(revert: DecodedRevert, where: 'simulation' | 'execution'): FailureReason {
  if (revert.name === 'MismatchedSignatureNonce') return toNonceFailure(revert)
  if (SIGNATURE_ERRORS.has(revert.name)) return { type: 'InvalidSignature' }
  // The registry takes a fee, and its caller cannot pay the fee.
  if (revert.name === 'InsufficientFunds') return { type: 'InsufficientBalance' }
  const code = CODES.get(revert.name)
  if (code !== undefined) return { type: 'ContractError', code, revert }
  return { type: where === 'simulation' ? 'SimulationReverted' : 'ExecutionReverted', revert }
}

/** The refusal of a request after a revert in pre-flight. */
export function toRefusal(revert: DecodedRevert): RefusedError {
  if (revert.name === 'MethodUnsupported') return new RefusedError('method_not_available')
  const code = CODES.get(revert.name)
  if (code !== undefined) return new RefusedError(code)
  return new RefusedError('bad_request', describeFailure(toFailure(revert, 'simulation'), null).error)
}

/** The arguments of the error: leaf index, nonce expected by the registry, nonce of the operation. */
function toNonceFailure({ args: [, expected = '0', actual = '0'] }: DecodedRevert): FailureReason {
  return {
    type: BigInt(actual) < BigInt(expected) ? 'NonceTooLow' : 'NonceTooHigh',
    expected: Number(expected),
  }
}
