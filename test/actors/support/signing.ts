/** Signs attempts of the wallet of a test chain. */
import { signAttempt } from '../../../src/actors/signAttempt.ts'
import { localSigner } from '../../../src/actors/signing/localSigner.ts'
import type { TransactionAttempt } from '../../../src/domain/batch.ts'
import type { PendingBatchConfig } from '../../../src/domain/config.ts'
import type { TransactionRequest } from '../../../src/machines/protocol.ts'
import type { SignInput, SignResult } from '../../../src/machines/wallet/context.ts'
import { GWEI, transactions } from '../../machines/support/samples.ts'
import { STRANGER } from '../../support/accounts.ts'
import type { TestChain } from '../../support/chain.ts'
import { readerOf } from '../../support/reader.ts'
import { pinned, runActor } from '../../support/runActor.ts'

export const SIGNED_AT = 7_000

export const batchRequest: TransactionRequest = {
  purpose: 'batch',
  batchId: 'batch-1',
  plan: 0,
  to: STRANGER,
  data: '0xdada',
  gasLimit: 100_000,
}
export const cancelRequest: TransactionRequest = { purpose: 'cancel', batchId: 'batch-1', gasLimit: 21_000 }

/** Fees of the attempt to replace. */
export const highest = { maxFeePerGas: 40 * GWEI, maxPriorityFeePerGas: 3 * GWEI }

export interface SignBench {
  readonly chain: TestChain
  /** URL of the proxy before the chain. */
  readonly url: string
}

/** Signs a batch at nonce 5, if the input does not say otherwise. */
export function sign(
  { chain, url }: SignBench,
  input: Partial<SignInput> = {},
  config: Partial<PendingBatchConfig> = {},
): Promise<SignResult> {
  const logic = signAttempt({
    endpoints: { ...pinned(readerOf(chain, url)), chainId: chain.chainId },
    signer: localSigner(chain.walletPrivateKey),
    config: { ...transactions, maxFeeMultiplier: 1_000, ...config },
    now: () => SIGNED_AT,
  })
  return runActor<SignResult, SignInput>(logic, {
    request: batchRequest,
    nonce: 5,
    highest: null,
    pricing: 'raise',
    costInFlight: '0',
    ...input,
  })
}

/** @throws Error when nothing is signed */
export async function signed(bench: SignBench, input: Partial<SignInput> = {}): Promise<TransactionAttempt> {
  const result = await sign(bench, input)
  if (result.type !== 'signed') throw new Error(`nothing is signed: ${result.type}`)
  return result.attempt
}
