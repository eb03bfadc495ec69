import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RefusedError } from '../../src/domain/errors.ts'
import type { DecodedRevert } from '../../src/domain/status.ts'
import { createFailures } from '../../src/registry/failures.ts'
import { registryErrors } from '../../src/registry/worldId/abi.ts'
import { worldIdErrors } from '../../src/registry/worldId/errors.ts'

function revert(name: string, ...args: string[]): DecodedRevert {
  return { name, args, data: '0x12345678' }
}

const failures = (decoded: DecodedRevert) => createFailures({ ...worldIdErrors, decode: () => decoded })
const toFailure = (decoded: DecodedRevert, where: 'simulation' | 'execution') =>
  failures(decoded).toFailure(decoded.data, where)
const toRefusal = (decoded: DecodedRevert) => failures(decoded).toRefusal(decoded.data)

const MAPPED = [
  ['AuthenticatorAddressAlreadyInUse', 'authenticator_already_exists'],
  ['AuthenticatorAlreadyExists', 'authenticator_already_exists'],
  ['AuthenticatorDoesNotExist', 'authenticator_does_not_exist'],
  ['AuthenticatorDoesNotBelongToAccount', 'authenticator_does_not_belong_to_account'],
  ['PubkeyIdInUse', 'pubkey_id_in_use'],
  ['PubkeyIdOutOfBounds', 'pubkey_id_out_of_bounds'],
  ['PubkeyIdOverflow', 'pubkey_id_out_of_bounds'],
] as const

const SIGNATURE = [
  'InvalidSignature',
  'ZeroRecoveredSignatureAddress',
  'ECDSAInvalidSignature',
  'ECDSAInvalidSignatureLength',
  'ECDSAInvalidSignatureS',
]

describe('toFailure', () => {
  it.each(MAPPED)('%s has the code %s', (name, code) => {
    const decoded = revert(name, '1')
    expect(toFailure(decoded, 'simulation')).toEqual({ type: 'ContractError', code, revert: decoded })
    expect(toFailure(decoded, 'execution')).toEqual({ type: 'ContractError', code, revert: decoded })
  })

  it.each(SIGNATURE)('%s becomes an invalid signature', (name) => {
    expect(toFailure(revert(name), 'simulation')).toEqual({ type: 'InvalidSignature' })
  })

  it('a fee that the caller cannot pay becomes an insufficient balance', () => {
    expect(toFailure(revert('InsufficientFunds'), 'simulation')).toEqual({ type: 'InsufficientBalance' })
  })

  it.each([
    ['5', '4', { type: 'NonceTooLow', expected: 5 }],
    ['5', '0', { type: 'NonceTooLow', expected: 5 }],
    ['5', '6', { type: 'NonceTooHigh', expected: 5 }],
    ['9', '10', { type: 'NonceTooHigh', expected: 9 }],
    ['10', '9', { type: 'NonceTooLow', expected: 10 }],
    ['0', ((1n << 256n) - 1n).toString(), { type: 'NonceTooHigh', expected: 0 }],
  ])('compares the expected nonce %s with the nonce %s', (expected, actual, failure) => {
    expect(toFailure(revert('MismatchedSignatureNonce', '7', expected, actual), 'execution')).toEqual(failure)
  })

  it('keeps every other revert, with its source: simulation or execution', () => {
    for (const name of ['LeafDoesNotExist', 'MismatchedLeafIndex', 'Error', 'Panic', 'Unknown']) {
      const decoded = revert(name)
      expect(toFailure(decoded, 'simulation')).toEqual({ type: 'SimulationReverted', revert: decoded })
      expect(toFailure(decoded, 'execution')).toEqual({ type: 'ExecutionReverted', revert: decoded })
    }
  })
})

describe('toRefusal', () => {
  it.each([...MAPPED, ['MismatchedSignatureNonce', 'mismatched_signature_nonce'] as const])(
    '%s is refused with the code and the message %s',
    (name, code) => {
      expect(toRefusal(revert(name, '7', '5', '4'))).toMatchObject({ code, message: code, http: 400 })
    },
  )

  it('answers 501 for a method without an implementation in the registry', () => {
    expect(toRefusal(revert('MethodUnsupported'))).toMatchObject({ code: 'method_not_available', http: 501 })
  })

  it('puts every other revert into the message of a 400', () => {
    expect(toRefusal(revert('MismatchedLeafIndex', '1', '2'))).toMatchObject({
      code: 'bad_request',
      message: expect.stringContaining('MismatchedLeafIndex(1, 2)'),
    })
    expect(toRefusal(revert('Unknown'))).toMatchObject({
      code: 'bad_request',
      message: expect.stringContaining('0x12345678'),
    })
    expect(toRefusal(revert('InvalidSignature'))).toMatchObject({ code: 'bad_request' })
  })

  it('is never retryable', () => {
    const names = registryErrors.map((item) => item.name)
    fc.assert(
      fc.property(fc.constantFrom(...names, 'Error', 'Panic', 'Unknown'), (name) => {
        const refusal = toRefusal(revert(name, '1', '2', '3'))
        expect(refusal).toBeInstanceOf(RefusedError)
        expect(refusal.retryable).toBe(false)
      }),
    )
  })
})
