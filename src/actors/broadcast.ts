/** Slot `broadcast` of pendingBatch: sends the signed bytes of an attempt to a node. */
import { BaseError, FeeCapTooLowError, NonceTooLowError } from 'viem'
import { fromPromise } from 'xstate'
import type { TransactionAttempt } from '../domain/batch.ts'
import type { BroadcastResult } from '../machines/pendingBatch/context.ts'
import { isUnavailable } from '../rpc/chainClient.ts'
import type { Endpoints } from '../rpc/endpoints.ts'

interface Dependencies {
  readonly endpoints: Pick<Endpoints, 'pin'>
}

/** Texts of the refusals: JSON-RPC has no codes for them. */
const ALREADY_KNOWN = /already known|already imported|alreadyexists|known transaction/i
const UNDERPRICED = /underpriced|fee too low|max fee per gas less than block base fee/i

/**
 * A node that already has the bytes counts as accepting. The actor fails with viem's error when the node did not answer
 * (the bytes may still be in its pool) or refuses for another reason.
 */
export function broadcast({ endpoints }: Dependencies) {
  return fromPromise<BroadcastResult, { readonly attempt: TransactionAttempt }>(async ({ input }) => {
    try {
      await endpoints.pin().sendRawTransaction({ serializedTransaction: input.attempt.raw })
      return 'accepted'
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal === null) throw error
      return refusal
    }
  })
}

/** @returns null for an outage and for an unknown refusal */
function refusalOf(error: unknown): BroadcastResult | null {
  if (isUnavailable(error) || !(error instanceof BaseError)) return null
  const text = `${error.details} ${error.message}`
  if (ALREADY_KNOWN.test(text)) return 'accepted'
  if (NonceTooLowError.nodeMessage.test(text)) return 'nonceConsumed'
  if (UNDERPRICED.test(text) || FeeCapTooLowError.nodeMessage.test(text)) return 'underpriced'
  return null
}
