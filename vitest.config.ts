import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default'],
    // Where actors are killed on purpose, what was on its way to them is lost on purpose, too: xstate's development build
    // prints each such event whole.
    onConsoleLog: (text) => !text.includes('was sent to stopped actor'),
  },
})
