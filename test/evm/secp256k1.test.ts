import { createRequire } from 'node:module'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadSecp256k1, type Secp256k1, secp256k1 } from '../../src/evm/secp256k1.ts'

const require = createRequire(import.meta.url)

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const bytes = (value: bigint) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex')
const anyScalar = fc.bigInt({ min: 1n, max: ORDER - 1n }).map(bytes)
const anyDigest = fc.uint8Array({ minLength: 32, maxLength: 32 })

/** A platform without a native build. */
const wasm = loadSecp256k1((name) => {
  if (name.startsWith('secp256k1')) throw new Error('No native build was found')
  return require(name)
})

const recovered = (of: Secp256k1, digest: Uint8Array, signature: Uint8Array, recoveryId: number) => {
  try {
    return Buffer.from(of.recover(digest, signature, recoveryId)).toString('hex')
  } catch {
    return null
  }
}

describe('secp256k1', () => {
  it('is native where a native build exists, and else WebAssembly, never JavaScript', () => {
    expect(secp256k1.implementation).toBe('native')
    expect(wasm.implementation).toBe('WebAssembly')
  })

  it('signs the same bytes and gives the same public key in both implementations', () => {
    fc.assert(
      fc.property(anyScalar, anyDigest, (key, digest) => {
        const [one, other] = [secp256k1.sign(digest, key), wasm.sign(digest, key)]
        expect(Buffer.from(one.signature)).toEqual(Buffer.from(other.signature))
        expect(one.recoveryId).toBe(other.recoveryId)
        const publicKey = Buffer.from(secp256k1.publicKey(key))
        expect(Buffer.from(wasm.publicKey(key))).toEqual(publicKey)
        for (const of of [secp256k1, wasm]) {
          expect(Buffer.from(of.recover(digest, one.signature, one.recoveryId))).toEqual(publicKey)
        }
      }),
    )
  })

  it('recovers the same key from any signature, also with a high s, or none', () => {
    const edges = [0n, 1n, ORDER - 1n, ORDER, 2n ** 256n - 1n].map(bytes)
    const anyWord = fc.oneof(anyScalar, fc.constantFrom(...edges))
    fc.assert(
      fc.property(
        anyDigest,
        anyWord,
        anyWord,
        fc.integer({ min: -1, max: 2 }),
        (digest, r, s, recoveryId) => {
          const signature = new Uint8Array([...r, ...s])
          expect(recovered(wasm, digest, signature, recoveryId)).toBe(
            recovered(secp256k1, digest, signature, recoveryId),
          )
        },
      ),
      { numRuns: 300 },
    )
  })

  it('knows a private key in both implementations', () => {
    for (const of of [secp256k1, wasm]) {
      const texts = [bytes(0n), bytes(1n), bytes(ORDER - 1n), bytes(ORDER), new Uint8Array(31)]
      expect(texts.map((text) => of.isPrivateKey(text))).toEqual([false, true, true, false, false])
    }
  })
})
