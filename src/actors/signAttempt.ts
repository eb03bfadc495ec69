/**
 * Slot `signAttempt` of the wallet: signs an attempt at the market's fees, if the balance covers the highest cost of all
 * transactions in flight. Pools require the sum, with the fees of a rollup.
 */
import { fromPromise } from 'xstate'
import type { TransactionAttempt } from '../domain/batch.ts'
import type { MarketFees } from '../domain/chain.ts'
import type { PendingBatchConfig } from '../domain/config.ts'
import type { Address, Gas, Hex, Now } from '../domain/primitives.ts'
import { bytesOf, keccak256 } from '../evm/keccak.ts'
import type { TransactionRequest } from '../machines/protocol.ts'
import type { SignInput, SignResult } from '../machines/wallet/context.ts'
import {
  type FeeConfig,
  firstFees,
  limitsBelowCancel,
  limitsOfCancel,
  nextFees,
  repricedFees,
  type TransactionFees,
} from '../policy/fees.ts'
import type { Endpoints } from '../rpc/endpoints.ts'
import { readMarketFees } from './signing/marketFees.ts'
import { readBalance } from './signing/quantities.ts'
import { createRollupFees } from './signing/rollupFees.ts'
import type { Signer } from './signing/signer.ts'

interface Dependencies {
  readonly endpoints: Pick<Endpoints, 'pin' | 'chainId'>
  readonly signer: Signer
  readonly config: PendingBatchConfig
  readonly now: Now
}

/** The actor fails when the chain does not answer or gives an unusable answer, and with the signer's error. */
export function signAttempt({ endpoints, signer, config, now }: Dependencies) {
  const readRollupFee = createRollupFees()
  return fromPromise<SignResult, SignInput>(async ({ input }) => {
    const { request, nonce, costInFlight } = input
    const client = endpoints.pin()
    const { to, data, gasLimit } = payload(request, signer.address)
    const [market, balance, rollupFee] = await Promise.all([
      readMarketFees(client, config.priorityFeePercentile),
      readBalance(client, signer.address, null),
      readRollupFee(client, { data, gasLimit }),
    ])
    const fees = feesOf(input, market, config)
    if (fees === null) return { type: 'capped' }
    const cost = BigInt(gasLimit) * BigInt(fees.maxFeePerGas) + rollupFee
    if (BigInt(costInFlight) + cost > balance) {
      return { type: 'unaffordable', balance: balance.toString() }
    }
    const raw = await signer.signTransaction({
      type: 'eip1559',
      chainId: endpoints.chainId,
      nonce,
      to,
      data,
      gas: BigInt(gasLimit),
      maxFeePerGas: BigInt(fees.maxFeePerGas),
      maxPriorityFeePerGas: BigInt(fees.maxPriorityFeePerGas),
    })
    const attempt: TransactionAttempt = {
      hash: keccak256(bytesOf(raw)),
      nonce,
      purpose: request.purpose,
      plan: request.purpose === 'batch' ? request.plan : null,
      batchId: request.batchId,
      gasLimit,
      ...fees,
      raw,
      signedAt: now(),
      rollupFee: rollupFee.toString(),
      refusal: null,
    }
    return { type: 'signed', attempt, market: firstFees(market, limitsBelowCancel(config)) }
  })
}

/** @returns null when the fee ceiling leaves no room for a replacement */
function feesOf(
  { request, highest, pricing }: SignInput,
  market: MarketFees,
  config: FeeConfig,
): TransactionFees | null {
  const limits = limitsBelowCancel(config)
  if (highest === null) return firstFees(market, limits)
  switch (pricing) {
    case 'raise':
      return nextFees(market, highest, request.purpose === 'cancel' ? limitsOfCancel(config) : limits)
    case 'market':
      return repricedFees(market, highest, limits)
    case 'keep':
      return highest
  }
}

interface Payload {
  readonly to: Address
  readonly data: Hex
  readonly gasLimit: Gas
}

/** The calls of the batch; for a cancel, a transfer of nothing from the wallet to the wallet. */
function payload(request: TransactionRequest, wallet: Address): Payload {
  return request.purpose === 'batch' ? request : { to: wallet, data: '0x', gasLimit: request.gasLimit }
}
