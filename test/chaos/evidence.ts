/** What a run leaves for the proof: what the clients were told, what the gateway sent, and what the chain itself says. */
import type { Hash, Hex } from '../../src/domain/primitives.ts'
import type { PooledTransaction } from './chainFaults.ts'
import type { Delivery } from './courier.ts'
import type { Task } from './traffic.ts'
import type { Sighting } from './witness.ts'

/** Where an operation took effect. */
export interface Landing {
  readonly txHash: Hash
  readonly blockNumber: number
  readonly logIndex: number
  /** Whether the transaction is one of the wallet's. */
  readonly isOurs: boolean
}

/** A signed transaction that the gateway has handed out. */
export interface Broadcast {
  readonly hash: Hash
  readonly raw: Hex
  readonly nonce: number
  /** Wei per gas. */
  readonly maxFeePerGas: bigint
  readonly maxPriorityFeePerGas: bigint
}

/** The canonical chain at the end. */
export interface ChainEvidence {
  readonly head: number
  /** Where each task's operation took effect; once, or never. */
  readonly landings: ReadonlyMap<Task, readonly Landing[]>
  /** Effects in transactions of the wallet, whatever operation they are of. */
  readonly ourEffects: number
  /** In the order of the chain. */
  readonly walletTransactions: readonly { readonly hash: Hash; readonly nonce: number }[]
  /** What the pool still has of the wallet. */
  readonly pool: readonly PooledTransaction[]
}

export interface Evidence {
  readonly confirmations: number
  /** Wei per gas. */
  readonly feeCap: bigint
  readonly deliveries: readonly Delivery[]
  /** By id of an acknowledged operation. */
  readonly sightings: ReadonlyMap<string, readonly Sighting[]>
  readonly broadcasts: readonly Broadcast[]
  /** Every transaction that the gateway has on record, by hash. */
  readonly recorded: ReadonlySet<string>
  readonly intrusions: ReadonlySet<Hash>
  readonly isFinalityBroken: boolean
  /** Nonces that the gateway still has transactions for, and the next that it would take, when all was over. */
  readonly wallet: { readonly inFlight: readonly number[]; readonly next: number | null } | null
  /** Whether everything came to its end within the bound. */
  readonly isAtRest: boolean
  /** Ends of the gateway for which nobody had asked. */
  readonly crashes: readonly string[]
  /** Of the stop at the end. */
  readonly exitCode: number | null
  readonly chain: ChainEvidence
  /** The chain once more, after all that the gateway ever signed was sent again. */
  readonly afterReplay: ChainEvidence
}
