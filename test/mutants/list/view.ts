/** Faults in what the live view tells an operator. */
import type { Mutant } from '../mutant.ts'

const FEED_TEST = 'test/inspection/feed.test.ts'
const TROUBLE_TEST = 'test/inspector/page/trouble.test.ts'

export const view: readonly Mutant[] = [
  {
    name: 'path-filled-by-repetition',
    meaning: 'steps that change nothing push the life of a batch out of its path',
    file: 'src/inspection/paths.ts',
    find: 'if (last === undefined || !haveSameStates(last, step)) return [...steps, step]',
    replace: 'if (last !== step) return [...steps, step]',
    tests: [FEED_TEST],
  },
  {
    name: 'refusal-not-told',
    meaning: 'an operator does not see that an endpoint refuses a transaction, and its words',
    file: 'inspector/src/page/world/trouble.ts',
    find: 'const trouble = refusedTrouble(run) ?? slowTrouble(world, run)',
    replace: 'const trouble = slowTrouble(world, run)',
    tests: [TROUBLE_TEST],
  },
  {
    name: 'failed-batch-green',
    meaning: 'a batch with failed operations looks like a good one',
    file: 'inspector/src/page/world/outcomes.ts',
    find: "return counts.finalized === 0 ? 'bad' : 'warn'",
    replace: 'return tone',
    tests: ['test/inspector/page/outcomes.test.ts'],
  },
]
