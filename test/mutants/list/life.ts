/** Faults in the start, the end, the clock, and the care for the database file. */
import type { Mutant } from '../mutant.ts'

const ROOT = 'src/machines/root/root.ts'
const ROOT_SETUP = 'src/machines/root/setup.ts'
const ROOT_TEST = 'test/machines/root/root.test.ts'
const RESTARTS_TEST = 'test/machines/root/root.restarts.test.ts'
const CLOCK_TEST = 'test/domain/steadyClock.test.ts'
const DAMAGE_TEST = 'test/store/damage.test.ts'
const CLOSING_TEST = 'test/gateway/closing.test.ts'
const LISTEN_TEST = 'test/server/listen.test.ts'
const READS_TEST = 'test/gateway/readFailures.test.ts'

export const life: readonly Mutant[] = [
  {
    name: 'outage-fails-start',
    meaning: 'a chain that does not answer at the start ends the gateway',
    file: ROOT_SETUP,
    find: 'error instanceof UnavailableError,',
    replace: 'error === UnavailableError,',
    tests: [ROOT_TEST],
  },
  {
    name: 'start-without-pause',
    meaning: 'a failing start is repeated with the shortest pause for ever',
    file: ROOT_SETUP,
    find: 'const count = context.delays.count + 1',
    replace: 'const count = 1',
    tests: [ROOT_TEST],
  },
  {
    name: 'no-drain-in-start',
    meaning: 'a gateway that waits for the chain ignores the stop',
    file: ROOT,
    find: "on: { drain: 'Ending' },\n      states: {\n        Preparing",
    replace: 'states: {\n        Preparing',
    tests: [ROOT_TEST],
  },
  {
    name: 'hopeless-store-retried',
    meaning: 'a store that cannot be used after a crash is counted as a crash instead of ending the gateway',
    file: ROOT_SETUP,
    find: 'context.crashes.last !== null && !(error instanceof StartupError)',
    replace: 'context.crashes.last !== null',
    tests: [RESTARTS_TEST],
  },
  {
    name: 'closing-stops-at-failure',
    meaning: 'a part that cannot be closed keeps the next parts open',
    file: 'src/gateway/closing.ts',
    find: 'failures.push({ part, reason: error instanceof Error ? error.message : String(error), error })',
    replace: 'throw error',
    tests: [CLOSING_TEST],
  },
  {
    name: 'closing-without-deadline',
    meaning: 'a part that hangs keeps the process alive',
    file: 'src/gateway/closing.ts',
    find: 'await Promise.race([work(), expired])',
    replace: 'await work()',
    tests: [CLOSING_TEST],
    hangs: true,
  },
  {
    name: 'clock-steps',
    meaning: 'the clock of the gateway follows a step of the system clock',
    file: 'src/domain/steadyClock.ts',
    find: 'return () => Math.floor(offset + elapsed())',
    replace: 'return () => wall()',
    tests: [CLOCK_TEST],
  },
  {
    name: 'step-reported-twice',
    meaning: 'a step of the system clock is logged again and again',
    file: 'src/domain/steadyClock.ts',
    find: 'known += by',
    replace: 'known += 0',
    tests: [CLOCK_TEST],
  },
  {
    name: 'keep-alive-ignored',
    meaning: 'an idle connection closes before that of the load balancer',
    file: 'src/server/listen.ts',
    find: 'keepAliveTimeout: keepAliveMs,',
    replace: 'keepAliveTimeout: 5_000,',
    tests: [LISTEN_TEST],
  },
  {
    name: 'drain-keeps-connections',
    meaning: 'a stopping server does not ask clients to close their connections',
    file: 'src/server/listen.ts',
    find: 'response.shouldKeepAlive = false',
    replace: 'response.shouldKeepAlive = true',
    tests: [LISTEN_TEST],
    hangs: true,
  },
  {
    name: 'damage-accepted',
    meaning: 'a database with damaged pages is opened',
    file: 'src/store/sqlite/database.ts',
    find: "if (damage === 'ok') return",
    replace: 'if (damage !== undefined) return',
    tests: [DAMAGE_TEST],
  },
  {
    name: 'empty-file-is-new',
    meaning: 'a database file of 0 bytes starts as new',
    file: 'src/store/sqlite/database.ts',
    find: '?.size !== 0) return',
    replace: '?.size !== -1) return',
    tests: [DAMAGE_TEST],
  },
  {
    name: 'lost-file-unnoticed',
    meaning: 'a commit to a removed file is acknowledged',
    file: 'src/store/sqlite/database.ts',
    find: "this.#file.verify()\n        this.#driver.exec('COMMIT')",
    replace: "this.#driver.exec('COMMIT')",
    tests: [DAMAGE_TEST],
  },
  {
    name: 'damage-forgotten',
    meaning: 'a read of a good page hides a damaged page',
    file: 'src/gateway/readFailures.ts',
    find: 'return this.#damage ?? this.#last',
    replace: 'return this.#last',
    tests: [READS_TEST],
  },
  {
    name: 'interrupted-commit-repeated',
    meaning: 'a commit that the end of the store interrupted is repeated',
    file: 'src/actors/writeRecords.ts',
    find: "if (failure === 'closed') throw new InterruptedCommitError(message, { cause: error })",
    replace: '',
    tests: ['test/actors/writeRecords.test.ts'],
  },
  {
    name: 'thread-not-replaced',
    meaning: 'a crashed store thread is not replaced',
    file: 'src/store/sqlite/threadedStore.ts',
    find: 'const first = await openInThread(path, start, reopen)',
    replace: 'const first = await openInThread(path, start, (reason) => onCrash(reason, true))',
    tests: ['test/store/threadedStore.test.ts'],
  },
  {
    name: 'pruning-falls-behind',
    meaning: 'old records that one pruning leaves wait for the next minute',
    file: 'src/machines/requestTracker/setup.ts',
    find: "{ id: 'prune', delay: 'prunePace' }",
    replace: "{ id: 'prune', delay: 'pruneInterval' }",
    tests: ['test/machines/requestTracker/requestTracker.test.ts'],
  },
  {
    name: 'clock-not-watched',
    meaning: 'a step of the system clock is not reported',
    file: 'src/gateway/clockWatch.ts',
    find: 'if (step !== null) publish(',
    replace: 'if (step !== null && step.by === 0) publish(',
    tests: ['test/gateway/clockWatch.test.ts'],
  },
  {
    name: 'clock-watch-keeps-the-process',
    meaning: 'the watch of the clock keeps the process alive',
    file: 'src/gateway/clockWatch.ts',
    find: 'timer.unref()',
    replace: 'timer.ref()',
    tests: ['test/gateway/clockWatch.test.ts'],
  },
]
