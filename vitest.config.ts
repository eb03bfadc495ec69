import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** Longer than any test takes on a slow machine under load: a test that reaches this limit waits for nothing. */
const LIMIT_MS = 300_000

/** Tests that measure the memory of their process. */
const MEASURES_MEMORY = ['test/soak/memory.test.ts']

/** Settings of every test run; `vitest.campaigns.config.ts` uses them, too. */
export const common = {
  pool: 'forks' as const,
  testTimeout: LIMIT_MS,
  hookTimeout: LIMIT_MS,
  teardownTimeout: LIMIT_MS,
  expect: { poll: { timeout: LIMIT_MS - 30_000 } },
  // Tests crash actors on purpose. XState's development build prints each event that was on its way to a crashed actor.
  onConsoleLog: (text: string) => !text.includes('was sent to stopped actor'),
}

export default defineConfig({
  test: {
    projects: [
      // The test files of a worker share a process: viem, XState and the sources are loaded once per worker, not once per file.
      {
        test: {
          ...common,
          name: 'shared',
          include: ['{test,examples}/**/*.test.ts'],
          exclude: MEASURES_MEMORY,
          isolate: false,
        },
      },
      { test: { ...common, name: 'alone', include: MEASURES_MEMORY, isolate: true } },
    ],
    // End-to-end tests wait for blocks about half of the time.
    maxWorkers: 2 * availableParallelism(),
    reporters: ['default'],
    // Tests of passing files are listed from this duration on.
    slowTestThreshold: 10_000,
  },
})
