/** Decodes the signed bytes of a transaction, as a node does. */
import { parseTransaction } from 'viem'
import type { Hex } from '../../../src/domain/primitives.ts'
import { bytesOf, keccak256 } from '../../../src/evm/keccak.ts'
import { senderOf } from '../../../src/evm/senderOf.ts'
import type { Transaction } from './block.ts'

/** Decoded transactions, because equal bytes are broadcast repeatedly. */
const known = new Map<Hex, Transaction>()
const MOST_KNOWN = 500

/** @throws viem's error unless the bytes are a transaction of type 2; RefusedError for a missing signature */
export function readRawTransaction(raw: Hex): Transaction {
  const before = known.get(raw)
  if (before !== undefined) return before
  if (known.size >= MOST_KNOWN) known.clear()
  const transaction = decode(raw)
  known.set(raw, transaction)
  return transaction
}

function decode(raw: Hex): Transaction {
  const fields = parseTransaction(`0x02${raw.slice(4)}`)
  const { nonce = 0, to, data = '0x', gas = 0n, maxFeePerGas = 0n, maxPriorityFeePerGas = 0n } = fields
  if (to === null || to === undefined) throw new TypeError('the world deploys no contracts')
  return {
    hash: keccak256(bytesOf(raw)),
    from: `0x${senderOf(raw).slice(2).toLowerCase()}`,
    nonce,
    to: `0x${to.slice(2).toLowerCase()}`,
    data,
    gas: Number(gas),
    maxFeePerGas: Number(maxFeePerGas),
    maxPriorityFeePerGas: Number(maxPriorityFeePerGas),
  }
}
