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
const BUDGET = 'src/policy/blockBudget.ts'
const BUDGET_TEST = 'test/policy/blockBudget.test.ts'
const BLOCK_TEST = 'test/machines/opsBatcher/blockBudget.test.ts'
const SIMULATION = 'test/actors/simulateBatch.test.ts'
const SIZING = 'test/machines/opsBatcher/sizing.test.ts'
const VERDICTS = 'test/actors/simulateBatch.verdicts.test.ts'

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
    find: 'changeSlot(context.slots, batchId, { isIncluded })',
    replace: 'changeSlot(context.slots, batchId, { isIncluded: false })',
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
    name: 'gas-above-cap',
    meaning: 'the gas limit of a transaction exceeds the block or EIP-7825',
    file: GAS,
    find: 'return limit > cap ? null : limit',
    replace: 'return limit > 2 * cap ? null : limit',
    tests: [GAS_TEST, SIMULATION],
  },
  {
    name: 'budget-above-cap',
    meaning: 'the budget of a batch exceeds the limit of a transaction',
    file: BUDGET,
    find: 'Math.min(target - inFlight, transactionCap)',
    replace: 'target - inFlight',
    tests: [BUDGET_TEST, BLOCK_TEST],
  },
  {
    name: 'budget-of-a-batch-instead-of-a-block',
    meaning: 'the gas of the batches in flight does not count towards the budget of the block',
    file: BUDGET,
    find: 'if (inFlight === 0) return most',
    replace: 'if (inFlight >= 0) return most',
    tests: [BUDGET_TEST, BLOCK_TEST],
  },
  {
    name: 'utilisation-bounds-ignored',
    meaning: 'the settings of the utilisation have no effect on the budget of the block',
    file: SIZER,
    find: 'const balanced = (least + most) / 2',
    replace: 'const balanced = 0.5',
    tests: ['test/policy/adaptiveSizer.grid.test.ts'],
  },
  {
    name: 'included-gas-reserved',
    meaning: 'the gas of included batches stays reserved in the next block',
    file: 'src/machines/opsBatcher/slots.ts',
    find: '!slot.isIncluded && slot.operations.length > 0',
    replace: 'slot.operations.length > 0',
    tests: [BLOCK_TEST, DISPATCH_TEST],
  },
  {
    name: 'gas-limit-not-told',
    meaning: 'the gas in flight stays the expected gas after the gas limit is known',
    file: SETUP,
    find: 'changeSlot(context.slots, batchId, { gas: gasLimit })',
    replace: 'changeSlot(context.slots, batchId, { gas: 0 * gasLimit })',
    tests: [BLOCK_TEST],
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
    find: `            onError: {
              target: 'Pausing',
              actions: {
                type: 'noteFailing',
                params: ({ event }) => ({ effect: 'simulateBatch'`,
    replace: `            onError: {
              target: '#pendingBatch.Failed',
              actions: {
                type: 'noteFailing',
                params: ({ event }) => ({ effect: 'simulateBatch'`,
    tests: ['test/machines/pendingBatch/simulation.test.ts'],
  },
  {
    name: 'node-failure-evicts',
    meaning: 'a node that refuses every simulation makes operations look like the cause',
    file: 'src/actors/simulation/simulator.ts',
    find: '    await simulate([HARMLESS])\n',
    replace: '',
    tests: ['test/actors/simulation/simulator.test.ts', SIMULATION],
  },
  {
    name: 'broken-create-evicts-fold',
    meaning: 'a create that breaks the fold takes all other creates with it',
    file: 'src/actors/simulation/measureCalls.ts',
    find: 'creates.filter((_, index) => results[index]?.success === false)',
    replace: 'creates.filter((_, index) => results[index] !== undefined)',
    tests: [SIMULATION],
  },
  {
    name: 'dependant-gets-verdict',
    meaning: 'an operation after a failed operation of its lane fails as well',
    file: 'src/actors/simulation/measureCalls.ts',
    find: 'const isFirstFailure = leaf === undefined || !brokenLanes.has(leaf)',
    replace: 'const isFirstFailure = leaf === undefined || brokenLanes.size >= 0',
    tests: [SIMULATION],
  },
  {
    name: 'too-early-is-failure',
    meaning: 'an operation with a nonce above the next nonce fails in simulation',
    file: 'src/actors/simulation/verdict.ts',
    find: `  if (expected < lane.nonce) return evictedStatus('DependencyNotReady', { nextNonce: expected })\n`,
    replace: '',
    tests: [SIMULATION, VERDICTS],
  },
  {
    name: 'foreign-inclusion-fails',
    meaning: 'an operation that a foreign transaction executed fails in simulation',
    file: 'src/actors/simulateBatch.ts',
    find: '{ ...verdicts, ...foreign }',
    replace: '(foreign, verdicts)',
    tests: [VERDICTS, 'test/actors/outcome/foreignTransactions.test.ts'],
  },
  {
    name: 'fails-by-the-newest-block',
    meaning: 'an operation fails because of a block that a reorg may orphan',
    file: 'src/actors/simulation/verdict.ts',
    find: `if (deep?.type !== 'Failed') return evicted('Timeout')`,
    replace: `if (deep?.type !== 'Failed') return { status: newest, evidenceBlock: blocks[0] }`,
    tests: [VERDICTS],
  },
  {
    name: 'evidence-too-deep',
    meaning: 'a failure that only the newest block shows gets a deeper evidence block',
    file: 'src/actors/simulation/verdict.ts',
    find: 'blocks[isSame ? 1 : 0]',
    replace: 'blocks[isSame || depth < head ? 1 : 0]',
    tests: [VERDICTS],
  },
  {
    name: 'fails-by-same-nonce',
    meaning:
      'an operation fails because another operation with its nonce, not yet included, is ahead in the batch',
    file: 'src/actors/simulation/verdict.ts',
    find: `newest.reason.type === 'NonceTooLow' && hasSameLane(ahead, envelope)`,
    replace: `newest.reason.type === 'NonceTooLow' && hasSameLane([], envelope)`,
    tests: [VERDICTS],
  },
  {
    name: 'simulated-verdict-unrecorded',
    meaning: 'a verdict from simulation has no record for a reorg',
    file: SETUP,
    find: 'rememberOperations(context.settled, operations, evidenceBlock)',
    replace: 'rememberOperations(context.settled, operations, {})',
    tests: ['test/machines/opsBatcher/opsBatcher.recovery.test.ts'],
  },
  {
    name: 'bisection-stops-early',
    meaning: 'bisection stops at two: an accepted operation leaves with the refused operation',
    file: 'src/actors/simulation/measureCalls.ts',
    find: `if (second.length === 0) return { accepted: [], verdicts: allEvicted(first, `,
    replace: `if (second.length <= 1) return { accepted: [], verdicts: allEvicted(envelopes, `,
    tests: [SIMULATION],
  },
  {
    name: 'late-event-to-next-batch',
    meaning: 'an event for a settled batch reaches the next batch in the slot',
    file: SETUP,
    find: `        const index = slotOf(context.slots, batchId)
        if (index >= 0) sendToSlot`,
    replace: `        const index = Math.max(0, slotOf(context.slots, batchId))
        if (index >= 0) sendToSlot`,
    tests: [BATCHES, BATCHER_TEST],
  },
  {
    name: 'account-limit-ignored',
    meaning: 'a new batch takes the place in the pool that a refused batch of a lower nonce needs',
    file: DISPATCH,
    find: 'if (isAccountLimited(view))',
    replace: 'if (false)',
    tests: [SIZING],
  },
  {
    name: 'account-limit-for-ever',
    meaning: 'an included batch that a pool once refused stops all new batches',
    file: DISPATCH,
    find: 'slot?.isAccountLimited === true && !slot.isIncluded',
    replace: 'slot?.isAccountLimited === true',
    tests: [SIZING],
  },
  {
    name: 'cancel-keeps-the-size',
    meaning: 'after a cancel the next batch is as large as the batch that could not be included',
    file: SETUP,
    find: 'batch.failure === null ? afterInclusion(sizeFactor) : afterCancel(sizeFactor)',
    replace: 'sizeFactor',
    tests: [SIZING],
  },
  {
    name: 'size-zero',
    meaning: 'after many cancels no batch has an operation',
    file: DISPATCH,
    find: 'Math.max(1, Math.floor(size * sizeFactor))',
    replace: 'Math.floor(size * sizeFactor)',
    tests: [SIZING],
  },
  {
    name: 'share-ignored',
    meaning: 'a kind with a long queue takes the whole batch, although the policy shares the gas',
    file: 'src/policy/orderingPolicy.ts',
    find: '(selectedGas[operation.kind] ?? 0) < most && ',
    replace: '',
    tests: ['test/policy/orderingPolicy.test.ts'],
  },
  {
    name: 'share-leaves-room-unused',
    meaning: 'room that no other kind needs stays unused',
    file: 'src/policy/orderingPolicy.ts',
    find: 'Math.max(share * targetGas, left)',
    replace: 'Math.max(share * targetGas, 0 * left)',
    tests: ['test/policy/orderingPolicy.test.ts'],
  },
  {
    name: 'own-policy-ignored',
    meaning: 'the policy of the embedding program is not used',
    file: 'src/machines/root/root.ts',
    find: '            ordering: context.ordering,\n',
    replace: '',
    tests: ['test/e2e/embedding.test.ts'],
  },
]
