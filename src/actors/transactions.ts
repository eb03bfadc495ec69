/** The wallet's effects: reading the account, signing, and handing signed bytes to a node. */
import { BaseError, FeeCapTooLowError, NonceTooLowError } from 'viem'
import type { TransactionAttempt } from '../domain/batch.ts'
import type { MarketFees } from '../domain/chain.ts'
import type { PendingBatchConfig } from '../domain/config.ts'
import type { Address, Gas, Hex, Now } from '../domain/primitives.ts'
import { bytesOf, keccak256 } from '../evm/keccak.ts'
import type { BroadcastResult } from '../machines/pendingBatch/context.ts'
import type { TransactionRequest } from '../machines/protocol.ts'
import type { ReadInput, SignInput, SignResult, WalletReading } from '../machines/wallet/context.ts'
import { firstFees, nextFees } from '../policy/fees.ts'
import { type ChainClient, isUnavailable } from '../rpc/chainClient.ts'
import type { Signer } from './signing/signer.ts'

/** Blocks whose tips are looked at. */
const FEE_HISTORY_BLOCKS = 5

/** Least tip: pools want a replacement to raise it, which zero never does. */
const LEAST_PRIORITY_FEE = 1

/**
 * Reads nonce and balance in a block's state.
 * @throws viem's error when the chain does not answer, or the endpoint does not have the block yet
 */
export async function readAccount(
  client: ChainClient,
  { address, blockNumber }: ReadInput,
  now: Now,
): Promise<WalletReading> {
  const block = blockNumber === null ? await client.getBlockNumber({ cacheTime: 0 }) : BigInt(blockNumber)
  const [chainNonce, balance] = await Promise.all([
    client.getTransactionCount({ address, blockNumber: block }),
    client.getBalance({ address, blockNumber: block }),
  ])
  return { chainNonce, balance: balance.toString(), blockNumber: Number(block), at: now() }
}

/**
 * The base fee of the next block, and the tip: the median over recent blocks of the configured percentile, or what the
 * node suggests when that is more.
 */
async function readMarket(client: ChainClient, percentile: number): Promise<MarketFees> {
  const [history, suggested] = await Promise.all([
    client.getFeeHistory({
      blockCount: FEE_HISTORY_BLOCKS,
      rewardPercentiles: [percentile],
      blockTag: 'latest',
    }),
    suggestedTip(client),
  ])
  const tips = (history.reward ?? []).map(([tip]) => Number(tip ?? 0n)).sort((a, b) => a - b)
  return {
    baseFee: Number(history.baseFeePerGas.at(-1) ?? 0n),
    priorityFee: Math.max(LEAST_PRIORITY_FEE, suggested, tips[Math.floor(tips.length / 2)] ?? 0),
  }
}

/** The tip that the node asks for: its pool may refuse less, however little recent blocks paid. Zero where it does not say. */
async function suggestedTip(client: ChainClient): Promise<number> {
  try {
    return Number(await client.request({ method: 'eth_maxPriorityFeePerGas' }))
  } catch (error) {
    if (isUnavailable(error)) throw error
    return 0
  }
}

/**
 * Makes the signer. It signs what the balance covers at the highest fee, and nothing else.
 * @throws viem's error when the chain does not answer
 */
export function createSigner(
  client: ChainClient,
  signer: Signer,
  chainId: number,
  config: PendingBatchConfig,
  now: Now,
) {
  return async ({ request, nonce, highest }: SignInput): Promise<SignResult> => {
    const [market, balance] = await Promise.all([
      readMarket(client, config.priorityFeePercentile),
      client.getBalance({ address: signer.address }),
    ])
    const fees = highest === null ? firstFees(market, config) : nextFees(market, highest, config)
    if (fees === null) return { type: 'capped' }
    const { to, data, gasLimit } = payload(request, signer.address)
    if (BigInt(gasLimit) * BigInt(fees.maxFeePerGas) > balance) {
      return { type: 'unaffordable', balance: balance.toString() }
    }
    const raw = await signer.sign({ chainId, nonce, to, data, gas: gasLimit, ...fees })
    const attempt: TransactionAttempt = {
      hash: keccak256(bytesOf(raw)),
      nonce,
      purpose: request.purpose,
      batchId: request.batchId,
      gasLimit,
      ...fees,
      raw,
      signedAt: now(),
    }
    return { type: 'signed', attempt }
  }
}

/** Gas of a plain transfer. */
const TRANSFER_GAS = 21_000

/** What a transaction carries: the batch's calls, or nothing at all to the wallet itself. */
function payload(
  request: TransactionRequest,
  wallet: Address,
): { readonly to: Address; readonly data: Hex; readonly gasLimit: Gas } {
  return request.purpose === 'batch' ? request : { to: wallet, data: '0x', gasLimit: TRANSFER_GAS }
}

/** What nodes say, for want of codes: none of it is about the endpoint's health. */
const ALREADY_KNOWN = /already known|already imported|alreadyexists|known transaction/i
const UNDERPRICED = /underpriced|fee too low|max fee per gas less than block base fee/i

/**
 * Hands signed bytes to a node. That it has them already is success.
 * @throws viem's error when the node did not answer (the bytes may be in its pool all the same) or will not take them now
 */
export async function broadcast(client: ChainClient, attempt: TransactionAttempt): Promise<BroadcastResult> {
  try {
    await client.sendRawTransaction({ serializedTransaction: attempt.raw })
    return 'accepted'
  } catch (error) {
    if (isUnavailable(error) || !(error instanceof BaseError)) throw error
    const text = `${error.details} ${error.message}`
    if (ALREADY_KNOWN.test(text)) return 'accepted'
    if (NonceTooLowError.nodeMessage.test(text)) return 'nonceConsumed'
    if (UNDERPRICED.test(text) || FeeCapTooLowError.nodeMessage.test(text)) return 'underpriced'
    throw error
  }
}
