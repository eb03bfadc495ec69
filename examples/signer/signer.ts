/**
 * A signer that asks a key service by JSON-RPC, with `eth_signTransaction`. Web3Signer and Clef have this method, and so have
 * development nodes.
 */
import type { Address, Hex } from 'viem'
import { numberToHex } from 'viem'
import type { Signer, UnsignedTransaction } from '../../src/index.ts'

/** @param url address of the key service */
export function rpcSigner(url: string, address: Address): Signer {
  return {
    address,
    async signTransaction(transaction) {
      const params = [{ from: address, ...inHex(transaction) }]
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_signTransaction', params }),
      })
      const { result, error } = (await response.json()) as { result?: Hex; error?: { message: string } }
      // The gateway logs the message and tries again.
      if (result === undefined) throw new Error(`the key service does not sign: ${error?.message}`)
      return result
    },
  }
}

function inHex({ to, data, ...numbers }: UnsignedTransaction) {
  return {
    to,
    data,
    type: '0x2',
    chainId: numberToHex(numbers.chainId),
    nonce: numberToHex(numbers.nonce),
    gas: numberToHex(numbers.gas),
    maxFeePerGas: numberToHex(numbers.maxFeePerGas),
    maxPriorityFeePerGas: numberToHex(numbers.maxPriorityFeePerGas),
  }
}
