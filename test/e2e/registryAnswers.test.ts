/**
 * The answers of the gateway to requests that the deployed registry refuses: code and message, as measured with the
 * deployed registry. The order of the registry's checks decides between two mistakes in one request.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Hex } from '../../src/domain/primitives.ts'
import { createIdleAccount, type LiveAccount } from '../../src/load/account.ts'
import { createKey, type Key } from '../../src/load/key.ts'
import { registryFunctions } from '../../src/registry/worldId/abi.ts'
import type { AccountOperation, WorldIdOperation } from '../../src/registry/worldId/operations.ts'
import { seededRandom } from '../load/seededRandom.ts'
import {
  type AuthenticatorChange,
  callDataOf,
  domainOf,
  mined,
  nextChange,
  seedAccounts,
  sendAsStranger,
  signedBy,
} from '../support/accounts.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { startTestService, type TestService, temporaryFolder } from '../support/service.ts'

const random = seededRandom(14)

/** A leaf without an account. */
const UNKNOWN = '0x3e7'

/** Order of BN254's scalar field. */
const FIELD: Hex = '0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001'

let chain: TestChain
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let service: TestService
let alice: LiveAccount
let bob: LiveAccount
let carol: LiveAccount
let stranger: Key

/** Accounts 1, 2 and 3 belong to Alice, Bob and Carol, with authenticators in the slots 0 and 1. */
beforeAll(async () => {
  chain = await startTestChain()
  const [first, second, third] = await seedAccounts(chain, { count: 3, authenticators: 2, random })
  if (!first || !second || !third) throw new Error('too few accounts')
  alice = first
  bob = second
  carol = third
  stranger = createKey(random)
  folder = await temporaryFolder()
  service = await startTestService({ chain, dataDir: folder.path })
})

afterAll(async () => {
  await service.stop()
  await chain.stop()
  await folder.remove()
})

const ownerOf = ({ authenticators: [{ key }] }: LiveAccount) => key

/** The next operation of Alice's account with other fields, signed by a key. */
function changed<K extends AuthenticatorChange>(
  kind: K,
  by: Key,
  changes: Partial<AccountOperation> = {},
): WorldIdOperation {
  const { operation } = nextChange(alice, kind, { domain: domainOf(chain), random })
  const unsigned: AccountOperation = Object.assign({ ...operation }, changes)
  return signedBy(by, unsigned, domainOf(chain))
}

const withAddresses = (addresses: readonly Hex[]): WorldIdOperation => ({
  ...createIdleAccount(random),
  authenticatorAddresses: addresses,
  authenticatorPubkeys: addresses.map(() => '0x1' as const),
})

const owner = () => ownerOf(alice)
const foreigner = () => ownerOf(bob)
const plain = (code: string) => () => [code, code] as const
const reverted = (error: () => string) => () => ['bad_request', error()] as const

type Case = readonly [name: string, request: () => WorldIdOperation, answer: () => readonly [string, string]]

const CASES: readonly Case[] = [
  [
    'a create with an address in use',
    () => withAddresses([owner().address]),
    plain('authenticator_already_exists'),
  ],
  [
    'a create with an address twice',
    () => withAddresses([stranger.address, stranger.address]),
    plain('authenticator_already_exists'),
  ],
  [
    'a create with a commitment outside the field',
    () => ({ ...createIdleAccount(random), offchainSignerCommitment: FIELD }),
    reverted(() => 'ValueGreaterThanSnarkScalarField()'),
  ],
  [
    'an insert by an unknown key',
    () => changed('insert_authenticator', stranger),
    plain('authenticator_does_not_exist'),
  ],
  [
    'an insert by an authenticator of another account',
    () => changed('insert_authenticator', foreigner()),
    reverted(() => 'MismatchedLeafIndex(1, 2)'),
  ],
  [
    'an insert on an unknown leaf',
    () => changed('insert_authenticator', owner(), { leafIndex: UNKNOWN }),
    reverted(() => 'MismatchedLeafIndex(999, 1)'),
  ],
  [
    'an insert of an address in use, by an unknown key',
    () => changed('insert_authenticator', stranger, { newAuthenticatorAddress: foreigner().address }),
    plain('authenticator_already_exists'),
  ],
  [
    'an insert in a used slot, by an unknown key',
    () => changed('insert_authenticator', stranger, { pubkeyId: 1 }),
    plain('pubkey_id_in_use'),
  ],
  [
    'an insert with an old commitment that is not the leaf',
    () => changed('insert_authenticator', owner(), { oldOffchainSignerCommitment: '0x5' }),
    reverted(() => 'LeafDoesNotExist()'),
  ],
  [
    'an insert that does not change the commitment',
    () => changed('insert_authenticator', owner(), { newOffchainSignerCommitment: alice.commitment }),
    reverted(() => 'NewLeafCannotEqualOldLeaf()'),
  ],
  [
    'an insert with a new commitment outside the field',
    () => changed('insert_authenticator', owner(), { newOffchainSignerCommitment: FIELD }),
    reverted(() => 'ValueGreaterThanSnarkScalarField()'),
  ],
  [
    'an update by an authenticator of another account',
    () => changed('update_authenticator', foreigner(), { oldAuthenticatorAddress: foreigner().address }),
    reverted(() => 'MismatchedLeafIndex(1, 2)'),
  ],
  [
    'an update on an unknown leaf',
    () => changed('update_authenticator', owner(), { leafIndex: UNKNOWN }),
    reverted(() => 'AccountDoesNotExist(999)'),
  ],
  [
    'an update to the old address',
    () => changed('update_authenticator', owner(), { newAuthenticatorAddress: owner().address }),
    plain('authenticator_already_exists'),
  ],
  [
    'an update with a wrong slot',
    () => changed('update_authenticator', owner(), { pubkeyId: 6 }),
    reverted(() => 'MismatchedPubkeyId(6, 0)'),
  ],
  [
    'a removal by an authenticator of another account',
    () => changed('remove_authenticator', foreigner()),
    reverted(() => 'MismatchedLeafIndex(1, 2)'),
  ],
  [
    'a removal on an unknown leaf',
    () => changed('remove_authenticator', owner(), { leafIndex: UNKNOWN }),
    reverted(() => 'MismatchedLeafIndex(999, 1)'),
  ],
  [
    'a removal of an unknown address',
    () => changed('remove_authenticator', owner(), { authenticatorAddress: stranger.address }),
    plain('authenticator_does_not_exist'),
  ],
  [
    'a removal of an authenticator of another account',
    () => changed('remove_authenticator', owner(), { authenticatorAddress: foreigner().address }),
    plain('authenticator_does_not_belong_to_account'),
  ],
  [
    'a removal with a wrong slot',
    () => changed('remove_authenticator', owner(), { authenticatorAddress: owner().address, pubkeyId: 6 }),
    reverted(() => 'MismatchedPubkeyId(6, 0)'),
  ],
  [
    'a recovery by an unknown key',
    () => changed('recover_account', stranger),
    () => ['bad_request', 'the signature is not valid for this account'] as const,
  ],
  [
    'a recovery of an unknown leaf',
    () => changed('recover_account', alice.recovery, { leafIndex: UNKNOWN }),
    reverted(() => 'AccountDoesNotExist(999)'),
  ],
  [
    'a recovery of an unknown leaf with a later nonce',
    () => changed('recover_account', alice.recovery, { leafIndex: UNKNOWN, nonce: '0x3' }),
    reverted(() => 'AccountDoesNotExist(999)'),
  ],
]

describe('the registry refuses', () => {
  it.each(CASES)('%s', async (_name, request, answer) => {
    const { status, body } = await service.submit(request())
    const [code, message] = answer()
    expect({ status, body }).toMatchObject({
      status: 400,
      body: { code, message: expect.stringContaining(message) },
    })
  })

  it('an unknown root, and knows the latest', async () => {
    const root = await chain.client.readContract({
      address: chain.registryAddress,
      abi: registryFunctions,
      functionName: 'getLatestRoot',
    })
    expect(await service.get(`/is-valid-root?root=${root}`)).toMatchObject({
      status: 200,
      body: { valid: true },
    })
    expect(await service.get('/is-valid-root?root=0x7')).toMatchObject({
      status: 200,
      body: { valid: false },
    })
  })

  it('a used nonce, before or after the signer as the kind says', async () => {
    const used = (kind: AuthenticatorChange) =>
      nextChange(carol, kind, { domain: domainOf(chain), random }).operation
    const first = used('insert_authenticator')
    await mined(chain, await sendAsStranger(chain, callDataOf(first)))
    const answerTo = (operation: AccountOperation, by: Key) =>
      service.submit(signedBy(by, operation, domainOf(chain)))
    const nonce = { status: 400, body: { code: 'mismatched_signature_nonce' } }

    expect(await service.submit(first)).toMatchObject({ body: { code: 'authenticator_already_exists' } })
    expect(await answerTo(used('remove_authenticator'), stranger)).toMatchObject({
      body: { code: 'authenticator_does_not_exist' },
    })
    expect(await answerTo(used('remove_authenticator'), ownerOf(carol))).toMatchObject(nonce)
    expect(await answerTo(used('recover_account'), stranger)).toMatchObject(nonce)
  })
})
