import { describe, expect, it } from 'vitest'
import { operationKinds } from '../../src/registry/worldId/kinds.ts'
import type { WorldIdOperation } from '../../src/registry/worldId/operations.ts'
import {
  A1,
  cancelUpdate,
  create,
  executeUpdate,
  insert,
  recover,
  remove,
  SAMPLES,
  update,
  updateAgent,
  ZERO,
} from './samples.ts'

const validate = (operation: WorldIdOperation) => operationKinds[operation.kind].validate(operation)

const COMMITMENT = 'offchain signer commitment cannot be zero'
const LEAF = 'leaf_index cannot be zero'
const PUBKEY = 'pubkey_id must be less than 7'
const NEW_ADDRESS = 'new_authenticator_address cannot be zero'

/** A violated rule: the message, and the fields with the violation. */
type Violation<O> = readonly [message: string, fields: Partial<O>]

/** The rules of each kind in the reference's order. */
const CREATE: readonly Violation<typeof create>[] = [
  ['authenticators cannot be more than 7', { authenticatorAddresses: Array(8).fill(A1) }],
  ['authenticators cannot be empty', { authenticatorAddresses: [] }],
  [
    'authenticators addresses must be equal to authenticators pubkeys',
    { authenticatorPubkeys: ['0x1', '0x2', '0x3'] },
  ],
  ['authenticator address cannot be zero', { authenticatorAddresses: [ZERO] }],
  [COMMITMENT, { offchainSignerCommitment: '0x0' }],
]

const INSERT: readonly Violation<typeof insert>[] = [
  [`${NEW_ADDRESS} on V1`, { newAuthenticatorAddress: ZERO }],
  [PUBKEY, { pubkeyId: 7 }],
  [LEAF, { leafIndex: '0x0' }],
  [COMMITMENT, { oldOffchainSignerCommitment: '0x0' }],
]

const UPDATE: readonly Violation<typeof update>[] = [
  [LEAF, { leafIndex: '0x0' }],
  [PUBKEY, { pubkeyId: 7 }],
  [NEW_ADDRESS, { newAuthenticatorAddress: ZERO }],
  [COMMITMENT, { oldOffchainSignerCommitment: '0x0' }],
]

const REMOVE: readonly Violation<typeof remove>[] = [
  [LEAF, { leafIndex: '0x0' }],
  [PUBKEY, { pubkeyId: 4_294_967_295 }],
  ['authenticator_address cannot be zero on V1', { authenticatorAddress: ZERO }],
  [COMMITMENT, { oldOffchainSignerCommitment: '0x0' }],
]

const RECOVER: readonly Violation<typeof recover>[] = [
  [LEAF, { leafIndex: '0x0' }],
  [NEW_ADDRESS, { newAuthenticatorAddress: ZERO }],
  [COMMITMENT, { oldOffchainSignerCommitment: '0x0' }],
]

/**
 * Breaks the rules of a kind from the last to the first. Each operation breaks one more rule, and the earliest broken
 * rule must be reported.
 */
function cases<O extends WorldIdOperation>(
  good: O,
  violations: readonly Violation<O>[],
): readonly [string, O, O][] {
  let broken = good
  return violations.toReversed().map(([message, fields]) => {
    broken = { ...broken, ...fields }
    return [message, { ...good, ...fields }, broken]
  })
}

/** Several rules of a create concern the list of addresses. Only some pairs can be broken together. */
const CREATE_PAIRS: readonly [string, WorldIdOperation][] = [
  ['authenticators cannot be more than 7', { ...create, authenticatorAddresses: Array(8).fill(ZERO) }],
  [
    'authenticators cannot be empty',
    { ...create, authenticatorAddresses: [], offchainSignerCommitment: '0x0' },
  ],
  [
    'authenticators addresses must be equal to authenticators pubkeys',
    { ...create, authenticatorAddresses: [ZERO, A1], offchainSignerCommitment: '0x0' },
  ],
  [
    'authenticator address cannot be zero',
    { ...create, authenticatorAddresses: [ZERO], offchainSignerCommitment: '0x0' },
  ],
]

describe('field rules', () => {
  it.each(Object.entries(SAMPLES))('accept a valid %s', (_, operation) => {
    expect(validate(operation)).toBeNull()
  })

  it.each(CREATE)('create_account: %s', (message, fields) => {
    expect(validate({ ...create, ...fields })).toBe(message)
  })

  it.each(CREATE_PAIRS)('create_account reports the earlier of two violations: %s', (message, operation) => {
    expect(validate(operation)).toBe(message)
  })

  describe.each([
    ['insert_authenticator', cases(insert, INSERT)],
    ['update_authenticator', cases(update, UPDATE)],
    ['remove_authenticator', cases(remove, REMOVE)],
    ['recover_account', cases(recover, RECOVER)],
  ] as readonly [string, readonly [string, WorldIdOperation, WorldIdOperation][]][])('of %s', (_, all) => {
    it.each(all)('%s', (message, alone) => {
      expect(validate(alone)).toBe(message)
    })

    it.each(all)('%s: reported before all later rules', (message, _, together) => {
      expect(validate(together)).toBe(message)
    })
  })

  it.each([insert, update, remove, recover])(
    '$kind: the new commitment is checked like the old commitment',
    (operation) => {
      expect(validate({ ...operation, newOffchainSignerCommitment: '0x0' })).toBe(COMMITMENT)
    },
  )

  it('allow seven authenticators, slot 6, no recovery address, and equal addresses', () => {
    const addresses = Array(7).fill(A1)
    const pubkeys = Array(7).fill('0x0')
    expect(
      validate({
        ...create,
        recoveryAddress: ZERO,
        authenticatorAddresses: addresses,
        authenticatorPubkeys: pubkeys,
      }),
    ).toBeNull()
    expect(validate({ ...insert, pubkeyId: 6 })).toBeNull()
  })
})

describe('the operations on a recovery agent', () => {
  it.each([updateAgent, cancelUpdate, executeUpdate])('$kind needs a leaf, and nothing else', (operation) => {
    expect(validate(operation)).toBeNull()
    expect(validate({ ...operation, leafIndex: '0x0' })).toBe(LEAF)
  })

  it('may name no agent', () => {
    expect(validate({ ...updateAgent, newRecoveryAgent: ZERO })).toBeNull()
  })
})
