/** Faults in the right to lead, and in the shared database. */
import type { Mutant } from '../mutant.ts'

const FENCE = 'src/store/postgres/seat.ts'
const SESSION = 'src/store/postgres/seatSession.ts'
const FENCING_TEST = 'test/store/seat.test.ts'
const SEAT_TEST = 'test/machines/seat/seat.test.ts'
const ROOT_TEST = 'test/machines/root/root.seat.test.ts'

export const seat: readonly Mutant[] = [
  {
    name: 'former-leader-writes',
    meaning: 'a process writes although another one leads',
    file: FENCE,
    find: 'if (count === 0) throw deposed()',
    replace: 'if (count < 0) throw deposed()',
    tests: [FENCING_TEST],
  },
  {
    name: 'lost-answer-is-a-failure',
    meaning: 'a commit that took place is repeated because its answer was lost',
    file: FENCE,
    find: 'if (commits === seat.commits + 1) return true',
    replace: 'if (commits === seat.commits + 1) return false',
    tests: [FENCING_TEST],
  },
  {
    name: 'lost-commits-unnoticed',
    meaning: 'the leader goes on although the database has lost its commits',
    file: FENCE,
    find: 'WHERE epoch = $1 AND holder = $2 AND commits = $3',
    replace: 'WHERE epoch = $1 AND holder = $2 AND commits <= $3',
    tests: [FENCING_TEST],
  },
  {
    name: 'seat-taken-in-turn',
    meaning: 'several processes that start together take the seat from each other',
    file: SESSION,
    find: 'WHERE epoch = $2 RETURNING',
    replace: 'WHERE epoch >= $2 RETURNING',
    tests: [FENCING_TEST],
  },
  {
    name: 'missing-lock-is-death',
    meaning: 'a leader that cannot hold a lock loses its seat to every standby',
    file: SESSION,
    find: '(hasLock && !isLocked)',
    replace: '!isLocked',
    tests: [FENCING_TEST],
  },
  {
    name: 'trust-from-the-answer',
    meaning: 'a late answer of the database makes the leader trust its seat for too long',
    file: 'src/machines/seat/setup.ts',
    find: 'context.askedAt + SEAT_TTL',
    replace: 'context.now() + SEAT_TTL',
    tests: [SEAT_TEST],
  },
  {
    name: 'cut-off-leader-goes-on',
    meaning: 'a process that cannot renew its seat leads for ever',
    file: 'src/machines/seat/setup.ts',
    find: 'error instanceof SeatLostError || context.now() >= context.trustedUntil',
    replace: 'error instanceof SeatLostError',
    tests: [SEAT_TEST],
  },
  {
    name: 'deposed-actors-run',
    meaning: 'the actors of a process that has lost the seat go on',
    file: 'src/machines/root/root.ts',
    find: "'seat.lost': [{ guard: 'isServing', target: 'Restarting' }, { target: 'Ending' }],",
    replace: '',
    tests: [ROOT_TEST],
  },
  {
    name: 'restart-without-the-seat',
    meaning: 'crashed actors start again before the seat is confirmed',
    file: 'src/machines/root/root.ts',
    find: "after: { restartPause: '#gateway.Standby' }",
    replace: "after: { restartPause: '#gateway.Recovering' }",
    tests: [ROOT_TEST],
  },
  {
    name: 'stop-waits-for-batches',
    meaning: 'an ordered stop keeps the next leader waiting for batches in flight',
    file: 'src/machines/root/root.ts',
    find: "always: { guard: 'isShared', target: 'Flushing' },",
    replace: '',
    tests: [ROOT_TEST],
  },
  {
    name: 'stale-statuses',
    meaning: 'a process that does not lead any more answers with remembered statuses',
    file: 'src/store/rememberedStatuses.ts',
    find: 'isTrusted() ?',
    replace: 'isTrusted !== null ?',
    tests: ['test/store/rememberedStatuses.test.ts'],
  },
  {
    name: 'broken-connection-ends-the-process',
    meaning: 'a connection that breaks during a commit ends the process',
    file: 'src/store/postgres/connection.ts',
    find: "pool.on('connect', (client) => client.on('error', () => {}))",
    replace: '',
    tests: ['test/store/postgres.test.ts'],
  },
  {
    name: 'leaders-with-several-wallets',
    meaning:
      'processes on one database have different wallets, so that no other can replace the transactions of the leader',
    file: 'src/config/checks.ts',
    find: 'awsKmsKeyIds === undefined || databaseUrl === undefined',
    replace: 'awsKmsKeyIds === undefined || databaseUrl !== null',
    tests: ['test/config/secretFiles.test.ts'],
  },
  {
    name: 'refused-start-waits',
    meaning: 'a start with a wrong password or missing rights is repeated for ever',
    file: 'src/store/postgres/postgresStore.ts',
    find: 'throw toStartError(error)',
    replace: 'throw error',
    tests: ['test/store/postgres.test.ts'],
  },
]
