/** Checks that the wallet can replace the transactions of unfinished batches. */
import { isAddressEqual } from 'viem'
import { StartupError } from '../../domain/errors.ts'
import type { Address } from '../../domain/primitives.ts'
import type { ResumableBatch } from '../../domain/recovery.ts'
import { senderOf } from '../../evm/senderOf.ts'

/**
 * Checks that the wallet signed the attempts of the batches. A different wallet can neither replace an attempt nor use
 * the nonce.
 * @throws StartupError for an attempt signed by another wallet
 */
export async function checkSigner(batches: readonly ResumableBatch[], wallet: Address): Promise<void> {
  for (const { attempts } of batches) {
    const [first] = attempts
    if (first === undefined) continue
    const signer = senderOf(first.raw)
    if (!isAddressEqual(signer, wallet)) {
      throw new StartupError(
        `The database has unfinished transactions of wallet ${signer}, but the key of this start belongs to ${wallet}. Start with the key of ${signer} until these transactions are included.`,
      )
    }
  }
}
