/** Faults in the levels of finality, in preconfirmations and in waits for a level. */
import type { Mutant } from '../mutant.ts'

const POLICY = 'src/policy/finality.ts'
const LEVELS = 'src/machines/finalityTracker/levels.ts'
const TRACKER = 'src/machines/finalityTracker/setup.ts'
const MONITOR = 'src/machines/chainMonitor/setup.ts'
const LEVELS_TEST = 'test/machines/finalityTracker/levels.test.ts'
const PRECONFIRMATIONS = 'test/machines/finalityTracker/preconfirmations.test.ts'
const POLICY_TEST = 'test/policy/finality.test.ts'
const TAGS = 'test/machines/chainMonitor/tags.test.ts'
const WAITS = 'test/gateway/levelWaits.test.ts'

export const finality: readonly Mutant[] = [
  {
    name: 'unknown-tag-settles',
    meaning: 'a batch is settled while the tag of its verdicts is unknown',
    file: POLICY,
    find: 'return tagged === null ? Number.MAX_SAFE_INTEGER :',
    replace: 'return tagged === null ? 0 :',
    tests: [POLICY_TEST, 'test/machines/pendingBatch/finality.test.ts'],
  },
  {
    name: 'tag-lowered-by-late-node',
    meaning: 'a node that is behind lowers a tag',
    file: POLICY,
    find: 'return Math.max(before ?? 0, Math.min(seen, headNumber))',
    replace: 'return Math.min(seen, headNumber)',
    tests: [POLICY_TEST],
  },
  {
    name: 'tag-kept-in-reorg',
    meaning: 'a tag stays on an orphaned block',
    file: POLICY,
    find: '? null : Math.min(tag, Math.max(0, orphanedFrom - 1)))',
    replace: '? null : tag)',
    tests: [POLICY_TEST, TAGS],
  },
  {
    name: 'tag-of-other-branch',
    meaning: 'the tag of a node on another branch counts',
    file: MONITOR,
    find: 'return tagged === null || isOther ? null : tagged.blockNumber',
    replace: 'return tagged === null ? null : tagged.blockNumber',
    tests: [TAGS],
  },
  {
    name: 'reorg-before-cut',
    meaning: 'a reorg does not cut the tags',
    file: MONITOR,
    find: 'const tags = cutTags(context.tags, reorg.orphanedFrom)',
    replace: 'const { tags } = context',
    tests: [TAGS],
  },
  {
    name: 'levels-kept-in-reorg',
    meaning: 'a reorg of the including block takes back no level',
    file: LEVELS,
    find: 'if (blockNumber === undefined || blockNumber < orphanedFrom) return unchanged(batch)',
    replace: 'if (blockNumber === undefined || blockNumber <= orphanedFrom) return unchanged(batch)',
    tests: [LEVELS_TEST],
  },
  {
    name: 'levels-lost-in-silence',
    meaning: 'the loss of levels is not published',
    file: LEVELS,
    find: `events: [{ type: 'batch.levelsLost', batchId, txHash, levels, blockNumber, at }],`,
    replace: 'events: [],',
    tests: [LEVELS_TEST],
  },
  {
    name: 'level-reached-again',
    meaning: 'each block repeats the levels',
    file: LEVELS,
    find: 'if (levels[level] !== undefined) continue',
    replace: '',
    tests: [LEVELS_TEST],
  },
  {
    name: 'forgotten-before-the-verdict',
    meaning: 'a finalized batch is forgotten before its verdict, and reaches all levels again',
    file: LEVELS,
    find: 'return isSettled && (inclusion === null || finality?.levels.finalized !== undefined)',
    replace: 'return inclusion === null ? isSettled : finality?.levels.finalized !== undefined',
    tests: [LEVELS_TEST],
  },
  {
    name: 'preconfirmation-believed',
    meaning: 'a preconfirmation whose block came without the transaction stays',
    file: LEVELS,
    find: 'if (preconfirmed === undefined || head.number < preconfirmed.blockNumber) return unchanged(batch)',
    replace:
      'if (preconfirmed === undefined || head.number < preconfirmed.blockNumber + 9) return unchanged(batch)',
    tests: [PRECONFIRMATIONS],
  },
  {
    name: 'preconfirmation-of-latest',
    meaning: 'the latest block, served as the pending block, preconfirms',
    file: TRACKER,
    find: 'if (blockNumber <= headNumber) return',
    replace: '',
    tests: [PRECONFIRMATIONS],
  },
  {
    name: 'pending-asked-without-end',
    meaning: 'auto asks for the pending block of a chain that never shows a transaction there',
    file: TRACKER,
    find: 'return misses < MOST_MISSES || misses % TRY_AGAIN_AFTER === 0',
    replace: 'return true',
    tests: [PRECONFIRMATIONS],
  },
  {
    name: 'wait-misses-first-reading',
    meaning: 'the first reading overwrites the batch that an event named',
    file: 'src/machines/levelWait/setup.ts',
    find: 'batchId: context.batchId ?? progress?.batchId ?? null,',
    replace: 'batchId: progress?.batchId ?? null,',
    tests: [WAITS],
  },
  {
    name: 'waits-unbounded',
    meaning: 'any number of requests waits',
    file: 'src/gateway/levelWaits.ts',
    find: 'if (this.#waits.size >= this.#most) {',
    replace: 'if (this.#waits.size < 0) {',
    tests: [WAITS],
  },
  {
    name: 'finality-kept-by-revival',
    meaning: 'a revived batch keeps its levels',
    file: 'src/store/sqlite/recovery.ts',
    find: 'inclusion = NULL, finality = NULL,',
    replace: 'inclusion = NULL,',
    tests: ['test/store/sqlite.test.ts'],
  },
  {
    name: 'simulation-ignores-tag',
    meaning: 'the depth of the verdicts ignores the tag',
    file: 'src/actors/blocks/settledDepth.ts',
    find: 'return settlementDepth(rule, { headNumber: head?.number ?? 0, tags })',
    replace: 'return rule.confirmations',
    tests: ['test/actors/blocks/settledDepth.test.ts'],
  },
  {
    name: 'depth-of-the-start',
    meaning: 'a simulation judges by the depth at its start, while the chain grows',
    file: 'src/actors/simulateBatch.ts',
    find: 'settledDepth: () => dependencies.settledDepth(system),',
    replace: 'settledDepth: ((depth) => () => depth)(dependencies.settledDepth(system)),',
    tests: ['test/actors/simulateBatch.verdicts.test.ts'],
  },
]
