/** Slot `readAccount` of the wallet: reads the nonce and the balance of the account in the state of one block. */
import { fromPromise } from 'xstate'
import type { Now } from '../domain/primitives.ts'
import type { ReadInput, WalletReading } from '../machines/wallet/context.ts'
import type { Endpoints } from '../rpc/endpoints.ts'

interface Dependencies {
  readonly endpoints: Pick<Endpoints, 'pin'>
  readonly now: Now
}

/** The actor fails with viem's error when the chain does not answer, or the endpoint lacks the block. */
export function readAccount({ endpoints, now }: Dependencies) {
  return fromPromise<WalletReading, ReadInput>(async ({ input: { address, blockNumber } }) => {
    const client = endpoints.pin()
    const block = blockNumber === null ? await client.getBlockNumber({ cacheTime: 0 }) : BigInt(blockNumber)
    const [chainNonce, balance] = await Promise.all([
      client.getTransactionCount({ address, blockNumber: block }),
      client.getBalance({ address, blockNumber: block }),
    ])
    return { chainNonce, balance: balance.toString(), blockNumber: Number(block), at: now() }
  })
}
