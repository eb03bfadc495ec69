/** The truth of the chain: the effects of operations by transaction, and the transactions of the wallet. */
import { type GetLogsReturnType, toEventSelector } from 'viem'
import { privateKeyToAddress } from 'viem/accounts'
import type { Hash, Hex } from '../../src/domain/primitives.ts'
import type { LogPattern } from '../../src/evm/logPattern.ts'
import { registryEvents } from '../../src/registry/worldId/abi.ts'
import { operationKinds } from '../../src/registry/worldId/kinds.ts'
import type { WorldIdOperation } from '../../src/registry/worldId/operations.ts'
import type { TestChain } from './chain.ts'

/** The effect of an operation on the chain, ordered by block number, then by log index. */
interface Landing {
  readonly txHash: Hash
  readonly blockNumber: number
  readonly logIndex: number
}

export interface Ledger {
  /** The effects of an operation. More than a single effect is a fault of the gateway. */
  landings(operation: WorldIdOperation): readonly Landing[]
  /** Number of operations with an effect, in all transactions. */
  readonly effects: number
  /** Number of operations with an effect in the given transactions. */
  effectsIn(transactions: ReadonlySet<Hash>): number
  /** Transactions of the gateway's wallet, in the order of the chain. */
  readonly walletTransactions: readonly WalletTransaction[]
  /** The nonces of `walletTransactions`. */
  readonly walletNonces: readonly number[]
  /** Number of the newest block. */
  readonly head: number
}

interface WalletTransaction {
  readonly hash: Hash
  readonly nonce: number
  readonly blockNumber: number
}

/** The events with the proof of an operation's effect: a single event per kind. */
const EFFECTS: ReadonlySet<Hex> = new Set(
  registryEvents
    .filter(({ name }) => /^(Account|Authenticator)(Created|Updated|Inserted|Removed|Recovered)$/.test(name))
    .map((event) => toEventSelector(event)),
)

export async function readLedger({ client, registryAddress, walletPrivateKey }: TestChain): Promise<Ledger> {
  const wallet = privateKeyToAddress(walletPrivateKey).toLowerCase()
  const logs = await client.getLogs({ address: registryAddress, fromBlock: 0n, toBlock: 'latest' })
  const effects = logs.filter(({ topics: [event = '0x'] }) => EFFECTS.has(event))
  const head = await client.getBlockNumber({ cacheTime: 0 })
  const numbers = Array.from({ length: Number(head) + 1 }, (_, number) => BigInt(number))
  const blocks = await Promise.all(
    numbers.map((blockNumber) => client.getBlock({ blockNumber, includeTransactions: true })),
  )
  const walletTransactions = blocks.flatMap(({ number, transactions }) =>
    transactions
      .filter(({ from }) => from === wallet)
      .map(({ hash, nonce }) => ({ hash, nonce, blockNumber: Number(number) })),
  )
  return {
    head: Number(head),
    landings(operation) {
      const patterns = operationKinds[operation.kind].successLogs(operation)
      return effects.filter((log) => patterns.some((pattern) => fits(log, pattern))).map(landingOf)
    },
    effects: effects.length,
    effectsIn: (transactions) =>
      effects.filter(({ transactionHash }) => transactionHash !== null && transactions.has(transactionHash))
        .length,
    walletTransactions,
    walletNonces: walletTransactions.map(({ nonce }) => nonce),
  }
}

type Log = GetLogsReturnType[number]

function fits({ topics, data }: Log, pattern: LogPattern): boolean {
  return (
    pattern.data === data && pattern.topics.every((topic, index) => topic === null || topic === topics[index])
  )
}

function landingOf({ transactionHash, blockNumber, logIndex }: Log): Landing {
  if (transactionHash === null || blockNumber === null || logIndex === null)
    throw new Error('a log of no block')
  return { txHash: transactionHash, blockNumber: Number(blockNumber), logIndex }
}

/** The numbers from 0 to count - 1. */
export function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index)
}
