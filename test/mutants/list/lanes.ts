/** Faults in lanes, claims and admission, and in how batches take operations from lanes. */
import type { Mutant } from '../mutant.ts'

const LANES = 'src/machines/nonceTracker/lanes.ts'
const RETURN = 'src/machines/nonceTracker/returnEvicted.ts'
const RECLAIM = 'src/machines/nonceTracker/reclaim.ts'
const LEFT = 'src/machines/nonceTracker/leftOperations.ts'
const STATE = 'src/machines/nonceTracker/laneState.ts'
const LANES_TEST = 'test/machines/nonceTracker/lanes.test.ts'
const RETURN_TEST = 'test/machines/nonceTracker/returnEvicted.test.ts'
const RECLAIM_TEST = 'test/machines/nonceTracker/reclaim.test.ts'
const LEFT_TEST = 'test/machines/nonceTracker/nonceTracker.batches.test.ts'
const MODEL = 'test/machines/nonceTracker/lanes.model.test.ts'
const TRACKER = 'test/machines/nonceTracker/nonceTracker.test.ts'
const SELECTION = 'test/policy/selectBatch.test.ts'

export const lanes: readonly Mutant[] = [
  {
    name: 'claim-unchecked',
    meaning: 'two operations in flight claim the same new authenticator',
    file: LANES,
    find: '  if (claimed !== undefined) return state.claims.get(claimed) ?? null\n',
    replace: '',
    tests: [LANES_TEST, TRACKER],
  },
  {
    name: 'claim-freed-by-another',
    meaning: 'a settled operation frees a claim that another operation holds by now',
    file: STATE,
    find: 'return operation.claims.filter((address) => state.claims.get(address) === operation.id)',
    replace: 'return operation.claims',
    tests: [LANES_TEST, MODEL],
  },
  {
    name: 'duplicate-unchecked',
    meaning: 'two operations with the same nonce of an account are admitted',
    file: LANES,
    find: "reserved === 'lane' || nonceOf(member) === position.nonce",
    replace: "reserved === 'lane'",
    tests: [LANES_TEST, TRACKER],
  },
  {
    name: 'lane-not-reserved',
    meaning: 'with FUTURE_NONCES=refuse an account has two operations in flight',
    file: LANES,
    find: "reserved === 'lane' || nonceOf(member)",
    replace: 'nonceOf(member)',
    tests: [TRACKER],
  },
  {
    name: 'duplicate-not-named',
    meaning: 'a client whose answer was lost does not learn which request is in flight',
    file: 'src/machines/nonceTracker/setup.ts',
    find: 'return lanes.storing.has(duplicateOf) ? duplicate : { ...duplicate, duplicateOf }',
    replace: 'return duplicate',
    tests: [TRACKER],
  },
  {
    name: 'duplicate-named-too-early',
    meaning: 'a client is told the id of an operation that is not stored, and whose commit may fail',
    file: 'src/machines/nonceTracker/setup.ts',
    find: 'return lanes.storing.has(duplicateOf) ? duplicate : { ...duplicate, duplicateOf }',
    replace: 'return { ...duplicate, duplicateOf }',
    tests: [TRACKER],
  },
  {
    name: 'future-nonce-queued',
    meaning: 'with FUTURE_NONCES=refuse a nonce above the next nonce of the account is admitted',
    file: 'src/actors/preflight/preflight.ts',
    find: 'if (nonce <= chainNonce || !isQueued) throw',
    replace: 'if (nonce <= chainNonce) throw',
    tests: ['test/actors/preflight/preflight.test.ts'],
  },
  {
    name: 'consumed-nonce-admitted',
    meaning: 'an operation whose nonce the chain has consumed is admitted',
    file: LANES,
    find: `return position.nonce < accepted ? 'mismatched_signature_nonce' : null`,
    replace: `return position.nonce < accepted - 1 ? 'mismatched_signature_nonce' : null`,
    tests: [LANES_TEST, TRACKER],
  },
  {
    name: 'gap-jumped',
    meaning: 'an operation is ready although an earlier nonce of its account is missing',
    file: STATE,
    find: `isBlocked ||= nonceOf(member) > expected || member.phase === 'storing'`,
    replace: `isBlocked ||= member.phase === 'storing'`,
    tests: [LANES_TEST, MODEL],
  },
  {
    name: 'ready-before-disk',
    meaning: 'an operation is ready while an earlier operation of its lane is not on disk',
    file: STATE,
    find: ` || member.phase === 'storing'`,
    replace: '',
    tests: [LANES_TEST, MODEL],
  },
  {
    name: 'answered-before-commit',
    meaning: 'the caller gets an answer before the operation is stored',
    file: 'src/machines/nonceTracker/setup.ts',
    find: `      }
      enqueue.sendTo(to('requestTracker'), write)`,
    replace: `      }
      enqueue.sendTo(to('intake'), { type: 'operations.admitted', ids: [id] })
      enqueue.sendTo(to('requestTracker'), write)`,
    tests: [TRACKER],
  },
  {
    name: 'tried-without-end',
    meaning: 'an operation that runs out of gas in every batch is tried for ever',
    file: LEFT,
    find: 'if (isCharged(status) && tries + 1 >= maxTries) {',
    replace: 'if (isCharged(status) && tries < 0) {',
    tests: [LEFT_TEST],
  },
  {
    name: 'waits-without-end',
    meaning: 'an operation whose earlier nonce never arrives waits for ever',
    file: LANES,
    find: `phase === 'waiting' && since < deadline`,
    replace: `phase === 'waiting' && since < deadline - 1e12`,
    tests: [RETURN_TEST, TRACKER],
  },
  {
    name: 'revived-without-claims',
    meaning: 'a revived operation does not take its claims again',
    file: RECLAIM,
    find: 'claimed = takeClaims(claimed, operation)',
    replace: 'claimed = { ...claimed }',
    tests: [RECLAIM_TEST],
  },
  {
    name: 'restored-without-claims',
    meaning: 'after a restart queued operations hold no claims',
    file: RECLAIM,
    find: 'operations.flatMap(({ id, claims: held }) => held.map(',
    replace: 'operations.flatMap(({ id, claims: held }) => held.slice(held.length).map(',
    tests: [RECLAIM_TEST],
  },
  {
    name: 'evicted-ignores-simulation',
    meaning: 'an evicted operation does not correct its lane by the nonce that the simulation saw',
    file: RETURN,
    find: 'const next = nextNonce ?? lane.next',
    replace: 'const next = lane.next',
    tests: [RETURN_TEST, LEFT_TEST],
  },
  {
    name: 'no-back-off-before-retry',
    meaning: 'an operation that was not decided in time is tried again without a back-off',
    file: RETURN,
    find: "mustBackOff(lanes, operation, eviction) ? 'BackingOff' : 'Ready'",
    replace: "mustBackOff(lanes, operation, eviction) ? 'Ready' : 'Ready'",
    tests: [RETURN_TEST, LEFT_TEST],
  },
  {
    name: 'dependant-does-not-back-off',
    meaning: 'while an operation backs off, the later operations of its lane are tried again and again',
    file: RETURN,
    find: 'predecessors(state, lane.leaf, lane.nonce).some(({ id }) => state.backingOff.has(id))',
    replace: 'predecessors(state, lane.leaf, lane.nonce).some(({ id }) => id === lane.leaf)',
    tests: [RETURN_TEST],
  },
  {
    name: 'requeued-beside-another',
    meaning: 'after a reorg an operation is queued again although another operation holds its nonce or claim',
    file: RECLAIM,
    find: `    if (refusal(claimed, operation, 0) === 'duplicate_request_in_flight') continue\n`,
    replace: '',
    tests: [RECLAIM_TEST, LEFT_TEST],
  },
  {
    name: 'ready-after-its-verdict',
    meaning: 'an operation, finalized together with the operation before it, becomes ready again',
    file: LEFT,
    find: '!removed.has(id) && !lanes.backingOff.has(id)',
    replace: '!lanes.backingOff.has(id)',
    tests: [LEFT_TEST],
  },
  {
    name: 'lane-in-two-batches',
    meaning: 'a lane is in two batches in flight',
    file: 'src/policy/selectBatch.ts',
    find: 'const closedLanes = new Set(selection.busyLanes)',
    replace: 'const closedLanes = new Set<string>()',
    tests: [SELECTION],
  },
  {
    name: 'lane-out-of-order',
    meaning: 'the operations of a lane are in a batch in the wrong order',
    file: 'src/policy/selectBatch.ts',
    find: 'return chain.reverse()',
    replace: 'return chain',
    tests: [SELECTION],
  },
  {
    name: 'lane-with-a-hole',
    meaning: 'a later operation of a lane is in a batch although an earlier operation did not fit',
    file: 'src/policy/selectBatch.ts',
    find: '        if (lane !== undefined) closedLanes.add(lane)\n',
    replace: '',
    tests: [SELECTION],
  },
]
