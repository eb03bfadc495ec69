/** Faults in the logs, dashboards, alerts and deployment files. */
import type { Mutant } from '../mutant.ts'

export const shipping: readonly Mutant[] = [
  {
    name: 'inclusion-without-ids',
    meaning: 'the log does not tell which operations a transaction carried',
    file: 'src/machines/pendingBatch/events.ts',
    find: 'calls.flatMap(({ operations }) => operations)',
    replace: 'calls.flatMap(() => [])',
    tests: ['test/machines/pendingBatch/inclusion.test.ts'],
  },
  {
    name: 'access-log-shows-query',
    meaning: 'the access log holds a token from the query of a request',
    file: 'src/server/handler.ts',
    find: 'const { method, path } = req',
    replace: "const { method } = req\n    const path = req.url.replace('http://localhost', '')",
    tests: ['test/server/accessLog.test.ts'],
  },
  {
    name: 'throttle-reason-stays',
    meaning: 'the metric names a reason for waiting although operations are sent',
    file: 'src/metrics/views.ts',
    find: 'return throttled === null ? [] : [',
    replace: 'return [',
    tests: ['test/metrics/views.test.ts'],
  },
]
