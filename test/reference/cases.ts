/**
 * The reference's own tests, by name, and where this project tests the same: the file, or for a behaviour that differs on purpose
 * the reason. `cases.test.ts` holds the list against the files.
 */
export interface Case {
  readonly name: string
  /** Files with tests of the same behaviour. */
  readonly files: readonly string[]
  /** Why the behaviour is another one here; absent if it is the same. */
  readonly difference?: string
}

const REFERENCE = 'test/reference'
const sameNameIn = (file: string, ...names: string[]): Case[] =>
  names.map((name) => ({ name, files: [`${REFERENCE}/${file}`] }))

const NO_SWEEPER =
  'There is no sweeper: a stored operation goes on after a restart, and fails only at its own deadline.'
const NO_REDIS = 'Operations are rows of a database, not records of Redis.'

export const CASES: readonly Case[] = [
  ...sameNameIn(
    'gatewayIntegration.test.ts',
    'e2e_gateway_full_flow',
    'test_authenticator_already_exists_error_code',
    'test_same_authenticator_different_accounts',
    'authenticator_registration',
    'e2e_authenticator_insert_update_remove',
  ),
  ...sameNameIn(
    'inflight.test.ts',
    'test_lock_created_on_submit',
    'test_same_leaf_conflict_matrix',
    'test_lock_removed_after_finalization',
  ),
  ...sameNameIn('storedRecords.test.ts', 'redis_integration'),
  ...sameNameIn(
    'rateLimiting.test.ts',
    'basic',
    'separate budgets per leaf',
    'budget shared across endpoints',
  ),
  { name: 'sliding window frees after window', files: ['test/server/slidingWindows.test.ts'] },
  ...sameNameIn(
    'recoveryAgentUpdate.test.ts',
    'V1 initiate, cancel',
    'V1 initiate, 14 days, execute',
    'V2 legacy initiate and cancel translate',
    'V2 window elapses without an execution',
    'V2 update-recovery-agent and revert-recovery-agent-update',
  ),
  {
    name: 'orphan sweeper: stale queued fails',
    files: [`${REFERENCE}/storedRecords.test.ts`],
    difference: NO_SWEEPER,
  },
  {
    name: 'orphan sweeper: stale batching fails',
    files: [`${REFERENCE}/storedRecords.test.ts`],
    difference: NO_SWEEPER,
  },
  { name: 'orphan sweeper: fresh queued untouched', files: ['test/e2e/restart.test.ts'] },
  {
    name: 'orphan sweeper: stale submitted without receipt fails',
    files: ['test/e2e/resubmit.test.ts'],
    difference: 'A transaction without inclusion is replaced or cancelled; its operations are sent again.',
  },
  { name: 'orphan sweeper: fresh submitted untouched', files: ['test/e2e/restart.test.ts'] },
  { name: 'orphan sweeper: submitted with a real receipt', files: [`${REFERENCE}/storedRecords.test.ts`] },
  { name: 'orphan sweeper: terminal unchanged', files: ['test/store/conformance/transitions.ts'] },
  {
    name: 'orphan sweeper: pending-set lifecycle',
    files: ['test/store/conformance/recovery.ts'],
    difference: NO_REDIS,
  },
  { name: 'orphan sweeper: dangling set member removed', files: [], difference: NO_REDIS },
  {
    name: 'orphan sweeper: backlog stats',
    files: ['test/policy/queue.model.test.ts'],
    difference: 'The backlog is the queue in memory.',
  },
  { name: 'request record exact JSON', files: ['test/server/routes/submissions.test.ts'] },
  { name: 'lifecycle atomic', files: ['test/store/conformance/transitions.ts'] },
  { name: 'duplicate lock creates nothing', files: ['test/e2e/duplicates.test.ts'] },
  { name: 'legacy lock value released', files: [], difference: NO_REDIS },
  {
    name: 'old owner does not release a re-acquired lock',
    files: ['test/machines/nonceTracker/reclaim.test.ts'],
    difference: 'A place in a lane belongs to an operation, and only its verdict frees the place.',
  },
  { name: 'rate-limit boundary is inclusive', files: ['test/server/slidingWindows.test.ts'] },
  {
    name: 'policy table',
    files: ['test/policy/adaptiveSizer.test.ts', 'test/policy/adaptiveSizer.model.test.ts'],
    difference: 'The policy is that of the specification: fees, trend and queue size a batch.',
  },
  {
    name: 'pre-flight: zero address V1 and V2',
    files: ['test/registry/registry.test.ts', 'test/e2e/recoveryAgent.test.ts'],
  },
  { name: 'pre-flight: update rejected on V2', files: ['test/e2e/recoveryAgent.test.ts'] },
  { name: 'pre-flight: leaf 0', files: ['test/registry/rules.test.ts'] },
  { name: 'pre-flight: zero recovery agent allowed', files: ['test/registry/rules.test.ts'] },
  { name: 'pre-flight: all-zero signature rejected', files: ['test/e2e/errors.test.ts'] },
  { name: 'config validation', files: ['test/config/read.test.ts', 'test/config/strangeVariables.test.ts'] },
  {
    name: 'gas filler',
    files: ['test/actors/simulation/gasLimit.test.ts', 'test/policy/gasReserve.test.ts'],
    difference: 'The gas limit follows from a simulation of the batch, with a learnt reserve.',
  },
  { name: 'retry and fallback provider', files: ['test/rpc/endpoints.test.ts'] },
  { name: 'deprecation headers', files: ['test/reference/deprecation.test.ts'] },
  { name: 'test_nonce_gap.rs: dropped transaction is rebroadcast', files: ['test/e2e/resubmit.test.ts'] },
  {
    name: 'test_nonce_gap.rs: exhausted escalation releases the nonce',
    files: ['test/e2e/resubmit.test.ts'],
    difference: 'The operations are sent again instead of failing.',
  },
  {
    name: 'test_nonce_gap.rs: in-flight cap refuses more',
    files: ['test/machines/opsBatcher/dispatch.test.ts'],
  },
  {
    name: 'test_nonce_gap.rs: balance floor stops submission',
    files: ['test/machines/wallet/wallet.test.ts'],
  },
  {
    name: 'test_nonce_recovery.rs',
    files: ['test/actors/recovery/nextNonce.test.ts', 'test/e2e/crashes.test.ts'],
  },
  {
    name: 'test_wallet_pool.rs',
    files: [],
    difference: 'One gateway has one wallet; replicas use keys of their own (AWS_KMS_KEY_IDS).',
  },
]
