/** Faults in whose turn it is: lanes, claims, admission, and who rides in which batch. */
import type { Mutant } from '../mutant.ts'

const LANES = 'src/machines/nonceTracker/lanes.ts'
const STATE = 'src/machines/nonceTracker/laneState.ts'
const LANES_TEST = 'test/machines/nonceTracker/lanes.test.ts'
const MODEL = 'test/machines/nonceTracker/lanes.model.test.ts'
const TRACKER = 'test/machines/nonceTracker/nonceTracker.test.ts'
const PLANNER = 'test/policy/selectBatch.test.ts'

export const lanes: readonly Mutant[] = [
  {
    name: 'claim-unchecked',
    meaning: 'two operations in flight may claim the same new authenticator',
    file: LANES,
    find: `  if (claims.some((address) => state.claims.has(address))) return 'duplicate_request_in_flight'\n`,
    replace: '',
    tests: [LANES_TEST, TRACKER],
  },
  {
    name: 'claim-freed-by-another',
    meaning: 'an operation that ends frees a claim that another one holds by now',
    file: LANES,
    find: 'return operation.claims.filter((address) => state.claims.get(address) === operation.id)',
    replace: 'return operation.claims',
    tests: [LANES_TEST, MODEL],
  },
  {
    name: 'duplicate-unchecked',
    meaning: 'the same nonce of an account is let in twice',
    file: LANES,
    find: `  if (lane?.members.some((member) => nonceOf(member) === position.nonce)) return 'duplicate_request_in_flight'\n`,
    replace: '',
    tests: [LANES_TEST, TRACKER],
  },
  {
    name: 'consumed-nonce-let-in',
    meaning: 'an operation of a nonce that the chain has consumed is let in',
    file: LANES,
    find: `return position.nonce < accepted ? 'mismatched_signature_nonce' : null`,
    replace: `return position.nonce < accepted - 1 ? 'mismatched_signature_nonce' : null`,
    tests: [LANES_TEST, TRACKER],
  },
  {
    name: 'gap-jumped',
    meaning: 'an operation goes ahead although an earlier nonce of its account is missing',
    file: STATE,
    find: `broken ||= nonceOf(member) > expected || member.phase === 'storing'`,
    replace: `broken ||= member.phase === 'storing'`,
    tests: [LANES_TEST, MODEL],
  },
  {
    name: 'ready-before-disk',
    meaning: 'an operation goes ahead while one before it is not on disk',
    file: STATE,
    find: ` || member.phase === 'storing'`,
    replace: '',
    tests: [LANES_TEST, MODEL],
  },
  {
    name: 'granted-before-commit',
    meaning: 'a caller is answered before its operation is on disk',
    file: 'src/machines/nonceTracker/nonceTracker.ts',
    find: `        onFailure: 'reject',
      }
      enqueue.sendTo(`,
    replace: `        onFailure: 'reject',
      }
      enqueue.emit({ type: 'admission.granted', id, kind, at })
      enqueue.sendTo(`,
    tests: [TRACKER],
  },
  {
    name: 'tried-without-end',
    meaning: 'an operation that runs out of gas again and again is tried for ever',
    file: 'src/machines/nonceTracker/nonceTracker.ts',
    find: '!(isCharged(status) && tries >= maxTries)',
    replace: '!(isCharged(status) && tries < 0)',
    tests: [TRACKER],
  },
  {
    name: 'waits-without-end',
    meaning: 'an operation whose earlier nonce never comes waits for ever',
    file: LANES,
    find: `phase === 'waiting' && since < deadline`,
    replace: `phase === 'waiting' && since < deadline - 1e12`,
    tests: [LANES_TEST, TRACKER],
  },
  {
    name: 'revived-without-claims',
    meaning: 'what a reorg brings back does not take its claims again',
    file: LANES,
    find: 'taken = { ...taken, claims: claim(taken, operation) }',
    replace: 'taken = { ...taken }',
    tests: [LANES_TEST],
  },
  {
    name: 'restored-without-claims',
    meaning: 'after a restart the claims of queued operations are free',
    file: LANES,
    find: 'operations.flatMap(({ id, claims: held }) => held.map(',
    replace: 'operations.flatMap(({ id, claims: held }) => held.slice(held.length).map(',
    tests: [LANES_TEST],
  },
  {
    name: 'evicted-loses-place',
    meaning: 'an operation that came back is not corrected by the nonce that simulation saw',
    file: LANES,
    find: 'const next = nextNonce ?? lane.next',
    replace: 'const next = lane.next',
    tests: [LANES_TEST, TRACKER],
  },
  {
    name: 'no-pause-before-retry',
    meaning: 'what was not decided in time is tried again without a pause',
    file: LANES,
    find: 'if (!mustRest || !effects.ready.includes(operation)) {',
    replace: 'if (!mustRest || reason !== null || !effects.ready.includes(operation)) {',
    tests: [LANES_TEST, TRACKER],
  },
  {
    name: 'dependant-does-not-rest',
    meaning: 'what depends on an operation that pauses is tried again and again meanwhile',
    file: LANES,
    find: 'predecessors(state, lane.leaf, lane.nonce).some(({ id }) => state.resting.has(id))',
    replace: 'predecessors(state, lane.leaf, lane.nonce).some(({ id }) => id === lane.leaf)',
    tests: [LANES_TEST],
  },
  {
    name: 'requeued-beside-another',
    meaning: 'what a reorg queues again shares its nonce or claim with what its user has sent instead',
    file: LANES,
    find: `    if (refusal(taken, operation, 0) === 'duplicate_request_in_flight') continue\n`,
    replace: '',
    tests: [LANES_TEST, TRACKER],
  },
  {
    name: 'readied-after-leaving',
    meaning: 'an operation that landed with the one before it is handed to the batcher once more',
    file: 'src/machines/nonceTracker/nonceTracker.ts',
    find: '!gone.has(id) && !lanes.resting.has(id)',
    replace: '!lanes.resting.has(id)',
    tests: [TRACKER],
  },
  {
    name: 'lane-in-two-batches',
    meaning: 'a lane rides in two batches at a time',
    file: 'src/policy/selectBatch.ts',
    find: 'const closedLanes = new Set(context.busyLanes)',
    replace: 'const closedLanes = new Set<string>()',
    tests: [PLANNER],
  },
  {
    name: 'lane-out-of-order',
    meaning: 'the operations of a lane ride in the wrong order',
    file: 'src/policy/selectBatch.ts',
    find: 'return chain.reverse()',
    replace: 'return chain',
    tests: [PLANNER],
  },
  {
    name: 'lane-with-a-hole',
    meaning: 'a later operation of a lane rides although an earlier one did not fit',
    file: 'src/policy/selectBatch.ts',
    find: '        if (lane !== undefined) closedLanes.add(lane)\n',
    replace: '',
    tests: [PLANNER],
  },
]
