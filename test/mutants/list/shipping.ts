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
  {
    name: 'image-runs-as-root',
    meaning: 'the program in the image may change itself',
    file: 'deploy/docker/Dockerfile',
    find: 'USER 1000:1000',
    replace: 'USER 0:0',
    tests: ['test/deploy/image.test.ts'],
  },
  {
    name: 'chart-names-no-setting',
    meaning: 'the chart gives the key of the wallet in a variable that nobody reads',
    file: 'deploy/helm/opsbatcher/values.yaml',
    find: '    WALLET_PRIVATE_KEY: wallet-private-key',
    replace: '    WALLET_KEY: wallet-private-key',
    tests: ['test/deploy/chart/chart.test.ts'],
  },
  {
    name: 'unit-loads-no-key',
    meaning: 'the service reads a credential that systemd does not load',
    file: 'deploy/systemd/opsbatcher.service',
    find: 'LoadCredential=wallet-private-key:',
    replace: 'LoadCredential=wallet-key:',
    tests: ['test/deploy/systemd.test.ts'],
  },
  {
    name: 'compose-dashboard-elsewhere',
    meaning: 'Grafana starts without the dashboard',
    file: 'deploy/compose/grafana/dashboards.yml',
    find: '/var/lib/dashboards',
    replace: '/var/lib/dashboard',
    tests: ['test/deploy/compose.test.ts'],
  },
]
