/** Faults in whose turn it is: lanes, claims, admission, and who rides in which batch. */
import type { Mutant } from '../mutant.ts'

const LANES = 'src/machines/nonceTracker/lanes.ts'
const STATE = 'src/machines/nonceTracker/laneState.ts'
const LANES_TEST = 'test/machines/nonceTracker/lanes.test.ts'
const MODEL = 'test/machines/nonceTracker/lanes.model.test.ts'
const TRACKER = 'test/machines/nonceTracker/nonceTracker.test.ts'
const PLANNER = 'test/policy/planner.test.ts'

export const lanes: readonly Mutant[] = [
  {
    name: 'claim-unchecked',
    meaning: 'two operations in flight claim the same new authenticator',
    file: LANES,
    find: `  if (claims.some((address) => state.claims.has(address))) return 'duplicate_request_in_flight'\n`,
    replace: '',
    tests: [LANES_TEST, TRACKER],
  },
  {
    name: 'claim-freed-by-another',
    meaning: 'a settled operation releases a claim that another operation holds',
    file: LANES,
    find: 'return operation.claims.filter((address) => state.claims.get(address) === operation.id)',
    replace: 'return operation.claims',
    tests: [LANES_TEST, MODEL],
  },
  {
    name: 'duplicate-unchecked',
    meaning: 'the same nonce of an account is admitted twice',
    file: LANES,
    find: `  if (lane?.members.some((member) => nonceOf(member) === position.nonce)) return 'duplicate_request_in_flight'\n`,
    replace: '',
    tests: [LANES_TEST, TRACKER],
  },
  {
    name: 'consumed-nonce-let-in',
    meaning: 'an operation with a nonce below the chain nonce is admitted',
    file: LANES,
    find: `return position.nonce < accepted ? 'mismatched_signature_nonce' : null`,
    replace: `return position.nonce < accepted - 1 ? 'mismatched_signature_nonce' : null`,
    tests: [LANES_TEST, TRACKER],
  },
  {
    name: 'gap-jumped',
    meaning: 'an operation is ready although an earlier nonce of its lane is missing',
    file: STATE,
    find: `broken ||= nonceOf(member) > expected || member.phase === 'storing'`,
    replace: `broken ||= member.phase === 'storing'`,
    tests: [LANES_TEST, MODEL],
  },
  {
    name: 'ready-before-disk',
    meaning: 'an operation is ready before an earlier operation of its lane is stored',
    file: STATE,
    find: ` || member.phase === 'storing'`,
    replace: '',
    tests: [LANES_TEST, MODEL],
  },
  {
    name: 'granted-before-commit',
    meaning: 'the caller gets an answer before the operation is stored',
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
    meaning: 'an operation that always runs out of gas is tried without limit',
    file: 'src/machines/nonceTracker/nonceTracker.ts',
    find: '!(costsTry(status) && tries >= maxTries)',
    replace: '!(costsTry(status) && tries < 0)',
    tests: [TRACKER],
  },
  {
    name: 'waits-without-end',
    meaning: 'an operation waits for a missing nonce without a deadline',
    file: LANES,
    find: `phase === 'waiting' && since < deadline`,
    replace: `phase === 'waiting' && since < deadline - 1e12`,
    tests: [LANES_TEST, TRACKER],
  },
  {
    name: 'revived-without-claims',
    meaning: 'a revived operation does not take its claims again',
    file: LANES,
    find: 'taken = { ...taken, claims: claim(taken, operation) }',
    replace: 'taken = { ...taken }',
    tests: [LANES_TEST],
  },
  {
    name: 'restored-without-claims',
    meaning: 'after a restart queued operations hold no claims',
    file: LANES,
    find: 'operations.flatMap(({ id, claims: held }) => held.map(',
    replace: 'operations.flatMap(({ id, claims: held }) => held.slice(held.length).map(',
    tests: [LANES_TEST],
  },
  {
    name: 'evicted-loses-place',
    meaning: 'an evicted operation does not update its lane to the chain nonce of the simulation',
    file: LANES,
    find: 'const next = nextNonce ?? lane.next',
    replace: 'const next = lane.next',
    tests: [LANES_TEST, TRACKER],
  },
  {
    name: 'no-pause-before-retry',
    meaning: 'an operation evicted for a timeout is tried again without a pause',
    file: LANES,
    find: 'if (!mustRest || !effects.ready.includes(operation)) {',
    replace: 'if (!mustRest || reason !== null || !effects.ready.includes(operation)) {',
    tests: [LANES_TEST, TRACKER],
  },
  {
    name: 'dependant-does-not-rest',
    meaning: 'later operations of a pausing lane are tried during the pause',
    file: LANES,
    find: 'predecessors(state, lane.leaf, lane.nonce).some(({ id }) => state.resting.has(id))',
    replace: 'predecessors(state, lane.leaf, lane.nonce).some(({ id }) => id === lane.leaf)',
    tests: [LANES_TEST],
  },
  {
    name: 'requeued-beside-another',
    meaning: 'a revived operation shares its nonce or claim with a newer operation of the user',
    file: LANES,
    find: `    if (refusal(taken, operation, 0) === 'duplicate_request_in_flight') continue\n`,
    replace: '',
    tests: [LANES_TEST, TRACKER],
  },
  {
    name: 'readied-after-leaving',
    meaning: 'an operation included together with its predecessor becomes ready again',
    file: 'src/machines/nonceTracker/nonceTracker.ts',
    find: '!gone.has(id) && !lanes.resting.has(id)',
    replace: '!lanes.resting.has(id)',
    tests: [TRACKER],
  },
  {
    name: 'lane-in-two-batches',
    meaning: 'a lane is in two batches in flight',
    file: 'src/policy/planner.ts',
    find: 'const closedLanes = new Set(context.busyLanes)',
    replace: 'const closedLanes = new Set<string>()',
    tests: [PLANNER],
  },
  {
    name: 'lane-out-of-order',
    meaning: 'the operations of a lane have the wrong order in a batch',
    file: 'src/policy/planner.ts',
    find: 'return chain.reverse()',
    replace: 'return chain',
    tests: [PLANNER],
  },
  {
    name: 'lane-with-a-hole',
    meaning: 'a batch has an operation of a lane without an earlier operation that did not fit',
    file: 'src/policy/planner.ts',
    find: '        if (lane !== undefined) closedLanes.add(lane)\n',
    replace: '',
    tests: [PLANNER],
  },
]
