/** The reasons of failed and evicted operations in words. */
import { describe, expect, it } from 'vitest'
import { explained } from '../../../inspector/src/page/world/reasons.ts'

describe('a reason', () => {
  it.each([
    ['NonceTooLow(1)', 'Its nonce is used already: the next nonce of the account is 1.'],
    ['NonceTooHigh(4)', 'The operation with nonce 4 of the account did not arrive in time, or failed.'],
    ['Timeout', 'No decision was possible in time. It is tried again.'],
    ['fee above the cap of the node', 'fee above the cap of the node'],
  ])('%s of the gateway is a sentence', (reason, words) => {
    expect(explained(reason)).toEqual({ words, code: null })
  })

  it('of the contract keeps the name and the arguments of the error', () => {
    expect(explained('PubkeyIdInUse(0, 7)')).toEqual({
      words: 'The contract refused it: pubkey id in use.',
      code: 'PubkeyIdInUse(0, 7)',
    })
  })

  it('of an undeclared error keeps the data', () => {
    expect(explained('Unknown(0x1234)')).toMatchObject({ code: '0x1234' })
  })
})
