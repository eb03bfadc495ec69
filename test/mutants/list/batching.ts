/** Faults in permits, batch sizes, gas limits, order and simulation. */
import type { Mutant } from '../mutant.ts'

const DISPATCH = 'src/machines/opsBatcher/dispatch.ts'
const DISPATCH_TEST = 'test/machines/opsBatcher/dispatch.test.ts'
const SETUP = 'src/machines/opsBatcher/setup.ts'
const SETTLED = 'src/machines/opsBatcher/settledWork.ts'
const BATCHES = 'test/machines/opsBatcher/opsBatcher.batches.test.ts'
const BATCHER_TEST = 'test/machines/opsBatcher/opsBatcher.test.ts'
const GAS = 'src/policy/gasLimit.ts'
const GAS_TEST = 'test/policy/gasLimit.test.ts'
const SIZER = 'src/policy/adaptiveSizer.ts'
const SIZER_TEST = 'test/policy/adaptiveSizer.test.ts'
const SIMULATION = 'test/actors/simulateBatch.test.ts'

export const batching: readonly Mutant[] = [
  {
    name: 'permit-too-many',
    meaning: 'one batch more than allowed is in flight',
    file: DISPATCH,
    find: 'notIncluded.length < config.maxConcurrentBatches',
    replace: 'notIncluded.length <= config.maxConcurrentBatches',
    tests: [DISPATCH_TEST, BATCHER_TEST],
  },
  {
    name: 'permit-not-released',
    meaning: 'an included batch keeps its permit',
    file: SETUP,
    find: '{ ...slot, isIncluded } : slot',
    replace: '{ ...slot, isIncluded: false } : slot',
    tests: [BATCHES, BATCHER_TEST],
  },
  {
    name: 'slot-not-freed',
    meaning: 'a settled batch keeps its slot',
    file: SETUP,
    find: '        slots: withSlot(context.slots, index, null),\n',
    replace: '',
    tests: [BATCHES, BATCHER_TEST],
  },
  {
    name: 'sends-without-chain',
    meaning: 'batches start while the chain does not answer',
    file: DISPATCH,
    find: 'if (!view.isChainFollowed || chain === null)',
    replace: 'if (chain === null)',
    tests: [DISPATCH_TEST, BATCHER_TEST],
  },
  {
    name: 'sends-without-funds',
    meaning: 'batches start while the wallet cannot pay',
    file: DISPATCH,
    find: `  if (!view.isWalletAvailable) return { type: 'wait', reason: 'WalletUnavailable' }\n`,
    replace: '',
    tests: [DISPATCH_TEST, BATCHER_TEST],
  },
  {
    name: 'settled-work-remembered-for-ever',
    meaning: 'settled batches are remembered for ever',
    file: SETTLED,
    find: 'splitAt(work, headNumber - REORG_WINDOW + 1).from',
    replace: 'splitAt(work, headNumber - 1e9).from',
    tests: [BATCHES, 'test/machines/opsBatcher/opsBatcher.recovery.test.ts'],
  },
  {
    name: 'drained-too-soon',
    meaning: 'a stop does not wait for the batches in flight',
    file: SETUP,
    find: 'isDrained: ({ context }) => countInFlight(context.slots) === 0,',
    replace: 'isDrained: ({ context }) => countInFlight(context.slots) >= 0,',
    tests: [BATCHES, BATCHER_TEST],
  },
  {
    name: 'starvation',
    meaning: 'priorities do not age: a stream of creates starves all other kinds',
    file: 'src/policy/orderingPolicy.ts',
    find: 'compare: (a, b) => startOf(a) - startOf(b) || b.priority - a.priority ||',
    replace: 'compare: (a, b) => b.priority - a.priority || startOf(a) - startOf(b) ||',
    tests: ['test/policy/orderingPolicy.test.ts'],
  },
  {
    name: 'creates-not-first',
    meaning: 'creates have no head start over other kinds',
    file: 'src/policy/orderingPolicy.ts',
    find: 'operation.receivedAt - operation.priority * ageing',
    replace: 'operation.receivedAt - 0 * ageing',
    tests: ['test/policy/orderingPolicy.test.ts'],
  },
  {
    name: 'calldata-too-large',
    meaning: 'a batch has more bytes than pools accept',
    file: 'src/policy/selectBatch.ts',
    find: 'return weight.bytes <= limits.maxBytes && ',
    replace: 'return ',
    tests: ['test/policy/selectBatch.test.ts'],
  },
  {
    name: 'no-63-64',
    meaning: 'the gas limit ignores the 63/64 rule',
    file: GAS,
    find: 'Math.max(Math.ceil((allowance * 64) / 63), allowance + after)',
    replace: 'allowance + after',
    tests: [GAS_TEST],
  },
  {
    name: 'no-gas-margin',
    meaning: 'a call gets its simulated gas without a margin',
    file: GAS,
    find: 'return Math.ceil(gas * CALL_MARGIN) + CALL_MARGIN_GAS',
    replace: 'return gas',
    tests: [GAS_TEST],
  },
  {
    name: 'gas-above-cap',
    meaning: 'the gas limit of a transaction exceeds the block or EIP-7825',
    file: GAS,
    find: 'return limit > cap ? null : limit',
    replace: 'return limit > 2 * cap ? null : limit',
    tests: [GAS_TEST, SIMULATION],
  },
  {
    name: 'budget-above-cap',
    meaning: 'the target gas of a batch exceeds the limit of a transaction',
    file: SIZER,
    find: 'Math.min(Math.floor(chain.blockGasLimit * utilization), maxTransactionGas)',
    replace: 'Math.floor(chain.blockGasLimit * utilization)',
    tests: [SIZER_TEST],
  },
  {
    name: 'more-than-queued',
    meaning: 'the minimum size of a batch exceeds the length of the queue',
    file: SIZER,
    find: 'return Math.min(backlog.depth, wanted)',
    replace: 'return wanted',
    tests: [SIZER_TEST],
  },
  {
    name: 'ceiling-without-end',
    meaning: 'at a high base fee an operation waits longer than its maximum wait',
    file: SIZER,
    find: 'chain.baseFee >= adaptive.maxBaseFee && !isOverdue',
    replace: 'chain.baseFee >= adaptive.maxBaseFee',
    tests: [SIZER_TEST],
  },
  {
    name: 'trend-ignored',
    meaning: 'rising fees do not shrink batches',
    file: SIZER,
    find: 'const trendFactor = 1 + TREND_WEIGHT * chain.baseFeeTrend',
    replace: 'const trendFactor = 1 + 0 * chain.baseFeeTrend',
    tests: [SIZER_TEST],
  },
  {
    name: 'outage-evicts',
    meaning: 'a batch is dissolved when its simulation gets no answer',
    file: 'src/machines/pendingBatch/pendingBatch.ts',
    find: `onError: { target: 'Pausing', actions: 'notePause' },
          },
        },
        Pausing: {
          on: { tick: { guard: isPauseOver, target: 'Running' } },
        },
      },
    },
    ReadyToSubmit`,
    replace: `onError: '#pendingBatch.Failed',
          },
        },
        Pausing: {
          on: { tick: { guard: isPauseOver, target: 'Running' } },
        },
      },
    },
    ReadyToSubmit`,
    tests: ['test/machines/pendingBatch/simulation.test.ts'],
  },
  {
    name: 'sick-node-blames',
    meaning: 'an operation is blamed when the node answers no simulation at all',
    file: 'src/actors/simulation/simulator.ts',
    find: '    await simulate([HARMLESS])\n',
    replace: '',
    tests: ['test/actors/simulation/simulator.test.ts', SIMULATION],
  },
  {
    name: 'poison-spreads',
    meaning: 'one failing create evicts all creates of its fold',
    file: 'src/actors/simulation/measureCalls.ts',
    find: 'creates.filter((_, index) => outcomes[index]?.success === false)',
    replace: 'creates.filter((_, index) => outcomes[index] !== undefined)',
    tests: [SIMULATION],
  },
  {
    name: 'dependant-is-judged',
    meaning: 'an operation fails because an earlier operation of its lane failed',
    file: 'src/actors/simulation/measureCalls.ts',
    find: 'const isJudged = leaf === undefined || !brokenLanes.has(leaf)',
    replace: 'const isJudged = leaf === undefined || brokenLanes.size >= 0',
    tests: [SIMULATION],
  },
  {
    name: 'too-early-is-failure',
    meaning: 'an operation with a missing earlier nonce fails in simulation',
    file: 'src/actors/simulation/judgement.ts',
    find: `  if (expected < lane.nonce) return eviction('DependencyNotReady', expected)\n`,
    replace: '',
    tests: [SIMULATION],
  },
  {
    name: 'landed-elsewhere-fails',
    meaning: 'an operation that a foreign transaction executed fails in simulation',
    file: 'src/actors/simulateBatch.ts',
    find: '    await noteLandings(simulation, envelopes, verdicts)\n',
    replace: '',
    tests: [SIMULATION, 'test/actors/outcome/foreignTransactions.test.ts'],
  },
  {
    name: 'fails-by-the-newest-block',
    meaning: 'an operation fails because of a block that a reorg may still remove',
    file: 'src/actors/simulation/judgement.ts',
    find: `if (deep?.type !== 'Failed') return evicted('Timeout')`,
    replace: `if (deep?.type !== 'Failed') return { status: newest, evidenceBlock: blocks[0] }`,
    tests: [SIMULATION],
  },
  {
    name: 'stands-too-deep',
    meaning: 'the evidence block of a failure is older than the block that caused the failure',
    file: 'src/actors/simulation/judgement.ts',
    find: 'blocks[isSame ? 1 : 0]',
    replace: 'blocks[isSame || depth < head ? 1 : 0]',
    tests: [SIMULATION],
  },
  {
    name: 'fails-by-its-double',
    meaning:
      'an operation fails because an operation with the same nonce, not yet included, is earlier in the batch',
    file: 'src/actors/simulation/judgement.ts',
    find: `newest.reason.type === 'NonceTooLow' && isInLaneOf(ahead, envelope)`,
    replace: `newest.reason.type === 'NonceTooLow' && isInLaneOf([], envelope)`,
    tests: [SIMULATION],
  },
  {
    name: 'dropped-ends-forgotten',
    meaning: 'a verdict from simulation has no record for a reorg',
    file: SETUP,
    find: 'rememberOperations(context.settled, operations, evidenceBlock)',
    replace: 'rememberOperations(context.settled, operations, {})',
    tests: ['test/machines/opsBatcher/opsBatcher.recovery.test.ts'],
  },
  {
    name: 'innocent-with-the-poison',
    meaning:
      'halving stops at two operations: a valid operation fails with the operation that the node cannot simulate',
    file: 'src/actors/simulation/measureCalls.ts',
    find: `  if (second.length === 0) {
    for (const { id } of first)`,
    replace: `  if (second.length <= 1) {
    for (const { id } of envelopes)`,
    tests: [SIMULATION],
  },
  {
    name: 'late-answer-to-next-tenant',
    meaning: 'an event for a settled batch reaches the next batch in the slot',
    file: SETUP,
    find: `        const index = slotOf(context.slots, batchId)
        if (index >= 0) sendToSlot`,
    replace: `        const index = Math.max(0, slotOf(context.slots, batchId))
        if (index >= 0) sendToSlot`,
    tests: [BATCHES, BATCHER_TEST],
  },
]
