/** The rest of every campaign: `npm run campaigns`. */
import { mergeConfig } from 'vitest/config'
import { CAMPAIGN_FILES } from './test/support/campaign.ts'
import base from './vitest.config.ts'

base.test = { ...base.test, include: [...CAMPAIGN_FILES] }

export default mergeConfig(base, {
  test: {
    env: { CAMPAIGN: 'rest' },
    // A process for each file: a campaign measures memory, or fills it.
    isolate: true,
    testTimeout: 3_600_000,
  },
})
