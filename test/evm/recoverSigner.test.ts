import fc from 'fast-check'
import { bytesToHex, hexToBytes, recoverAddress } from 'viem'
import { generatePrivateKey, privateKeyToAccount, sign } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { RefusedError } from '../../src/domain/errors.ts'
import type { Hex } from '../../src/domain/primitives.ts'
import { recoverSigner } from '../../src/evm/recoverSigner.ts'
import { bytesHex, ZERO } from '../registry/samples.ts'

const SIGNER = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const INSERT_DIGEST = '0xaaf69c9628b0e30e6e08a015dfa6dccbd055c3fd352d277c98a4c4dbffcd18c1'
const INSERT_SIGNATURE =
  '0xc68087664eec35e5819f0ccdcf9f909730daa528b6dc004f4310d9df683b2b1d240aefb5c99a50840f6be1b1e4d5ecc659a418bc2c22c10f2b33c19af9c200731b'
const UPDATE_DIGEST = '0x801d4547ad464178719b4e93e6632c1e13e943135d7e804728bbc5036329610f'
const UPDATE_SIGNATURE =
  '0x717073d25cc82b4aaa0a05bd22c17404fc2a2c73057029151f3fef57bb7448642d64d468e738bcfa9c7a1e6f582e84ce5923d396d3724a4d1733fc368a3e444d1c'

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/** The second valid signature of the same key and digest, with the other s. */
function withHighS(signature: Hex): Hex {
  const bytes = hexToBytes(signature)
  const s = ORDER - BigInt(bytesToHex(bytes.subarray(32, 64)))
  const v = bytes[64] === 27 ? '1c' : '1b'
  return `${bytesToHex(bytes.subarray(0, 32))}${s.toString(16).padStart(64, '0')}${v}`
}

describe('recoverSigner', () => {
  it('recovers the signer of signatures from the deployed registry', () => {
    expect(recoverSigner(INSERT_DIGEST, INSERT_SIGNATURE)).toBe(SIGNER)
    expect(recoverSigner(UPDATE_DIGEST, UPDATE_SIGNATURE)).toBe(SIGNER)
  })

  it('recovers another address for another digest', () => {
    expect(recoverSigner(UPDATE_DIGEST, INSERT_SIGNATURE)).not.toBe(SIGNER)
  })

  it('accepts a high s', () => {
    expect(recoverSigner(INSERT_DIGEST, withHighS(INSERT_SIGNATURE))).toBe(SIGNER)
  })

  it('recovers any signer, as viem does', async () => {
    await fc.assert(
      fc.asyncProperty(bytesHex(32), async (hash) => {
        const privateKey = generatePrivateKey()
        const signature = await sign({ hash, privateKey, to: 'hex' })
        const signer = privateKeyToAccount(privateKey).address.toLowerCase()
        expect(recoverSigner(hash, signature)).toBe(signer)
        expect(recoverSigner(hash, withHighS(signature))).toBe(signer)
        expect((await recoverAddress({ hash, signature })).toLowerCase()).toBe(signer)
      }),
      { numRuns: 20 },
    )
  })

  it.each<[string, Hex]>([
    ['all zero', `0x${'00'.repeat(64)}1b`],
    ['r of zero', `0x${'00'.repeat(32)}${'11'.repeat(32)}1b`],
    ['s of zero', `0x${'11'.repeat(32)}${'00'.repeat(32)}1b`],
    ['r above the order', `0x${'ff'.repeat(32)}${'11'.repeat(32)}1b`],
    ['r that is not a point of the curve', `0x${'00'.repeat(31)}05${'11'.repeat(32)}1b`],
    ['v that is not a recovery id', `0x${'11'.repeat(64)}00`],
    ['no v', `0x${'11'.repeat(64)}`],
    ['empty bytes', '0x'],
    ['text that is not hex', '0xzz'],
  ])('refuses %s', (_, signature) => {
    expect.assertions(2)
    try {
      recoverSigner(INSERT_DIGEST, signature)
    } catch (error) {
      expect(error).toBeInstanceOf(RefusedError)
      expect(error).toMatchObject({
        code: 'bad_request',
        message: expect.stringMatching(/^signature recovery failed: ./),
      })
    }
  })

  it('never returns the zero address', () => {
    fc.assert(
      fc.property(bytesHex(64), fc.constantFrom('1b', '1c'), (rs, v) => {
        try {
          expect(recoverSigner(INSERT_DIGEST, `${rs}${v}` as Hex)).not.toBe(ZERO)
        } catch (error) {
          expect(error).toBeInstanceOf(RefusedError)
        }
      }),
    )
  })
})
