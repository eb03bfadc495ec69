/** Faults in verification, bounds and access: what the gateway accepts, and from whom. */
import type { Mutant } from '../mutant.ts'

const PREFLIGHT = 'src/actors/preflight/preflight.ts'
const AGENTS = 'src/actors/preflight/verifyAgents.ts'
const AGENTS_TEST = 'test/actors/preflight/verifyAgents.test.ts'
const LIMITS = 'src/machines/nonceTracker/limits.ts'
const LIMITS_TEST = 'test/machines/nonceTracker/limits.test.ts'
const ACCESS_TEST = 'test/server/access.test.ts'

export const admission: readonly Mutant[] = [
  {
    name: 'stranger-recovers-later',
    meaning: 'a recovery ahead of its nonce is admitted without its agent',
    file: PREFLIGHT,
    find: "if (verification.type === 'byAgents' && revert.name === NONCE_ERROR) {",
    replace: "if (verification.type === 'none' && revert.name === NONCE_ERROR) {",
    tests: [AGENTS_TEST],
  },
  {
    name: 'agent-with-code-not-asked',
    meaning: 'the signature of a key counts, although a delegate decides for it',
    file: AGENTS,
    find: "code === '0x' ? agent",
    replace: "code !== '' ? agent",
    tests: [AGENTS_TEST],
  },
  {
    name: 'any-answer-accepts',
    meaning: 'an agent that answers anything accepts the signature',
    file: 'src/evm/erc1271.ts',
    find: 'return answer.slice(0, ACCEPTED.length).toLowerCase() === ACCEPTED',
    replace: 'return answer.length >= ACCEPTED.length',
    tests: [AGENTS_TEST],
  },
  {
    name: 'outage-declines',
    meaning: 'a node without a result makes a valid recovery refused',
    file: AGENTS,
    find: 'if (isUnavailable(error) || !isExecutionError(error)) throw error',
    replace: 'if (isUnavailable(error)) throw error',
    tests: [AGENTS_TEST],
  },
  {
    name: 'next-agent-unknown',
    meaning: 'the agent that will replace the present agent cannot recover the account',
    file: AGENTS,
    find: 'return answers.includes(true)',
    replace: 'return answers.indexOf(true) === 0',
    tests: [AGENTS_TEST],
  },
  {
    name: 'queue-without-limit',
    meaning: 'the queue grows without bound',
    file: LIMITS,
    find: 'held < SHARE_OF_FREE',
    replace: 'held <= SHARE_OF_FREE',
    tests: [LIMITS_TEST],
  },
  {
    name: 'client-takes-the-queue',
    meaning: 'one client fills the queue, and no other client finds room',
    file: LIMITS,
    find: 'const SHARE_OF_FREE = 3',
    replace: 'const SHARE_OF_FREE = 3e9',
    tests: [LIMITS_TEST],
  },
  {
    name: 'client-counted-twice',
    meaning: 'an operation that is known already uses up the share of its client again',
    file: 'src/machines/nonceTracker/unsettled.ts',
    find: 'if (unsettled.ids.has(id)) return unsettled',
    replace: '',
    tests: ['test/machines/nonceTracker/unsettled.test.ts'],
  },
  {
    name: 'account-without-limit',
    meaning: 'one account holds more operations than allowed',
    file: LIMITS,
    find: 'if (ofAccount >= maxPerAccount) {',
    replace: 'if (ofAccount > maxPerAccount) {',
    tests: [LIMITS_TEST],
  },
  {
    name: 'verdict-frees-no-room',
    meaning: 'an operation with a verdict still counts against the capacity of the queue',
    file: 'src/machines/nonceTracker/lanes.ts',
    find: '    unsettled: removeUnsettled(state.unsettled, operation),\n',
    replace: '',
    tests: [LIMITS_TEST],
  },
  {
    name: 'restart-frees-room',
    meaning: 'a restart forgets that the operations of the store use up capacity',
    file: 'src/machines/nonceTracker/reclaim.ts',
    find: 'advance({ ...noLanes, claims, unsettled: unsettledOf(operations) }, lanes, at)',
    replace: 'advance({ ...noLanes, claims }, lanes, at)',
    tests: [LIMITS_TEST],
  },
  {
    name: 'clients-not-told-apart',
    meaning: 'one client with a long queue delays all other clients',
    file: 'src/policy/fairOrder.ts',
    find: 'return client ?? NO_CLIENT',
    replace: 'return client === null ? NO_CLIENT : NO_CLIENT',
    tests: ['test/policy/fairOrder.test.ts'],
  },
  {
    name: 'rebinding-allowed',
    meaning: 'a foreign web page can use a gateway on a loopback address',
    file: 'src/server/checkAccess.ts',
    find: 'if (!anyHost && !isLoopback',
    replace: 'if (anyHost && !isLoopback',
    tests: [ACCESS_TEST],
  },
  {
    name: 'views-without-token',
    meaning: 'a view of the operator is open, although the settings close it',
    file: 'src/server/checkAccess.ts',
    find: 'if (isOperatorView && viewToken !== null',
    replace: 'if (!isOperatorView && viewToken !== null',
    tests: [ACCESS_TEST],
  },
  {
    name: 'proxy-not-told-apart',
    meaning: 'a client chooses its own address in X-Forwarded-For',
    file: 'src/server/clientAddress.ts',
    find: 'hops[Math.max(0, hops.length - 1 - trustedProxies)]',
    replace: 'hops[0]',
    tests: ['test/server/clientAddress.test.ts', ACCESS_TEST],
  },
  {
    name: 'bucket-without-end',
    meaning: 'the rate limit of a client is never reached',
    file: 'src/server/tokenBuckets.ts',
    find: 'tokens: available >= 1 ? available - 1 : available',
    replace: 'tokens: available',
    tests: ['test/server/tokenBuckets.test.ts', ACCESS_TEST],
  },
  {
    name: 'buckets-kept-for-ever',
    meaning: 'the memory of the rate limit grows with the number of addresses',
    file: 'src/server/tokenBuckets.ts',
    find: 'if (!isFull && this.#buckets.size <= MAX_CLIENTS) return',
    replace: 'if (!isFull) return',
    tests: ['test/server/tokenBuckets.test.ts'],
  },
]
