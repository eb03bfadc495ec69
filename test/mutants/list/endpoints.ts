/** Faults in the health of endpoints, and in reading their errors. */
import type { Mutant } from '../mutant.ts'

const HEALTH = 'src/rpc/endpointHealth.ts'
const ENDPOINT = 'src/rpc/endpoint.ts'
const ENDPOINTS = 'src/rpc/endpoints.ts'
const HEALTH_TEST = 'test/rpc/endpointHealth.test.ts'
const ENDPOINTS_TEST = 'test/rpc/endpoints.test.ts'
const TRAIL_TEST = 'test/actors/blocks/blockTrail.test.ts'
const MONITOR_TEST = 'test/machines/chainMonitor/chainMonitor.test.ts'
const CLIENT_TEST = 'test/rpc/chainClient.test.ts'
const FAILURE_TEST = 'test/rpc/endpointFailure.test.ts'

export const endpoints: readonly Mutant[] = [
  {
    name: 'one-block-per-round-trip',
    meaning: 'missed blocks are read one after another, and a slow endpoint falls behind without bound',
    file: 'src/actors/blocks/blockTrail.ts',
    find: 'const MOST_AT_ONCE = 32',
    replace: 'const MOST_AT_ONCE = 1',
    tests: [TRAIL_TEST],
  },
  {
    name: 'fork-read-by-number',
    meaning: 'blocks read by number are reported although they are on another branch',
    file: 'src/actors/blocks/blockTrail.ts',
    find: 'if (block === null || block.head.hash !== linked.at(-1)?.head.parentHash) break',
    replace: 'if (block === null) break',
    tests: [TRAIL_TEST],
  },
  {
    name: 'watch-failure-silent',
    meaning: 'a persistent failure of the block watcher is never published',
    file: 'src/machines/chainMonitor/setup.ts',
    find: 'if (event !== null) enqueue.emit(event)\n    }),\n    clearFailure',
    replace: '}),\n    clearFailure',
    tests: [MONITOR_TEST],
  },
  {
    name: 'silent-watcher-unnoticed',
    meaning: 'a block watcher that reports nothing at all is no persistent failure',
    file: 'src/machines/chainMonitor/setup.ts',
    find: 'at: now() - stallTimeout }',
    replace: 'at: now() }',
    tests: [MONITOR_TEST],
  },
  {
    name: 'slow-never-left',
    meaning: 'an endpoint slower than the block time stays preferred',
    file: HEALTH,
    find: "const isTooLong = measured.state === 'Up' && limit !== null && measured.roundTrip > limit",
    replace: "const isTooLong = measured.state === 'Up' && limit !== null && measured.roundTrip > 1e9",
    tests: [HEALTH_TEST, ENDPOINTS_TEST],
  },
  {
    name: 'one-slow-call-demotes',
    meaning: 'a single slow call demotes an endpoint',
    file: HEALTH,
    find: 'const WEIGHT = 0.25',
    replace: 'const WEIGHT = 1',
    tests: [HEALTH_TEST],
  },
  {
    name: 'slow-forever',
    meaning: 'a slow endpoint is never preferred again',
    file: HEALTH,
    find: "const longest = health.state === 'Slow' && limit !== null ? limit / 2 : limit",
    replace: "const longest = health.state === 'Slow' && limit !== null ? -1 : limit",
    tests: [HEALTH_TEST, ENDPOINTS_TEST],
  },
  {
    name: 'slow-is-useless',
    meaning: 'no endpoint is used while all are slow',
    file: HEALTH,
    find: "return health.state === 'Up' || health.state === 'Slow'",
    replace: "return health.state === 'Up'",
    tests: [HEALTH_TEST, ENDPOINTS_TEST],
  },
  {
    name: 'slowest-used',
    meaning: 'while all endpoints are slow, the first is used instead of the fastest',
    file: ENDPOINTS,
    find: 'leastBy(this.#usable(), ({ roundTrip }) => roundTrip ?? 0) ??',
    replace: 'leastBy(this.#usable(), () => 0) ??',
    tests: [ENDPOINTS_TEST],
  },
  {
    name: 'hanging-read-waits',
    meaning: 'a read waits for a hanging endpoint although another endpoint is Up',
    file: ENDPOINT,
    find: 'const longest = isLight(call.method) ? patience() : null',
    replace: 'const longest = isLight(call.method) && call.params === 0 ? patience() : null',
    tests: [ENDPOINTS_TEST],
  },
  {
    name: 'single-endpoint-slow',
    meaning: 'the only endpoint is reported as slow',
    file: ENDPOINTS,
    find: 'if (this.#blockTime === null || this.#all.length === 1) return null',
    replace: 'if (this.#blockTime === null) return null',
    tests: [ENDPOINTS_TEST],
  },
  {
    name: 'rate-limit-throws-away',
    meaning: 'a single rate-limited answer fails the whole decision',
    file: ENDPOINT,
    find: 'const MOST_TRIES = 5',
    replace: 'const MOST_TRIES = 1',
    tests: [ENDPOINTS_TEST],
  },
  {
    name: 'rate-limit-without-pause',
    meaning: 'calls go on while the endpoint asks for fewer requests',
    file: HEALTH,
    find: 'return { ...health, pausedUntil: next.retryAt, failures: next.failures, outages: next.outages }',
    replace: 'return { ...health, failures: next.failures, outages: next.outages }',
    tests: [HEALTH_TEST],
  },
  {
    name: 'paused-preferred',
    meaning: 'a paused endpoint is preferred to one that takes requests',
    file: ENDPOINTS,
    find: 'this.#all.find(({ isUp, isPaused }) => isUp && !isPaused) ??',
    replace: '',
    tests: [ENDPOINTS_TEST],
  },
  {
    name: 'quota-retried',
    meaning: 'an endpoint with a used-up quota is probed all the time',
    file: 'src/rpc/endpointFailure.ts',
    find: 'retryAfter: isQuota ? Math.max(QUOTA_PAUSE, requested ?? 0) : requested',
    replace: 'retryAfter: requested',
    tests: [FAILURE_TEST],
  },
  {
    name: 'internal-error-is-answer',
    meaning: 'an internal error of a node counts as the result of a call',
    file: 'src/rpc/readErrors.ts',
    find: "['trouble', /backend request failed|internal error/i],",
    replace: "['unknown', /backend request failed|internal error/i],",
    tests: [CLIENT_TEST],
  },
  {
    name: 'code-before-message',
    meaning: "Besu's refusal of a large transaction counts as an outage, because of its code",
    file: 'src/rpc/readErrors.ts',
    find: "['result', /gas limit exceeds|exceeds (the )?block gas limit|not authorized to send/i],",
    replace: '',
    tests: [CLIENT_TEST],
  },
  {
    name: 'block-above-head-is-final',
    meaning: "a block above anvil's head counts as pruned",
    file: 'src/rpc/readErrors.ts',
    find: "return Number(requested) > Number(height) ? 'missing' : 'pruned'",
    replace: "return 'unknown'",
    tests: [CLIENT_TEST],
  },
]
