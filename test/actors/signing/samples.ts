/** A transaction to sign, and the bound of a low s. */
import type { UnsignedTransaction } from '../../../src/actors/signing/signer.ts'

export const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n

export const TRANSACTION: UnsignedTransaction = {
  type: 'eip1559',
  chainId: 480,
  nonce: 7,
  to: `0x${'ca'.repeat(20)}`,
  data: '0x82ad56cb',
  gas: 700_000n,
  maxFeePerGas: 2_000_000_000n,
  maxPriorityFeePerGas: 1_000_000n,
}
