/** Refusals of a pool that a higher price does not answer, in the words of geth. */
import { formatEther, type Hex, parseTransaction } from 'viem'
import { errorReply, type Node, type Reply, type RpcCall } from './rpc.ts'

interface Offer {
  readonly gas: bigint
  readonly maxFeePerGas: bigint
  readonly size: number
}

/** @returns null when the pool has no objection */
type Objection = (offer: Offer, strength: number) => string | null

/** A fault of sending. A transaction without an objection passes. */
export function refusing(objection: Objection) {
  return {
    methods: ['eth_sendRawTransaction'],
    async strike(call: RpcCall, _: Node, { strength }: { readonly strength: number }): Promise<Reply | null> {
      const words = objection(offerIn(call.params[0] as Hex), strength)
      return words === null ? null : errorReply(call, -32000, words)
    },
  }
}

/** @param milliether the cap */
export const feeCap: Objection = ({ gas, maxFeePerGas }, milliether) => {
  const [fee, cap] = [gas * maxFeePerGas, BigInt(milliether) * 10n ** 15n]
  return fee > cap
    ? `tx fee (${inEther(fee)} ether) exceeds the configured cap (${inEther(cap)} ether)`
    : null
}

export const gasCap: Objection = ({ gas }, cap) =>
  gas > cap ? `transaction gas limit too high (cap: ${cap}, tx: ${gas})` : null

export const sizeCap: Objection = ({ size }, limit) =>
  size > limit ? `oversized data: transaction size ${size}, limit ${limit}` : null

/** On OP-stack chains the L1 data fee counts too, and it changes from block to block. */
export const l1Fee: Objection = ({ gas, maxFeePerGas }) =>
  `insufficient funds for gas * price + value: balance 1, tx cost ${1n + gas * maxFeePerGas}, overshot ${gas * maxFeePerGas}`

/** The refusals that a higher price answers, and answers to bytes that a node has or that came too late. */
const ABOUT_THE_PRICE = /underpriced|less than block base fee|already (known|imported)|nonce too low/

export function isAboutThePrice(words: string): boolean {
  return ABOUT_THE_PRICE.test(words)
}

function offerIn(raw: Hex): Offer {
  const { gas = 0n, maxFeePerGas = 0n } = parseTransaction(raw)
  return { gas, maxFeePerGas: maxFeePerGas ?? 0n, size: (raw.length - 2) / 2 }
}

/** Rounded to two decimals, as geth prints it. */
function inEther(wei: bigint): string {
  return Number(formatEther(wei)).toFixed(2)
}
