/** The machines that are tested from their definitions. */
import { pendingBatchModels } from './pendingBatch.ts'
import type { Model } from './support/model.ts'
import { walletModels } from './wallet.ts'

interface Entry {
  readonly name: string
  readonly models: readonly [Model, ...Model[]]
}

export const MODELS: readonly Entry[] = [
  { name: 'wallet', models: walletModels },
  { name: 'pendingBatch', models: pendingBatchModels },
]
