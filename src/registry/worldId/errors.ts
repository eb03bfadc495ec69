/** What the errors of the World ID registry mean. */
import type { ErrorMeanings } from '../definition.ts'
import { decodeRevert } from './reverts.ts'

export const worldIdErrors: ErrorMeanings = {
  decode: decodeRevert,
  nonce: {
    name: 'MismatchedSignatureNonce',
    /** The arguments: leaf index, nonce expected by the registry, nonce of the operation. */
    read: ([, expected = '0', actual = '0']) => ({ expected: BigInt(expected), actual: BigInt(actual) }),
  },
  // The check of the leaf is the last check of the registry.
  early: new Set(['LeafDoesNotExist']),
  signature: new Set([
    'InvalidSignature',
    'ZeroRecoveredSignatureAddress',
    'ECDSAInvalidSignature',
    'ECDSAInvalidSignatureLength',
    'ECDSAInvalidSignatureS',
  ]),
  unpaid: new Set(['InsufficientFunds']),
  unavailable: new Set(['MethodUnsupported']),
  codes: new Map([
    ['AuthenticatorAddressAlreadyInUse', 'authenticator_already_exists'],
    ['AuthenticatorAlreadyExists', 'authenticator_already_exists'],
    ['AuthenticatorDoesNotExist', 'authenticator_does_not_exist'],
    ['AuthenticatorDoesNotBelongToAccount', 'authenticator_does_not_belong_to_account'],
    ['MismatchedSignatureNonce', 'mismatched_signature_nonce'],
    ['PubkeyIdInUse', 'pubkey_id_in_use'],
    ['PubkeyIdOutOfBounds', 'pubkey_id_out_of_bounds'],
    ['PubkeyIdOverflow', 'pubkey_id_out_of_bounds'],
  ]),
}
