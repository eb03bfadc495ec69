/** Faults in the health of endpoints, and in reading their errors. */
import type { Mutant } from '../mutant.ts'

const HEALTH = 'src/rpc/endpointHealth.ts'
const ENDPOINT = 'src/rpc/endpoint.ts'
const ENDPOINTS = 'src/rpc/endpoints.ts'
const HEALTH_TEST = 'test/rpc/endpointHealth.test.ts'
const ENDPOINTS_TEST = 'test/rpc/endpoints.test.ts'
const TRAIL_TEST = 'test/actors/blocks/blockTrail.test.ts'
const MONITOR_TEST = 'test/machines/chainMonitor/chainMonitor.test.ts'
const LIMITS = 'src/actors/simulation/simulationLimits.ts'
const LIMITS_TEST = 'test/actors/simulation/simulationLimits.test.ts'
const HEAVY_TEST = 'test/actors/preflight/heavyCalls.test.ts'
const CLIENT_TEST = 'test/rpc/chainClient.test.ts'
const FAILURE_TEST = 'test/rpc/endpointFailure.test.ts'

export const endpoints: readonly Mutant[] = [
  {
    name: 'heavy-batch-never-halved',
    meaning: 'a simulation that takes too long is repeated at the same size for ever',
    file: LIMITS,
    find: 'most: Math.min(most, Math.floor(operations / 2))',
    replace: 'most',
    tests: [LIMITS_TEST],
  },
  {
    name: 'outage-halves-batches',
    meaning: 'batches are halved although the endpoint answers no call at all',
    file: LIMITS,
    find: 'if (!isUnavailable(error) || !(await isHarmlessAnswered(simulate))) throw error',
    replace: 'if (!isUnavailable(error)) throw error',
    tests: [LIMITS_TEST],
  },
  {
    name: 'lost-answer-halves-batches',
    meaning: 'a single lost answer counts as proof that a batch is too heavy',
    file: LIMITS,
    find: 'const MOST_SILENCES = 2',
    replace: 'const MOST_SILENCES = 1',
    tests: [LIMITS_TEST],
  },
  {
    name: 'batches-stay-small',
    meaning: 'after a heavy batch all later batches stay small',
    file: LIMITS,
    find: 'most + Math.max(1, Math.floor(most / 8))',
    replace: 'most',
    tests: [LIMITS_TEST],
  },
  {
    name: 'heavy-submission-refuses-others',
    meaning: 'a heavy submission takes the others of its group with it',
    file: 'src/actors/preflight/simulateGroup.ts',
    find: 'return [calls.slice(0, half), calls.slice(half)].flatMap((each) => simulateGroup(simulate, each))',
    replace: 'return half > 0 ? Promise.reject(error) : []',
    tests: [HEAVY_TEST],
  },
  {
    name: 'hanging-endpoint-not-hedged',
    meaning: 'a submission waits for a hanging endpoint although another endpoint answers',
    file: 'src/actors/preflight/hedge.ts',
    find: 'patience = setTimeout(askNext, PATIENCE)',
    replace: 'patience = setTimeout(askNext, LONGEST)',
    tests: ['test/actors/preflight/hedge.test.ts'],
  },
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
    find: 'if (event !== null) enqueue.emit(event)\n      },\n    ),\n    clearFailure',
    replace: '},\n    ),\n    clearFailure',
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
    find: 'leastBy(usable, ({ roundTrip }) => roundTrip ?? 0)',
    replace: 'leastBy(usable, () => 0)',
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
    name: 'partly-limited-is-down',
    meaning: 'an endpoint that refuses one of several calls for its rate goes down after some pauses',
    file: HEALTH,
    find: 'return atStart === outages || (pausedUntil > 0 && atStart === outages - 1)',
    replace: 'return atStart === outages && pausedUntil >= 0',
    tests: [HEALTH_TEST],
  },
  {
    name: 'paused-preferred',
    meaning: 'a paused endpoint is preferred to one that takes requests',
    file: ENDPOINTS,
    find: 'usable.find(({ isUp, isPaused }) => isUp && !isPaused) ??',
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
    name: 'code-before-message-of-read',
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
