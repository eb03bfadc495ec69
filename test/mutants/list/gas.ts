/** Faults in the gas limits of batches, their reserve, and the simulation behind batches in flight. */
import type { Mutant } from '../mutant.ts'

const LIMIT = 'src/policy/gasLimit.ts'
const LIMIT_TEST = 'test/policy/gasLimit.test.ts'
const RESERVE = 'src/policy/gasReserve.ts'
const RESERVE_TEST = 'test/policy/gasReserve.test.ts'
const AHEAD = 'src/actors/simulation/callsAhead.ts'
const AFTER = 'src/actors/simulation/simulateAhead.ts'
const AHEAD_TEST = 'test/actors/simulateBatch.ahead.test.ts'
const BATCHER_TEST = 'test/machines/opsBatcher/opsBatcher.gas.test.ts'

export const gas: readonly Mutant[] = [
  {
    name: 'no-63-64',
    meaning: 'the gas limit ignores the 63/64 rule',
    file: LIMIT,
    find: 'Math.max(gasBefore(gas + reserve, 1 + nestedCalls), gas + after)',
    replace: 'gas + after',
    tests: [LIMIT_TEST],
  },
  {
    name: 'nested-gas-for-each-call',
    meaning: 'the gas that nested calls keep back counts for each call, so limits are loose',
    file: LIMIT,
    find: 'Math.max(gasBefore(gas + reserve, 1 + nestedCalls), gas + after)',
    replace: 'gasBefore(gas + reserve, 1 + nestedCalls) + after',
    tests: [LIMIT_TEST],
  },
  {
    name: 'no-gas-reserve',
    meaning: 'the gas limit has no reserve',
    file: LIMIT,
    find: 'gasBefore(gas + reserve, 1 + nestedCalls), gas + after',
    replace: 'gasBefore(gas + 0 * reserve, 1 + nestedCalls), gas + after',
    tests: [LIMIT_TEST],
  },
  {
    name: 'isolated-without-margin',
    meaning: 'a call that may run foreign code gets its simulated gas without a margin',
    file: LIMIT,
    find: 'transactionGasLimit([{ gas: callAllowance(gas) }]',
    replace: 'transactionGasLimit([{ gas }]',
    tests: [LIMIT_TEST],
  },
  {
    name: 'planned-gas-looks-too-low',
    meaning: 'a call of a tight plan that reverts for a reason counts as a call without enough gas',
    file: 'src/actors/outcome/executionStatus.ts',
    find: 'revert.gas.given < leastGiven(gas, operations.length)',
    replace: 'operations.length > 0 && revert.gas.given < callAllowance(gas)',
    tests: ['test/actors/outcome/executionStatus.test.ts'],
  },
  {
    name: 'reserve-never-widens',
    meaning: 'the reserve stays narrow after a batch that used more gas than in simulation',
    file: RESERVE,
    find: 'if (surprise > usage.extraReserve) {',
    replace: 'if (surprise > usage.extraReserve + 1e9) {',
    tests: [RESERVE_TEST, BATCHER_TEST],
  },
  {
    name: 'reserve-never-narrows',
    meaning: 'the reserve stays wide while batches use their simulated gas',
    file: RESERVE,
    find: 'Math.floor(before * (1 - NARROWING))',
    replace: 'before',
    tests: [RESERVE_TEST, BATCHER_TEST],
  },
  {
    name: 'reserve-narrows-blindly',
    meaning: 'a batch with a failed operation or an inexact simulation narrows the reserve',
    file: RESERVE,
    find: 'if (usage.extraReserve > 0 || !usage.isComplete) return reserve\n',
    replace: '',
    tests: [RESERVE_TEST],
  },
  {
    name: 'reserve-not-learnt',
    meaning: 'settled batches teach nothing about the reserve',
    file: 'src/machines/opsBatcher/setup.ts',
    find: 'usage === null ? context.gasReserve : learnReserve(context.gasReserve, usage)',
    replace: 'usage === null ? context.gasReserve : (learnReserve, context.gasReserve)',
    tests: [BATCHER_TEST],
  },
  {
    name: 'included-batch-ahead',
    meaning: 'a batch is simulated behind batches that a block includes already',
    file: 'src/machines/opsBatcher/context.ts',
    find: 'slot !== null && !slot.isIncluded && ',
    replace: 'slot !== null && ',
    tests: [BATCHER_TEST],
  },
  {
    name: 'simulated-without-predecessors',
    meaning: 'creates are simulated without the creates of batches in flight',
    file: AHEAD,
    find: 'if (!own.some(isCreate) || creates.length === 0) return NOTHING',
    replace: 'if (!own.some(isCreate) || creates.length >= 0) return NOTHING',
    tests: [AHEAD_TEST],
  },
  {
    name: 'too-many-ahead',
    meaning: 'the calls ahead exceed the gas of a simulation',
    file: AHEAD,
    find: 'if (gas > mostGas) return UNKNOWN\n',
    replace: '',
    tests: [AHEAD_TEST],
  },
  {
    name: 'predecessors-warm-slots',
    meaning: 'the calls ahead run in the same transaction, and the gas of the batch is too low',
    file: AFTER,
    find: '{ run: runAsTransactions, extraReserve: 0 },',
    replace: '{ run: runInOneCall, extraReserve: 0 },',
    tests: [AHEAD_TEST],
  },
  {
    name: 'warm-slots-without-reserve',
    meaning: 'a measurement in one call gets no extra reserve for the shared slots',
    file: AFTER,
    find: 'extraReserve: SHARED_SLOTS_GAS',
    replace: 'extraReserve: 0 * SHARED_SLOTS_GAS',
    tests: [AHEAD_TEST],
  },
  {
    name: 'unseen-calls-without-reserve',
    meaning: 'a batch that is simulated without the calls ahead gets no extra reserve',
    file: AFTER,
    find: 'isExact ? 0 : UNSEEN_CALLS_GAS',
    replace: 'isExact ? 0 : 0 * UNSEEN_CALLS_GAS',
    tests: [AHEAD_TEST],
  },
  {
    name: 'predecessor-evicts',
    meaning: 'an operation leaves its batch because it fails behind a batch that may not be included',
    file: AFTER,
    find: 'if (own !== undefined && isMeasured)',
    replace: 'if (own !== undefined && (isMeasured || own.length > 0))',
    tests: [AHEAD_TEST],
  },
  {
    name: 'tight-limit-without-proof',
    meaning: 'a fold gets the tight limit without a simulation that proves it',
    file: 'src/actors/simulation/planBatch.ts',
    find: 'return (await isProved(context, calls)) ? tight : safe',
    replace: 'return (await isProved(context, calls)) ? tight : tight',
    tests: [AHEAD_TEST],
  },
  {
    name: 'small-budget-charged',
    meaning: 'an operation is charged a try because the budget of the block was nearly used up',
    file: 'src/actors/simulation/planBatch.ts',
    find: "operations === 1 ? evicted('GasLimitExceeded') :",
    replace: "operations > 0 ? evicted('GasLimitExceeded') :",
    tests: ['test/actors/simulateBatch.test.ts'],
  },
]
