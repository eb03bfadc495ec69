import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 50_000 } },
    reporters: ['default'],
    // Of a file that passes, only tests that take longer than this are listed.
    slowTestThreshold: 10_000,
    // Where actors are killed on purpose, what was on its way to them is lost on purpose, too: xstate's development build
    // prints each such event whole.
    onConsoleLog: (text) => !text.includes('was sent to stopped actor'),
  },
})
