import fc from 'fast-check'
import secp256k1 from 'secp256k1'
import { describe, expect, it } from 'vitest'
import { fromDer } from '../../src/evm/derSignature.ts'

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const word = (value: bigint) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex')
const anyScalar = fc.oneof(
  fc.bigInt({ min: 1n, max: ORDER - 1n }),
  fc.constantFrom(1n, 127n, 128n, 255n, 256n, ORDER / 2n, ORDER / 2n + 1n, ORDER - 1n),
)

describe('a signature in DER', () => {
  it('becomes r and a low s, as the native library makes them', () => {
    fc.assert(
      fc.property(anyScalar, anyScalar, (r, s) => {
        const signature = Buffer.concat([word(r), word(s)])
        const der = secp256k1.signatureExport(signature)
        expect(fromDer(der)).toEqual(Buffer.from(secp256k1.signatureNormalize(new Uint8Array(signature))))
      }),
    )
  })

  it('with missing, changed or further bytes is refused', () => {
    const der = Buffer.from(secp256k1.signatureExport(Buffer.concat([word(5n), word(7n)])))
    const zero = Buffer.from('3006020100020107', 'hex')
    const tooLarge = Buffer.concat([
      Buffer.from('3026022100', 'hex'),
      word(ORDER),
      Buffer.from('020107', 'hex'),
    ])
    const negative = Buffer.from('3006020185020107', 'hex')
    const changed = [0, 1, 2, 3].map((index) => {
      const copy = Buffer.from(der)
      copy[index] = (copy[index] ?? 0) ^ 1
      return copy
    })
    const wrong = [
      Buffer.alloc(0),
      der.subarray(0, -1),
      Buffer.concat([der, Buffer.of(0)]),
      zero,
      tooLarge,
      negative,
      ...changed,
    ]
    for (const bytes of wrong) expect(() => fromDer(bytes)).toThrow('not valid DER')
  })
})
