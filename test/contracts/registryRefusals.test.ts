/**
 * Every custom error of the registry, and the order of the checks. The order is part of the interface, because the API
 * reports the first failed check.
 */
import { decodeFunctionData, maxUint256, toHex, zeroAddress } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Hex } from '../../src/domain/primitives.ts'
import { registryFunctions } from '../../src/registry/worldId/abi.ts'
import {
  create,
  createMany,
  newAccount,
  type RegistryFixture,
  signer,
  startRegistry,
} from './registryFixture.ts'

const ALICE = signer(1)
const BOB = signer(2)
const AGENT = signer(3)
const STRANGER = signer(9)

/** Order of BN254's scalar field: the greatest commitment plus 1. */
const FIELD: Hex = '0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001'

/** Order of secp256k1. */
const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

let fixture: RegistryFixture

/** Account 1 belongs to Alice, with the agent as recovery address and no used nonce. Account 2 belongs to Bob. */
beforeAll(async () => {
  fixture = await startRegistry()
  await fixture.send(createMany([newAccount(1, { recoveryAddress: AGENT.address }), newAccount(2)]))
})

afterAll(() => fixture.chain.stop())

const named = (error: string, key: { readonly address: string }) => `${error}(${key.address.toLowerCase()})`

describe('a create is refused with', () => {
  test.each([
    [
      'more than seven authenticators',
      { authenticatorAddresses: Array(8).fill(ALICE.address) },
      'PubkeyIdOutOfBounds()',
    ],
    ['no authenticator', { authenticatorAddresses: [], authenticatorPubkeys: [] }, 'EmptyAddressArray()'],
    ['fewer keys than addresses', { authenticatorPubkeys: [] }, 'MismatchingArrayLengths()'],
    ['the zero address', { authenticatorAddresses: [zeroAddress] }, 'ZeroAddress()'],
    [
      'an address in use',
      { authenticatorAddresses: [ALICE.address] },
      named('AuthenticatorAddressAlreadyInUse', ALICE),
    ],
    [
      'an address twice',
      {
        authenticatorAddresses: [STRANGER.address, STRANGER.address],
        authenticatorPubkeys: ['0x1', '0x2'] as Hex[],
      },
      named('AuthenticatorAddressAlreadyInUse', STRANGER),
    ],
    [
      'a commitment outside the field',
      { offchainSignerCommitment: FIELD },
      'ValueGreaterThanSnarkScalarField()',
    ],
  ])('%s', async (_what, changes, error) => {
    const account = newAccount(9, changes)
    expect(await fixture.refusal(create(account))).toBe(error)
    expect(await fixture.refusal(createMany([newAccount(8), account]))).toBe(error)
  })

  test('an empty list of accounts', async () => {
    expect(await fixture.refusal(createMany([]))).toBe('EmptyAddressArray()')
  })

  test('a commitment outside the field, but not with zero or the greatest commitment', async () => {
    expect(await fixture.refusal(create(newAccount(9, { offchainSignerCommitment: '0x0' })))).toBeNull()
    const greatest = toHex(BigInt(FIELD) - 1n)
    expect(await fixture.refusal(create(newAccount(9, { offchainSignerCommitment: greatest })))).toBeNull()
  })
})

/** Each step corrects a single field, and the error of the next check appears. The sequence proves the order. */
describe('the order of the checks of', () => {
  test('insert', async () => {
    const insert = async (by: typeof ALICE, changes: Parameters<RegistryFixture['insert']>[1]) =>
      fixture.refusal(await fixture.insert(by, changes))
    let changes: Parameters<RegistryFixture['insert']>[1] = {
      leafIndex: '0x1',
      newAuthenticatorAddress: zeroAddress,
      pubkeyId: 7,
      nonce: '0x5',
      oldOffchainSignerCommitment: '0x9',
      newOffchainSignerCommitment: '0x9',
    }
    expect(await insert(STRANGER, changes)).toBe('ZeroAddress()')
    changes = { ...changes, newAuthenticatorAddress: BOB.address }
    expect(await insert(STRANGER, changes)).toBe(named('AuthenticatorAddressAlreadyInUse', BOB))
    changes = { ...changes, newAuthenticatorAddress: signer(20).address }
    expect(await insert(STRANGER, changes)).toBe('PubkeyIdOutOfBounds()')
    changes = { ...changes, pubkeyId: 0 }
    expect(await insert(STRANGER, changes)).toBe('PubkeyIdInUse()')
    changes = { ...changes, pubkeyId: 6 }
    expect(await insert(STRANGER, changes)).toBe(named('AuthenticatorDoesNotExist', STRANGER))
    expect(await insert(BOB, changes)).toBe('MismatchedLeafIndex(1, 2)')
    expect(await insert(ALICE, changes)).toBe('MismatchedSignatureNonce(1, 0, 5)')
    await theTree((more) => insert(ALICE, { ...changes, nonce: '0x0', ...more }))
  })

  test('update', async () => {
    const update = async (by: typeof ALICE, changes: Parameters<RegistryFixture['update']>[1]) =>
      fixture.refusal(await fixture.update(by, changes))
    let changes: Parameters<RegistryFixture['update']>[1] = {
      leafIndex: '0x9',
      oldAuthenticatorAddress: BOB.address,
      newAuthenticatorAddress: BOB.address,
      pubkeyId: 7,
      nonce: '0x5',
      oldOffchainSignerCommitment: '0x9',
      newOffchainSignerCommitment: '0x9',
    }
    expect(await update(STRANGER, changes)).toBe('AccountDoesNotExist(9)')
    expect(await update(STRANGER, { ...changes, leafIndex: '0x0' })).toBe('AccountDoesNotExist(0)')
    changes = { ...changes, leafIndex: '0x1' }
    expect(await update(STRANGER, changes)).toBe(named('AuthenticatorAddressAlreadyInUse', BOB))
    changes = { ...changes, oldAuthenticatorAddress: zeroAddress, newAuthenticatorAddress: zeroAddress }
    expect(await update(STRANGER, changes)).toBe('ZeroAddress()')
    const unused = signer(20).address
    changes = { ...changes, oldAuthenticatorAddress: unused, newAuthenticatorAddress: unused }
    expect(await update(STRANGER, changes)).toBe('ReusedAuthenticatorAddress()')
    changes = { ...changes, oldAuthenticatorAddress: BOB.address }
    expect(await update(STRANGER, changes)).toBe(named('AuthenticatorDoesNotExist', STRANGER))
    expect(await update(BOB, changes)).toBe('MismatchedLeafIndex(1, 2)')
    const [alice, bob] = [ALICE.address.toLowerCase(), BOB.address.toLowerCase()]
    expect(await update(ALICE, changes)).toBe(`MismatchedAuthenticatorSigner(${bob}, ${alice})`)
    changes = { ...changes, oldAuthenticatorAddress: ALICE.address }
    expect(await update(ALICE, changes)).toBe('MismatchedSignatureNonce(1, 0, 5)')
    changes = { ...changes, nonce: '0x0' }
    expect(await update(ALICE, changes)).toBe('MismatchedPubkeyId(7, 0)')
    await theTree((more) => update(ALICE, { ...changes, pubkeyId: 0, ...more }))
  })

  test('remove', async () => {
    const remove = async (by: typeof ALICE, changes: Parameters<RegistryFixture['remove']>[1]) =>
      fixture.refusal(await fixture.remove(by, changes))
    let changes: Parameters<RegistryFixture['remove']>[1] = {
      authenticatorAddress: STRANGER.address,
      pubkeyId: 6,
      nonce: '0x5',
      oldOffchainSignerCommitment: '0x9',
      newOffchainSignerCommitment: '0x9',
    }
    expect(await remove(STRANGER, changes)).toBe(named('AuthenticatorDoesNotExist', STRANGER))
    expect(await remove(BOB, changes)).toBe('MismatchedLeafIndex(1, 2)')
    expect(await remove(ALICE, changes)).toBe('MismatchedSignatureNonce(1, 0, 5)')
    changes = { ...changes, nonce: '0x0' }
    expect(await remove(ALICE, changes)).toBe(named('AuthenticatorDoesNotExist', STRANGER))
    changes = { ...changes, authenticatorAddress: BOB.address }
    expect(await remove(ALICE, changes)).toBe('AuthenticatorDoesNotBelongToAccount(1, 2)')
    changes = { ...changes, authenticatorAddress: ALICE.address }
    expect(await remove(ALICE, changes)).toBe('MismatchedPubkeyId(6, 0)')
    await theTree((more) => remove(ALICE, { ...changes, pubkeyId: 0, ...more }))
  })

  test('recover', async () => {
    const recover = async (by: typeof ALICE, changes: Parameters<RegistryFixture['recover']>[1]) =>
      fixture.refusal(await fixture.recover(by, changes))
    let changes: Parameters<RegistryFixture['recover']>[1] = {
      newAuthenticatorAddress: zeroAddress,
      nonce: '0x5',
      oldOffchainSignerCommitment: '0x9',
      newOffchainSignerCommitment: '0x9',
    }
    expect(await recover(ALICE, { ...changes, leafIndex: '0x9' })).toBe('AccountDoesNotExist(9)')
    expect(await recover(ALICE, changes)).toBe('MismatchedSignatureNonce(1, 0, 5)')
    changes = { ...changes, nonce: '0x0' }
    expect(await recover(ALICE, { ...changes, leafIndex: '0x2' })).toBe('RecoveryNotEnabled()')
    expect(await recover(ALICE, changes)).toBe('InvalidSignature()')
    expect(await recover(AGENT, changes)).toBe('ZeroAddress()')
    changes = { ...changes, newAuthenticatorAddress: ALICE.address }
    expect(await recover(AGENT, changes)).toBe(named('AuthenticatorAddressAlreadyInUse', ALICE))
    await theTree((more) =>
      recover(AGENT, { ...changes, newAuthenticatorAddress: signer(20).address, ...more }),
    )
  })

  /** The checks of the Merkle tree are last in every operation. */
  async function theTree(
    refusal: (changes: {
      readonly oldOffchainSignerCommitment: Hex
      readonly newOffchainSignerCommitment: Hex
    }) => Promise<string | null>,
  ): Promise<void> {
    const leaf = (from: Hex, to: Hex) =>
      refusal({ oldOffchainSignerCommitment: from, newOffchainSignerCommitment: to })
    expect(await leaf('0x9', '0x9')).toBe('NewLeafCannotEqualOldLeaf()')
    expect(await leaf('0x9', FIELD)).toBe('ValueGreaterThanSnarkScalarField()')
    expect(await leaf('0x9', toHex(maxUint256))).toBe('ValueGreaterThanSnarkScalarField()')
    expect(await leaf('0x9', '0x2')).toBe('LeafDoesNotExist()')
    expect(await leaf('0x1', '0x2')).toBeNull()
  }
})

describe('a signature is refused', () => {
  const refusal = async (signature: Hex) => fixture.refusal(await fixture.insert(ALICE, { signature }))
  const goodSignature = async (): Promise<Hex> => {
    const call = decodeFunctionData({ abi: registryFunctions, data: await fixture.insert(ALICE) })
    if (call.functionName !== 'insertAuthenticator') throw new TypeError(call.functionName)
    return call.args[6]
  }

  test('with another length', async () => {
    expect(await refusal(`0x${'11'.repeat(64)}`)).toBe('ECDSAInvalidSignatureLength(64)')
  })

  test('without a possible signer', async () => {
    expect(await refusal(`0x${'00'.repeat(64)}1b`)).toBe('ECDSAInvalidSignature()')
  })

  test('with v other than 27 and 28', async () => {
    const good = await goodSignature()
    expect(await refusal(good)).toBeNull()
    expect(await refusal(`0x${good.slice(2, -2)}00`)).toBe('ECDSAInvalidSignature()')
  })

  test('with s in the upper half of the curve order, because anyone can derive it from a valid signature', async () => {
    const good = await goodSignature()
    const s = toHex(CURVE_ORDER - BigInt(`0x${good.slice(66, 130)}`), { size: 32 })
    const v = good.endsWith('1b') ? '1c' : '1b'
    expect(await refusal(`0x${good.slice(2, 66)}${s.slice(2)}${v}`)).toBe(`ECDSAInvalidSignatureS(${s})`)
  })
})
