/** Faults in rate limits, settings and keys. */
import type { Mutant } from '../mutant.ts'

const WINDOWS = 'src/server/slidingWindows.ts'
const WINDOWS_TEST = 'test/server/slidingWindows.test.ts'
const LIMITS = 'src/server/rateLimits.ts'
const LIMITS_TEST = 'test/server/rateLimits.test.ts'

export const keys: readonly Mutant[] = [
  {
    name: 'window-too-long',
    meaning: 'a request stays in the window a moment longer than its duration',
    file: WINDOWS,
    find: 'const isInside = (time: Millis) => time > at - this.#limit.window',
    replace: 'const isInside = (time: Millis) => time >= at - this.#limit.window',
    tests: [WINDOWS_TEST],
  },
  {
    name: 'windows-without-bound',
    meaning: 'the memory of the rate limit grows with the number of accounts',
    file: WINDOWS,
    find: 'if (!isOver && this.#size <= MAX_REQUESTS) return',
    replace: 'if (!isOver) return',
    tests: [WINDOWS_TEST],
  },
  {
    name: 'stranger-uses-up-the-limit',
    meaning: 'with RATE_LIMIT_KEY=both a stranger uses up the limit of an account',
    file: LIMITS,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is source text
    find: '`${leaf} ${client}`',
    replace: 'leaf',
    tests: [LIMITS_TEST],
  },
  {
    name: 'kind-escapes-the-limit',
    meaning: 'operations of one kind are not counted for their account',
    file: 'src/server/routes/submissions.ts',
    find: 'const account = lane(operation)',
    replace: "const account = path === '/recover-account' ? null : lane(operation)",
    tests: [LIMITS_TEST],
  },
]
