/** The rest of every campaign: `npm run campaigns`. */
import { defineConfig } from 'vitest/config'
import { CAMPAIGN_FILES } from './test/support/campaign.ts'
import { common } from './vitest.config.ts'

export default defineConfig({
  test: {
    ...common,
    include: [...CAMPAIGN_FILES],
    env: { CAMPAIGN: 'rest' },
    // Each file runs in a process of its own, because a campaign measures or fills the memory.
    isolate: true,
    testTimeout: 3_600_000,
  },
})
