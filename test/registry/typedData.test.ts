import fc from 'fast-check'
import { hashTypedData } from 'viem'
import { describe, expect, it } from 'vitest'
import type { Hex } from '../../src/domain/primitives.ts'
import { typeHash } from '../../src/evm/typedDigest.ts'
import type { WorldIdOperation } from '../../src/registry/worldId/operations.ts'
import {
  type RegistryDomain,
  registryDigest,
  registryDomain,
  registryTypes,
} from '../../src/registry/worldId/typedData.ts'
import { A2, anyInsert, anyRecover, anyRemove, anyUpdate, bytesHex } from './samples.ts'

const SIGNER = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'

const domain = registryDomain(480, `0x${'11'.repeat(20)}`)

const anyDomain = fc
  .tuple(fc.integer({ min: 1, max: 2 ** 53 - 1 }), bytesHex(20))
  .map(([chainId, contract]) => registryDomain(chainId, contract))

/** The digest according to viem, from every field of the operation in the message. */
function reference(
  primaryType: keyof typeof registryTypes,
  operation: WorldIdOperation,
  signedFor: RegistryDomain,
): Hex {
  const { name, version, chainId, verifyingContract } = signedFor
  return hashTypedData({
    types: registryTypes,
    primaryType,
    domain: { name, version, chainId, verifyingContract },
    message: { ...operation } as never,
  })
}

describe('type hashes', () => {
  it.each([
    ['UpdateAuthenticator', '0xecf25ac77561b0a29ccf0e9647ce6e8a06d671f33bbdb7e07ea751b127f79018'],
    ['InsertAuthenticator', '0xdd3d42649ecb7b9987e1b0f6a603b5d183d09c99e7fafe6254f8324a68aea72c'],
    ['RemoveAuthenticator', '0x4753a728623f4bbe59b2ac7725a4ed29f6b7fd3cb0b3c3d7296b3fb8d905680c'],
    ['RecoverAccount', '0xaabfbeefc60dc3abc42060cf038b050f246f6fd0cb3f3f8b41a6019a655ad543'],
  ] as const)('%s', (name, hash) => {
    expect(typeHash(name, registryTypes[name])).toBe(hash)
  })
})

describe('digests', () => {
  it('of an insertion is the known digest', () => {
    const digest = registryDigest('InsertAuthenticator')(
      {
        leafIndex: '0x1',
        newAuthenticatorAddress: A2,
        pubkeyId: 1,
        newAuthenticatorPubkey: '0xc8',
        newOffchainSignerCommitment: '0x2',
        nonce: '0x0',
      },
      domain,
    )
    expect(digest).toBe('0xaaf69c9628b0e30e6e08a015dfa6dccbd055c3fd352d277c98a4c4dbffcd18c1')
  })

  it('of an update is the known digest', () => {
    const digest = registryDigest('UpdateAuthenticator')(
      {
        leafIndex: '0x1',
        oldAuthenticatorAddress: SIGNER,
        newAuthenticatorAddress: A2,
        pubkeyId: 0,
        newAuthenticatorPubkey: '0x190',
        newOffchainSignerCommitment: '0x5',
        nonce: '0x3',
      },
      domain,
    )
    expect(digest).toBe('0x801d4547ad464178719b4e93e6632c1e13e943135d7e804728bbc5036329610f')
  })

  it('of any insertion is equal to the digest of a wallet', () => {
    const digest = registryDigest('InsertAuthenticator')
    fc.assert(
      fc.property(anyInsert, anyDomain, (operation, signedFor) => {
        expect(digest(operation, signedFor)).toBe(reference('InsertAuthenticator', operation, signedFor))
      }),
    )
  })

  it('of any update is equal to the digest of a wallet', () => {
    const digest = registryDigest('UpdateAuthenticator')
    fc.assert(
      fc.property(anyUpdate, anyDomain, (operation, signedFor) => {
        expect(digest(operation, signedFor)).toBe(reference('UpdateAuthenticator', operation, signedFor))
      }),
    )
  })

  it('of any removal is equal to the digest of a wallet', () => {
    const digest = registryDigest('RemoveAuthenticator')
    fc.assert(
      fc.property(anyRemove, anyDomain, (operation, signedFor) => {
        expect(digest(operation, signedFor)).toBe(reference('RemoveAuthenticator', operation, signedFor))
      }),
    )
  })

  it('of any recovery is equal to the digest of a wallet', () => {
    const digest = registryDigest('RecoverAccount')
    fc.assert(
      fc.property(anyRecover, anyDomain, (operation, signedFor) => {
        expect(digest(operation, signedFor)).toBe(reference('RecoverAccount', operation, signedFor))
      }),
    )
  })
})
