import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** Longer than any test takes on a slow machine under load: a test that reaches this limit waits for nothing. */
const LIMIT_MS = 300_000

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // The test files of a worker share a process: viem, XState and the sources are loaded once for each worker, not for each file.
    isolate: false,
    // End-to-end tests wait for blocks about a third of the time.
    maxWorkers: Math.ceil(1.5 * availableParallelism()),
    testTimeout: LIMIT_MS,
    hookTimeout: LIMIT_MS,
    teardownTimeout: LIMIT_MS,
    expect: { poll: { timeout: LIMIT_MS - 30_000 } },
    reporters: ['default'],
    // Tests of passing files are listed from this duration on.
    slowTestThreshold: 10_000,
    // Tests crash actors on purpose. XState's development build prints each event that was on its way to a crashed actor.
    onConsoleLog: (text) => !text.includes('was sent to stopped actor'),
  },
})
