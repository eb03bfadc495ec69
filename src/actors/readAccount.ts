/** Slot `readAccount` of the wallet: reads the nonce and the balance of the account in the state of one block. */
import { fromPromise } from 'xstate'
import type { Now } from '../domain/primitives.ts'
import type { ReadInput, WalletReading } from '../machines/wallet/context.ts'
import type { Endpoints } from '../rpc/endpoints.ts'
import { readBalance, readNonce } from './signing/quantities.ts'

interface Dependencies {
  readonly endpoints: Pick<Endpoints, 'pin'>
  readonly now: Now
}

/** The actor fails when the chain does not answer, when the endpoint lacks the block, and for an unusable answer. */
export function readAccount({ endpoints, now }: Dependencies) {
  return fromPromise<WalletReading, ReadInput>(async ({ input: { address, blockNumber } }) => {
    const client = endpoints.pin()
    const block = blockNumber === null ? await client.getBlockNumber({ cacheTime: 0 }) : BigInt(blockNumber)
    const [chainNonce, balance] = await Promise.all([
      readNonce(client, address, block),
      readBalance(client, address, block),
    ])
    return { chainNonce, balance: balance.toString(), blockNumber: Number(block), at: now() }
  })
}
