/**
 * The reference's own tests, by name, and the tests of this project with the same subject. For a behaviour that differs on purpose
 * also the reason. `cases.test.ts` holds the list against the files.
 */
export interface Case {
  readonly name: string
  /** Tests of the behaviour here, at least one unless nothing here can be tested. */
  readonly tests: readonly TestName[]
  /** Why the behaviour is another one here; absent if it is the same. */
  readonly difference?: string
}

/** A test: its file, and its title as the file writes it. */
export type TestName = readonly [file: string, title: string]

const REFERENCE = 'test/reference'
const sameNameIn = (file: string, ...names: string[]): Case[] =>
  names.map((name) => ({ name, tests: [[`${REFERENCE}/${file}`, name]] }))

const NO_SWEEPER =
  'There is no sweeper: a stored operation goes on after a restart, and fails only at its own deadline.'
const NO_REDIS = 'Operations are rows of a database, not records of Redis.'
const GOES_ON: TestName = [
  `${REFERENCE}/storedRecords.test.ts`,
  'orphan sweeper: stale queued goes on after a restart',
]

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
  {
    name: 'sliding window frees after window',
    tests: [
      [
        'test/server/rateLimits.test.ts',
        'counts the requests of all clients, and frees the budget when they leave the window',
      ],
    ],
  },
  ...sameNameIn(
    'recoveryAgentUpdate.test.ts',
    'V1 initiate, cancel',
    'V1 initiate, 14 days, execute',
    'V2 legacy initiate and cancel translate',
    'V2 window elapses without an execution',
    'V2 update-recovery-agent and revert-recovery-agent-update',
  ),
  ...sameNameIn(
    'storedRecords.test.ts',
    'orphan sweeper: fresh queued untouched',
    'orphan sweeper: fresh submitted untouched',
    'orphan sweeper: submitted with a real receipt',
  ),
  { name: 'orphan sweeper: stale queued fails', tests: [GOES_ON], difference: NO_SWEEPER },
  {
    name: 'orphan sweeper: stale batching fails',
    tests: [['test/e2e/restart.test.ts', 'a batch is planned, and its transaction not signed']],
    difference: NO_SWEEPER,
  },
  {
    name: 'orphan sweeper: stale submitted without receipt fails',
    tests: [
      [
        'test/e2e/landing.test.ts',
        'is cancelled at its nonce, and the operations are included once, in a second batch',
      ],
    ],
    difference: 'A transaction without inclusion is replaced or cancelled; its operations are sent again.',
  },
  {
    name: 'orphan sweeper: terminal unchanged',
    tests: [['test/store/conformance/transitions.ts', 'from $from to $to is ignored and reported']],
  },
  {
    name: 'orphan sweeper: pending-set lifecycle, finalized and failed',
    tests: [
      [
        'test/store/conformance/recovery.ts',
        'returns queued operations in order of admission, without their payloads',
      ],
      ['test/store/conformance/batchLife.ts', 'gives every operation its status when it is settled'],
    ],
    difference: NO_REDIS,
  },
  {
    name: 'orphan sweeper: updated_at set and bumped',
    tests: [['test/store/conformance/batchLife.ts', 'gives every operation its status when it is settled']],
    difference: `${NO_REDIS} The time is \`updated_at\` of \`/operations/{id}\`.`,
  },
  {
    name: 'orphan sweeper: batched snapshot keeps order and reports missing',
    tests: [
      ['test/store/conformance/reading.ts', 'returns envelopes in the order of the ids, without unknown ids'],
    ],
  },
  { name: 'orphan sweeper: dangling set member removed', tests: [], difference: NO_REDIS },
  {
    name: 'orphan sweeper: terminal in set removed',
    tests: [
      [
        'test/store/conformance/recovery.ts',
        'resumes batches in the order of their opening, without settled batches',
      ],
    ],
    difference: NO_REDIS,
  },
  {
    name: 'orphan sweeper: backlog stats count only queued, split by create and ops',
    tests: [
      [
        'test/policy/queue.model.test.ts',
        'have the order of a sorted array, and select the same operations as a full scan',
      ],
    ],
    difference: 'The backlog is the queue in memory, and creates and other operations share their batches.',
  },
  {
    name: 'request record exact JSON',
    tests: [['test/server/routes/submissions.test.ts', 'returns the id of the stored operation']],
    difference: 'The JSON of the answer is the same. The stored form is that of the database.',
  },
  {
    name: 'lifecycle atomic',
    tests: [['test/store/conformance/commits.ts', 'applies all of its writes or none']],
  },
  {
    name: 'duplicate lock creates nothing',
    tests: [
      [
        'test/e2e/duplicates.test.ts',
        'a duplicate is told the request in flight, by nonce and by address, also after a restart',
      ],
    ],
  },
  { name: 'legacy lock value released', tests: [], difference: NO_REDIS },
  {
    name: 'old owner does not release a re-acquired lock',
    tests: [
      [
        'test/machines/nonceTracker/reclaim.test.ts',
        'keep the verdict when a later operation holds the nonce or a claim',
      ],
    ],
    difference: 'A place in a lane belongs to an operation, and only its verdict frees the place.',
  },
  {
    name: 'rate-limit boundary is inclusive',
    tests: [
      [
        'test/server/rateLimits.test.ts',
        'counts the requests of all clients, and frees the budget when they leave the window',
      ],
      [
        'test/server/slidingWindows.test.ts',
        'never allows more than the maximum within a window, and never refuses less',
      ],
    ],
  },
  {
    name: 'policy table',
    tests: [
      ['test/policy/adaptiveSizer.grid.test.ts', 'is that of the specification at every point of the grid'],
      [
        'test/policy/adaptiveSizer.test.ts',
        'is zero at the maximum base fee, until an operation has waited for the maximum wait',
      ],
    ],
    difference: 'The policy is that of the specification: fees, trend and queue size a batch.',
  },
  {
    name: 'pre-flight: zero address V1 and V2',
    tests: [
      [
        'test/registry/registry.test.ts',
        'differ in zero addresses, in the update of an authenticator, and in the execution of an update',
      ],
      ['test/e2e/recoveryAgent.test.ts', 'lives through every kind'],
    ],
  },
  {
    name: 'pre-flight: update rejected on V2',
    tests: [['test/e2e/recoveryAgent.test.ts', 'lives through every kind']],
  },
  {
    name: 'pre-flight: leaf 0',
    tests: [
      ['test/e2e/errors.test.ts', 'of %s: %s'],
      ['test/registry/rules.test.ts', '$kind needs a leaf, and nothing else'],
    ],
  },
  {
    name: 'pre-flight: zero recovery agent allowed',
    tests: [['test/registry/rules.test.ts', 'may name no agent']],
  },
  {
    name: 'pre-flight: all-zero signature rejected',
    tests: [['test/e2e/errors.test.ts', 'of %s: the signature must be that of a key']],
  },
  {
    name: 'config validation',
    tests: [
      ['test/config/read.test.ts', 'does not hide other mistakes'],
      ['test/config/strangeVariables.test.ts', '%s is a setting, or has an advice'],
    ],
  },
  {
    name: 'gas filler',
    tests: [
      [
        'test/actors/simulation/gasLimit.test.ts',
        'suffices for nine small calls and a large call, in any order',
      ],
      [
        'test/policy/gasReserve.test.ts',
        'narrows slowly while batches use their simulated gas, down to a least value',
      ],
    ],
    difference: 'The gas limit follows from a simulation of the batch, with a learnt reserve.',
  },
  {
    name: 'retry and fallback provider',
    tests: [
      ['test/e2e/endpoints.test.ts', 'replace each other in their configured order'],
      ['test/rpc/endpoints.test.ts', 'gets the refused call again after a short pause, and stays Up'],
    ],
    difference: 'Endpoints are used in their order, not all at once: a transaction has one answer.',
  },
  ...sameNameIn('deprecation.test.ts', 'deprecation headers'),
  {
    name: 'test_nonce_gap.rs: dropped transaction is rebroadcast',
    tests: [['test/e2e/resubmit.test.ts', 'is repeated when the pool has lost the transaction']],
  },
  {
    name: 'test_nonce_gap.rs: exhausted escalation releases the nonce',
    tests: [
      [
        'test/e2e/landing.test.ts',
        'is cancelled at its nonce, and the operations are included once, in a second batch',
      ],
    ],
    difference: 'The operations are sent again instead of failing.',
  },
  {
    name: 'test_nonce_gap.rs: in-flight cap refuses more',
    tests: [
      ['test/machines/opsBatcher/dispatch.test.ts', 'does not exist while no further batch may start'],
      ['test/e2e/outage.test.ts', 'refuses more operations, and stores no refused operation'],
    ],
  },
  {
    name: 'test_nonce_gap.rs: balance floor stops submission',
    tests: [
      ['test/e2e/landing.test.ts', 'is reported when it is too low; sending pauses and no operation fails'],
    ],
  },
  {
    name: 'test_nonce_recovery.rs',
    tests: [
      [
        'test/e2e/landing.test.ts',
        'after a reorg is filled, and the transactions behind the gap are included',
      ],
      [
        'test/actors/recovery/nextNonce.test.ts',
        'follows the highest nonce of the wallet, in any order of signing',
      ],
    ],
  },
  {
    name: 'test_wallet_pool.rs',
    tests: [],
    difference: 'One gateway has one wallet; replicas use keys of their own (AWS_KMS_KEY_IDS).',
  },
]
