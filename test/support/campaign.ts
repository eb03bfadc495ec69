/**
 * Sizes of the campaigns: a longer campaign finds more faults. `npm test` runs the first part of each campaign, and
 * `npm run campaigns` runs the rest. `npm run verify` runs both parts, without a seed twice.
 */

interface Campaign {
  /** Seeds, runs, requests, operations, pictures, packages or images in `npm test`. */
  readonly small: number
  /** The same for both parts together. */
  readonly full: number
  /** The test files with the size of the entry. */
  readonly files: readonly string[]
}

const CAMPAIGNS = {
  simulatedWorld: { small: 40, full: 240, files: ['test/world/seeds/*.test.ts'] },
  worldDeterminism: { small: 1, full: 4, files: ['test/world/determinism.test.ts'] },
  takeovers: { small: 2, full: 12, files: ['test/takeover/takeover.test.ts'] },
  chaos: { small: 1, full: 5, files: ['test/chaos/chaos.test.ts'] },
  httpFuzz: { small: 500, full: 3_000, files: ['test/fuzz/fuzz.test.ts'] },
  apiProperties: { small: 40, full: 200, files: ['test/server/fuzz.test.ts'] },
  reducerModels: {
    small: 100,
    full: 1_000,
    files: ['test/**/*.model.test.ts', 'test/machines/wallet/nonceStream.test.ts'],
  },
  machineWalks: { small: 5, full: 25, files: ['test/models/machines.test.ts'] },
  storeModel: {
    small: 10,
    full: 50,
    files: ['test/store/sqlite.test.ts', 'test/store/storeThread.test.ts', 'test/store/postgres.test.ts'],
  },
  pagePictures: {
    small: 0,
    full: 4,
    files: ['test/inspector/browser.test.ts', 'test/inspector/trouble.test.ts'],
  },
  pageEndurance: { small: 0, full: 360, files: ['test/inspector/browser.test.ts'] },
  finishedWork: { small: 10_000, full: 110_000, files: ['test/soak/memory.test.ts'] },
  imageSteps: { small: 0, full: 1, files: ['test/deploy/imageSteps.test.ts'] },
  packedProduct: { small: 0, full: 1, files: ['test/packed/packed.test.ts'] },
  actorCrashes: { small: 1, full: 2, files: ['test/soak/crashes.test.ts'] },
} as const satisfies Readonly<Record<string, Campaign>>

type CampaignName = keyof typeof CAMPAIGNS

/** Set by `vitest.campaigns.config.ts`. */
const runsRest = process.env['CAMPAIGN'] === 'rest'

/** Every file with a campaign, as globs. */
export const CAMPAIGN_FILES: readonly string[] = [
  ...new Set(Object.values(CAMPAIGNS).flatMap(({ files }) => [...files])),
]

/** The size of the running part: seeds, runs, requests, operations, pictures, packages or images. */
export function sizeOf(name: CampaignName): number {
  const { small, full } = CAMPAIGNS[name]
  return runsRest ? full - small : small
}

/** The seeds of this part, counted from 1. The two parts have no seed in common. */
export function seedsOf(name: CampaignName): readonly number[] {
  const first = runsRest ? CAMPAIGNS[name].small + 1 : 1
  return Array.from({ length: sizeOf(name) }, (_, index) => first + index)
}
