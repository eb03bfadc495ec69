/** Faults in what the live view tells an operator. */
import type { Mutant } from '../mutant.ts'

const FEED_TEST = 'test/inspection/feed.test.ts'

export const view: readonly Mutant[] = [
  {
    name: 'path-filled-by-repetition',
    meaning: 'steps that change nothing push the life of a batch out of its path',
    file: 'src/inspection/paths.ts',
    find: 'if (last === undefined || !haveSameStates(last, step)) return [...steps, step]',
    replace: 'if (last !== step) return [...steps, step]',
    tests: [FEED_TEST],
  },
]
