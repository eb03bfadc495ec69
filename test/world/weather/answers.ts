/** Answers that lack something which the node will know later, or which it never knows. */
import type { Hash } from '../../../src/domain/primitives.ts'
import { refused, unknownMethod } from '../chain/rpcError.ts'
import type { AnswerFault } from '../faults.ts'
import type { Spell } from './spells.ts'

/** Asks whether a fault hits a subject. The same subject is hit during the whole spell. */
export type Strike = (fault: AnswerFault, subject: string) => Spell | null

/** Largest number of newest blocks whose logs an index may lack. */
const LAGGING_BLOCKS = 16

const BY_HASH: ReadonlySet<string> = new Set(['eth_getTransactionReceipt', 'eth_getTransactionByHash'])

/**
 * The answer of a node with the faults of its index.
 * @param answer of a node without a fault
 * @param head number of the newest block of the node: an index lags behind by a few blocks only
 * @throws NodeError for a node that does not answer
 */
export function bendAnswer(
  { method, params }: { readonly method: string; readonly params: readonly unknown[] },
  answer: unknown,
  strike: Strike,
  head: number,
): unknown {
  const hash = String(params[0])
  if (BY_HASH.has(method) && strike('indexing', hash) !== null) {
    throw refused('transaction indexing is in progress')
  }
  if (method === 'eth_getTransactionReceipt')
    return answer === null ? null : bendReceipt(answer as object, hash, strike)
  if (method === 'eth_getLogs') {
    const logs = answer as readonly { readonly transactionHash: Hash; readonly blockNumber: string }[]
    return logs.filter(
      ({ transactionHash, blockNumber }) =>
        Number(blockNumber) <= head - LAGGING_BLOCKS || strike('missingLogs', transactionHash) === null,
    )
  }
  if (method === 'eth_feeHistory') {
    const spell = strike('noFeeHistory', method)
    if (spell?.strength === 0) throw unknownMethod(method)
    return spell === null ? answer : null
  }
  return answer
}

function bendReceipt(receipt: object, hash: string, strike: Strike): object {
  const bent = strike('missingLogs', hash) === null ? receipt : { ...receipt, logs: [] }
  return strike('blockUnknown', hash) === null ? bent : { ...bent, blockHash: null }
}
