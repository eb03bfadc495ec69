/** Blocks, transactions, receipts and logs as JSON. Source: Ethereum execution API specification. */
import { numberToHex } from 'viem'
import type { Address, Hex } from '../../../src/domain/primitives.ts'
import type { Block, Included, Transaction } from './block.ts'
import { bloomOf } from './bloom.ts'

const NO_HASH: Hex = `0x${'0'.repeat(64)}`

export function showBlock(block: Block, isFull: boolean) {
  if (isFull) return describeBlock(block, true)
  const before = known.get(block)
  if (before !== undefined) return before
  const shown = describeBlock(block, false)
  known.set(block, shown)
  return shown
}

/** Encoded blocks, because blocks are read repeatedly and no reader changes a block. */
const known = new WeakMap<Block, ReturnType<typeof describeBlock>>()

function describeBlock(block: Block, isFull: boolean) {
  return {
    number: numberToHex(block.number),
    hash: block.hash,
    parentHash: block.parent?.hash ?? NO_HASH,
    timestamp: numberToHex(block.timestamp),
    baseFeePerGas: numberToHex(block.baseFee),
    gasUsed: numberToHex(block.gasUsed),
    gasLimit: numberToHex(block.gasLimit),
    difficulty: '0x0',
    size: '0x0',
    transactions: block.transactions.map((included) =>
      isFull ? showTransaction(included.transaction, included, block) : included.transaction.hash,
    ),
  }
}

/** @param included null, like the block, for a pending transaction */
export function showTransaction(transaction: Transaction, included: Included | null, block: Block | null) {
  const { hash, from, nonce, to, data, gas, maxFeePerGas, maxPriorityFeePerGas } = transaction
  return {
    type: '0x2',
    hash,
    from,
    nonce: numberToHex(nonce),
    to,
    input: data,
    value: '0x0',
    gas: numberToHex(gas),
    gasPrice: numberToHex(included?.gasPrice ?? maxFeePerGas),
    maxFeePerGas: numberToHex(maxFeePerGas),
    maxPriorityFeePerGas: numberToHex(maxPriorityFeePerGas),
    blockHash: block?.hash ?? null,
    blockNumber: block === null ? null : numberToHex(block.number),
    transactionIndex: included === null ? null : numberToHex(included.index),
  }
}

export function showReceipt(included: Included, block: Block, registry: Address) {
  const { transaction, index, isSuccess, gasUsed, cumulativeGasUsed, gasPrice, logs } = included
  return {
    type: '0x2',
    transactionHash: transaction.hash,
    transactionIndex: numberToHex(index),
    blockHash: block.hash,
    blockNumber: numberToHex(block.number),
    from: transaction.from,
    to: transaction.to,
    contractAddress: null,
    status: isSuccess ? '0x1' : '0x0',
    gasUsed: numberToHex(gasUsed),
    cumulativeGasUsed: numberToHex(cumulativeGasUsed),
    effectiveGasPrice: numberToHex(gasPrice),
    logs: showLogs(included, block, registry),
    logsBloom: bloomOf(logs, registry),
  }
}

export function showLogs({ transaction, index, logs, firstLog }: Included, block: Block, address: Address) {
  return logs.map(({ topics, data }, position) => ({
    address,
    topics,
    data,
    blockHash: block.hash,
    blockNumber: numberToHex(block.number),
    transactionHash: transaction.hash,
    transactionIndex: numberToHex(index),
    logIndex: numberToHex(firstLog + position),
    removed: false,
  }))
}

/** By the tracer `callTracer`. */
export function showTrace({ transaction, isSuccess, gasUsed: used, calls }: Included) {
  return {
    type: 'CALL',
    from: transaction.from,
    to: transaction.to,
    gas: numberToHex(transaction.gas),
    gasUsed: numberToHex(used),
    ...(isSuccess ? {} : { error: 'execution reverted' }),
    calls: calls.map(({ target, data, gas, gasUsed, error, output }) => ({
      type: 'CALL',
      from: transaction.to,
      to: target,
      input: data,
      gas: numberToHex(gas),
      gasUsed: numberToHex(gasUsed),
      ...(error === null ? {} : { error }),
      ...(output === '0x' ? {} : { output }),
    })),
  }
}
