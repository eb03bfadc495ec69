/** Block production controlled by the test: steady blocks while running, no block while paused. */
import { setTimeout as delay } from 'node:timers/promises'
import type { DurationMs } from '../../src/domain/primitives.ts'
import type { TestChain } from './chain.ts'

/** Time between blocks. Short blocks make short tests. */
const BLOCK_TIME: DurationMs = 100

export interface Miner {
  /** Resolves when the last block has been mined. */
  pause(): Promise<void>
  resume(): void
}

/** Switches the automatic mining of the node off and starts. Pause the miner before the chain is stopped. */
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
