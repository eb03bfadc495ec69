/** Receivers of signed transactions outside of the endpoints' health. */
import type { ChainClient } from '../../src/rpc/chainClient.ts'
import type { TransactionSender } from '../../src/rpc/sendOnlyEndpoint.ts'

/** @returns the part of the endpoints that a broadcast needs. The names are `node-1`, `node-2` and so on. */
export function sendersOf(...clients: readonly ChainClient[]) {
  const senders: readonly TransactionSender[] = clients.map((client, index) => ({
    name: `node-${index + 1}`,
    async send(raw) {
      await client.sendRawTransaction({ serializedTransaction: raw })
    },
  }))
  return { senders: () => senders }
}
