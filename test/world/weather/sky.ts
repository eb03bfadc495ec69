/** The events of the chain: blocks, with and without faults, and single events. */

import type { Address, Hash } from '../../../src/domain/primitives.ts'
import type { WorldIdOperation } from '../../../src/registry/worldId/operations.ts'
import { callDataOf } from '../callData.ts'
import type { Block, Transaction } from '../chain/block.ts'
import type { Demand } from '../chain/builder.ts'
import type { Chain, Mining } from '../chain/chain.ts'
import type { Clock } from '../clock.ts'
import { type Dice, diceOf } from '../dice.ts'
import type { Network } from '../network.ts'
import { ETHER, GWEI, REGISTRY, type Settings } from '../settings.ts'
import type { Trace } from '../trace.ts'
import type { Happening } from './spells.ts'
import type { Weather } from './weather.ts'

export interface SkyParts {
  readonly seed: number
  readonly settings: Settings
  readonly clock: Clock
  readonly chain: Chain
  readonly network: Network
  readonly weather: Weather
  readonly trace: Trace
  readonly wallet: Address
}

/** An account without a relation to the gateway. */
export const STRANGER: Address = `0x${'57'.repeat(20)}`

/** Gas of other traffic in a block without faults, as a share of the block's limit. */
const QUIET = [0.1, 0.5] as const

export class Sky {
  readonly #parts: SkyParts
  readonly #dice: Dice
  #strangers = 0
  readonly #intrusions = new Set<Hash>()
  /** Number of blocks to skip. */
  #missing = 0

  constructor(parts: SkyParts) {
    this.#parts = parts
    this.#dice = diceOf(parts.seed, 'sky')
  }

  /** Foreign transactions: sent by a foreign program with the key of the wallet. */
  get intrusions(): ReadonlySet<Hash> {
    return this.#intrusions
  }

  /** Starts the block production. */
  begin(): void {
    const { clock, settings } = this.#parts
    const beat = () => {
      if (this.#missing > 0) this.#missing -= 1
      else this.#mine()
      clock.after(settings.blockTime, beat)
    }
    clock.after(settings.blockTime, beat)
  }

  stall(blocks: number): void {
    this.#parts.trace.fault(`no blocks for ${blocks}`)
    this.#missing += blocks
  }

  burst(blocks: number): void {
    for (let count = 0; count < blocks; count += 1) this.#mine()
  }

  /** @param shorter whether the new branch is shorter for now */
  reorg({ strength: depth, id }: Happening, shorter: boolean): void {
    const { chain, network, trace, seed } = this.#parts
    const dice = diceOf(seed, 'reorg', id)
    const fates = dice.pick<'same' | 'mixed' | 'lossy'>(['same', 'mixed', 'lossy'])
    const count = shorter ? 0 : depth + dice.pick([0, 1, 1, 2])
    const before = chain.head.number
    const orphaned = chain.reorg({
      depth: Math.min(depth, before),
      mined: Array.from({ length: count }, () => this.#mining()),
      fateOf: () => {
        if (fates === 'same') return 'pool'
        return dice.pick(fates === 'mixed' ? ['pool', 'shadow'] : ['pool', 'shadow', 'lost'])
      },
    })
    network.noteHead()
    trace.fault(`blocks ${orphaned.map(({ number }) => number).join(', ')} are taken back`)
    for (const block of chain.canonical.slice(before - orphaned.length + 1)) this.#tell(block)
  }

  poolDrop(): void {
    const { chain, wallet, trace } = this.#parts
    const waiting = chain.pool.waiting(wallet)
    for (const transaction of waiting) {
      trace.fault(`the pool drops ${transaction.hash}`)
      if (this.#dice.hits(0.5)) chain.pool.remove(transaction)
      else chain.pool.putShadow(transaction)
    }
  }

  /** A foreign program sends well-paid transactions with the key of the wallet. */
  intrude(count: number): void {
    const { chain, wallet, trace } = this.#parts
    const { nonce } = chain.account(wallet)
    for (let index = 0; index < count; index += 1) {
      const hash = `0x1${(this.#intrusions.size + 1).toString(16).padStart(63, '0')}` as const
      this.#intrusions.add(hash)
      const tip = 50 * GWEI
      const transaction: Transaction = {
        hash,
        from: wallet,
        nonce: nonce + index,
        to: STRANGER,
        data: '0x',
        gas: 21_000,
        maxFeePerGas: 5_000 * GWEI,
        maxPriorityFeePerGas: tip,
      }
      trace.fault(`somebody sends ${hash} of nonce ${nonce + index} with the wallet's key`)
      // Builders see the foreign transaction, not the transaction of the gateway.
      chain.pool.put(transaction)
    }
  }

  /** A foreign account sends an operation to the registry. */
  send(operation: WorldIdOperation): void {
    const { chain, trace } = this.#parts
    this.#strangers += 1
    const hash = `0x5${this.#strangers.toString(16).padStart(63, '0')}` as const
    const waiting = chain.pool.waiting(STRANGER)
    const nonce = (waiting.at(-1)?.nonce ?? chain.account(STRANGER).nonce - 1) + 1
    chain.pool.put({
      hash,
      from: STRANGER,
      nonce,
      to: REGISTRY,
      data: callDataOf(operation),
      gas: 1_500_000,
      maxFeePerGas: 5_000 * GWEI,
      maxPriorityFeePerGas: 100 * GWEI,
    })
    trace.fault(`a stranger sends ${operation.kind} in ${hash}`)
  }

  #mine(): void {
    const { chain, network } = this.#parts
    this.#tell(chain.mine(this.#mining()))
    network.noteHead()
  }

  #mining(): Mining {
    const { clock, weather, chain, wallet } = this.#parts
    const isPoor = chain.account(wallet).balance < ETHER
    return {
      timestamp: Math.floor(clock.now / 1_000),
      demand: this.#demand(),
      // After the faults have ended the operator keeps the wallet funded.
      deposit: isPoor && weather.isClear ? { address: wallet, amount: 1_000n * ETHER } : null,
    }
  }

  #demand(): Demand {
    const { weather, settings, wallet } = this.#parts
    const crowd = weather.strike('crowd')
    const isDry = weather.strike('drought') !== null
    const share = QUIET[0] + (QUIET[1] - QUIET[0]) * this.#dice.draw()
    return {
      gas: crowd === null ? Math.floor(settings.blockGas * share) : settings.blockGas,
      tip: crowd === null ? Math.floor(GWEI / 1_000) : (crowd.strength * GWEI) / 1_000,
      passesBy: ({ from, hash }) => isDry && from === wallet && !this.#intrusions.has(hash),
      isOutdated: weather.strike('outdated') !== null,
    }
  }

  #tell(block: Block): void {
    const { trace } = this.#parts
    if (block.transactions.length === 0) return
    const inside = block.transactions.map(
      ({ transaction: { hash, nonce }, effects, calls }) =>
        `${hash} of nonce ${nonce} (${effects.length} done, ${calls.filter(({ error }) => error !== null).length} failed)`,
    )
    trace.add(`chain: block ${block.number} ${block.hash} at ${block.baseFee} wei holds ${inside.join(', ')}`)
  }
}
