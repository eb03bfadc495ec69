/** The evidence of a run: answers to clients, broadcasts of the gateway, and the chain. */
import type { Hash, Hex } from '../../src/domain/primitives.ts'
import type { PooledTransaction } from './chainFaults.ts'
import type { Delivery } from './courier.ts'
import type { Task } from './traffic.ts'
import type { Sighting } from './witness.ts'

/** The place of an effect. */
export interface Landing {
  readonly txHash: Hash
  readonly blockNumber: number
  readonly logIndex: number
  /** Whether the wallet sent the transaction. */
  readonly isOurs: boolean
}

/** A signed and broadcast transaction of the gateway. */
export interface Broadcast {
  readonly hash: Hash
  readonly raw: Hex
  readonly nonce: number
  /** Wei per gas. */
  readonly maxFeePerGas: bigint
  readonly maxPriorityFeePerGas: bigint
  /** Whether it only consumes its nonce. */
  readonly isCancel: boolean
  /** What the endpoints said: the words of a refusal; null for an acceptance or a lost answer. */
  readonly verdicts: readonly (string | null)[]
}

/** The canonical chain at the end. */
export interface ChainEvidence {
  readonly head: number
  /** The effects of each task: none or one. */
  readonly landings: ReadonlyMap<Task, readonly Landing[]>
  /** The tasks that succeed alone after the newest block. */
  readonly possible: ReadonlySet<Task>
  /** The highest price that the market of the run explains, in wei per gas. */
  readonly marketPrice: bigint
  /** All effects in transactions of the wallet. */
  readonly ourEffects: number
  /** In chain order. */
  readonly walletTransactions: readonly { readonly hash: Hash; readonly nonce: number }[]
  /** The pending transactions of the wallet. */
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
  /** The hash of every stored attempt. */
  readonly recorded: ReadonlySet<string>
  readonly intrusions: ReadonlySet<Hash>
  readonly isFinalityBroken: boolean
  /** Nonces in flight and the next nonce at the end. */
  readonly wallet: { readonly inFlight: readonly number[]; readonly next: number | null } | null
  /** Whether everything settled within the limit. */
  readonly isAtRest: boolean
  /** Charged tries, by id of an acknowledged operation. */
  readonly tries: ReadonlyMap<string, number>
  /** Reports of the gateway about foreign transactions of the wallet. */
  readonly alarms: readonly string[]
  /** Unexpected ends of the gateway. */
  readonly crashes: readonly string[]
  /** The exit code of the last stop. */
  readonly exitCode: number | null
  readonly chain: ChainEvidence
  /** The chain after all attempts were broadcast again. */
  readonly afterReplay: ChainEvidence
}
