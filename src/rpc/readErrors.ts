/**
 * The classes of JSON-RPC errors that answer a read or a simulation. Nodes use the same codes for different causes, so the
 * message decides, and the code only supports it.
 */
import type { RpcRequestError } from 'viem'

/**
 * - `result`: the result of the call, for example a revert.
 * - `tooLarge`: the request, the answer or the gas of the call exceeds a limit of the node. A smaller call may pass.
 * - `tooSlow`: the node stopped the execution of the call after its own time limit.
 * - `quota`: the paid volume is used up, often until the next day.
 * - `rateLimited`: the endpoint wants fewer requests.
 * - `indexing`: the node does not know yet whether the transaction exists.
 * - `missing`: the node lacks the block, or has another branch. It may get the block later.
 * - `pruned`: the state of the block is deleted.
 * - `trouble`: the node or a server before it cannot answer now.
 * - `unknown`: no sign matches. The error counts as an answer.
 */
export type ReadErrorClass =
  | 'result'
  | 'tooLarge'
  | 'tooSlow'
  | 'quota'
  | 'rateLimited'
  | 'indexing'
  | 'missing'
  | 'pruned'
  | 'trouble'
  | 'unknown'

/** A sign of a class: a code or a pattern of the message. */
type Sign = readonly [ReadErrorClass, number | RegExp]

/**
 * The first match decides. The result of a call comes first, because a revert reason may hold any words; a code without a
 * telling message comes last.
 */
const SIGNS: readonly Sign[] = [
  ['result', 3],
  ['result', /revert|evm error|nonce too|underpriced|already known|insufficient funds|invalid signature/i],
  ['result', /gas limit exceeds|exceeds (the )?block gas limit|not authorized to send/i],
  ['tooLarge', /out of gas|gas (required|too)|returndata\.limit|batch too large/i],
  ['tooLarge', /(request|response|answer) (is )?too (big|large)|content length too large|payload size/i],
  ['tooSlow', /execution aborted|request timed out|due to enabled timeout|timeout expired/i],
  ['quota', 402],
  ['quota', /payment required|(daily|monthly) .*(exceeded|reached)/i],
  ['rateLimited', 429],
  ['rateLimited', /rate.?limit|too many requests|request (limit|count)|^limit exceeded/i],
  ['indexing', /indexing is in progress/i],
  ['pruned', /missing trie node|historical state|no state (available|found)|world state unavailable|pruned/i],
  ['pruned', 4444],
  ['missing', /header (for hash )?not found|block (\S+ )?not found|could not be found|unknown block/i],
  ['missing', /not (currently )?canonical|resource not found/i],
  ['missing', -39001],
  ['trouble', /shutting down|not synced|syncing|timeout|timed out|unavailable|overloaded|try again/i],
  ['trouble', /backend request failed|internal error/i],
  ...[-32603, -32005, -32002, -32007, -32016, -32029].map((code): Sign => ['trouble', code]),
]

/** Anvil: a block above its head is not there yet, and the state of a block below is deleted. */
const OUT_OF_RANGE = /BlockOutOfRange.*height is (\d+) but requested was (\d+)/i

export function readErrorClass({ code, details, data }: RpcRequestError): ReadErrorClass {
  const text = typeof data === 'string' ? `${details} ${data}` : details
  const [, height, requested] = OUT_OF_RANGE.exec(text) ?? []
  if (height !== undefined) return Number(requested) > Number(height) ? 'missing' : 'pruned'
  const isSign = ([, sign]: Sign) => (typeof sign === 'number' ? sign === code : sign.test(text))
  return SIGNS.find(isSign)?.[0] ?? 'unknown'
}
