/** Block production in the test's hand: steady while it runs, and not one block more once it is paused. */
import { setTimeout as delay } from 'node:timers/promises'
import type { DurationMs } from '../../src/domain/primitives.ts'
import type { TestChain } from './chain.ts'

/** Between blocks: short, so that tests are. */
const BLOCK_TIME: DurationMs = 100

export interface Miner {
  /** Resolves when the last block has been mined. */
  pause(): Promise<void>
  resume(): void
}

/** Takes over from the node and starts. Pause it before the chain is stopped. */
export async function startMiner({ client }: Pick<TestChain, 'client'>): Promise<Miner> {
  await client.setAutomine(false)
  let mining: Promise<void> | null = null
  let isPaused = true

  async function mine(): Promise<void> {
    while (!isPaused) {
      await client.mine({ blocks: 1 })
      await delay(BLOCK_TIME)
    }
  }

  const miner: Miner = {
    async pause() {
      isPaused = true
      await mining
      mining = null
    },
    resume() {
      isPaused = false
      mining ??= mine()
    },
  }
  miner.resume()
  return miner
}
