/**
 * The client of the comparison: a plain viem client that sends a transaction per operation. The client counts nonces
 * locally and uses a fixed gas limit, so the broadcast is the only call per transaction.
 */
import { createPublicClient, type Hex, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { Devnet } from '../src/devnet/devnet.ts'
import { operationKinds } from '../src/registry/worldId/kinds.ts'
import type { WorldIdOperation } from '../src/registry/worldId/operations.ts'
import { mapLimited } from './mapLimited.ts'

/** The second default account of anvil. The first account is the wallet of the gateway. */
const KEY: Hex = '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d'
/** Enough for a create with a new subtree. */
const GAS_LIMIT = 1_000_000n
const SENDS_IN_FLIGHT = 64

export interface PlainResult {
  readonly finalizedPerSecond: number
  readonly gasPerOperation: number
}

/** @returns a function that sends operations, one transaction each, and waits for the last inclusion */
export function connectPlainClient(
  chain: Devnet,
): (operations: readonly WorldIdOperation[]) => Promise<PlainResult> {
  const client = createPublicClient({ transport: http(chain.rpcUrl), pollingInterval: 20, cacheTime: 0 })
  const account = privateKeyToAccount(KEY)

  return async (operations) => {
    const { maxFeePerGas, maxPriorityFeePerGas } = await client.estimateFeesPerGas()
    const first = await client.getTransactionCount({ address: account.address })
    const start = performance.now()
    const hashes = await mapLimited(operations, SENDS_IN_FLIGHT, async (operation, index) =>
      client.sendRawTransaction({
        serializedTransaction: await account.signTransaction({
          type: 'eip1559',
          chainId: chain.chainId,
          nonce: first + index,
          to: chain.registryAddress,
          data: operationKinds[operation.kind].callData(operation),
          gas: GAS_LIMIT,
          maxFeePerGas: maxFeePerGas * 20n,
          maxPriorityFeePerGas,
        }),
      }),
    )
    const last = hashes.at(-1)
    if (last === undefined) throw new Error('no operations to send')
    await client.waitForTransactionReceipt({ hash: last, timeout: 600_000, retryCount: 1_000 })
    const seconds = (performance.now() - start) / 1000
    const receipts = await mapLimited(hashes, SENDS_IN_FLIGHT, (hash) =>
      client.getTransactionReceipt({ hash }),
    )
    if (receipts.some(({ status }) => status !== 'success')) throw new Error('a plain transaction failed')
    const gas = receipts.reduce((sum, { gasUsed }) => sum + Number(gasUsed), 0)
    return { finalizedPerSecond: operations.length / seconds, gasPerOperation: gas / operations.length }
  }
}
