/** Faults in the costs of operations, and in the spending of the wallet. */
import type { Mutant } from '../mutant.ts'

const SHARES = 'src/policy/costShares.ts'
const SHARES_TEST = 'test/policy/costShares.test.ts'
const OBSERVE = 'src/metrics/observe.ts'
const OBSERVE_TEST = 'test/metrics/observe.test.ts'
const STORE = 'test/store/sqlite.test.ts'

export const money: readonly Mutant[] = [
  {
    name: 'rest-of-a-division-lost',
    meaning: 'the shares are rounded down, and sum up to less than the cost',
    file: SHARES,
    find: 'favoured.has(index) ? part + 1n : part',
    replace: 'favoured.has(-1 - index) ? part + 1n : part',
    tests: [SHARES_TEST],
  },
  {
    name: 'rest-to-the-smallest-remainders',
    meaning: 'the units of the rest go to the smallest remainders',
    file: SHARES,
    find: 'a.remainder < b.remainder ? 1 : -1',
    replace: 'a.remainder < b.remainder ? -1 : 1',
    tests: [SHARES_TEST],
  },
  {
    name: 'data-fee-by-gas',
    meaning: 'the L1 fee follows the gas instead of the bytes',
    file: SHARES,
    find: 'divideByBytes(BigInt(l1Fee), calls, bytesOf)',
    replace: 'divideByGas(BigInt(l1Fee), calls, bytesOf)',
    tests: [SHARES_TEST],
  },
  {
    name: 'reverted-calls-are-free',
    meaning: 'only operations that succeeded have a share in the cost',
    file: 'src/actors/readOutcome.ts',
    find: 'costShares(cost, calls, (id) => bytes.get(id) ?? 0)',
    replace:
      'costShares(cost, calls.filter(({ operations }) => operations.every((id) => succeeded.has(id))), (id) => bytes.get(id) ?? 0)',
    tests: ['test/actors/readOutcome.test.ts'],
  },
  {
    name: 'operator-fee-ignored',
    meaning: 'the operator fee of a rollup is not part of the cost',
    file: 'src/actors/outcome/transactionCost.ts',
    find: 'operatorFee: operatorFee(receipt)?.toString() ?? null,',
    replace: 'operatorFee: operatorFee(receipt) === 0n ? "0" : null,',
    tests: ['test/actors/outcome/transactionCost.test.ts'],
  },
  {
    name: 'operator-fee-of-the-wrong-upgrade',
    meaning: 'the operator fee is counted in the unit of Isthmus after the upgrade Jovian',
    file: 'src/actors/outcome/transactionCost.ts',
    find: 'isJovian ? scaled * 100n',
    replace: 'isJovian && scaled < 0n ? scaled * 100n',
    tests: ['test/actors/outcome/transactionCost.test.ts'],
  },
  {
    name: 'cost-kept-after-a-reorg',
    meaning: 'operations keep their shares in an orphaned transaction',
    file: 'src/store/sqlite/recovery.ts',
    find: 'removeShares({ id: batchId, number })',
    replace: 'removeShares({ id: batchId, number: -number })',
    tests: [STORE],
  },
  {
    name: 'cost-counted-twice',
    meaning: 'a late settlement of a settled batch changes the costs',
    file: 'src/store/sqlite/batchWrites.ts',
    find: 'if (storeResult(number, batch, withVerdict(statuses, unmoved))) storeShares(batch)',
    replace: 'storeResult(number, batch, withVerdict(statuses, unmoved))\n    storeShares(batch)',
    tests: [STORE],
  },
  {
    name: 'spending-of-all-time',
    meaning: 'the runway counts the spending of all time instead of the last hour',
    file: 'src/store/sqlite/reads.ts',
    find: 'totalCost IS NOT NULL AND settledAt > :at',
    replace: 'totalCost IS NOT NULL AND settledAt > :at - :at',
    tests: [STORE],
  },
  {
    name: 'runway-in-another-unit',
    meaning: 'the runway is not in milliseconds',
    file: 'src/policy/runway.ts',
    find: 'BigInt(balance) * BigInt(SPENDING_PERIOD)',
    replace: 'BigInt(balance) * 3_600n',
    tests: ['test/policy/runway.test.ts'],
  },
  {
    name: 'overhead-not-counted',
    meaning: 'the cost of a cancel is in no metric',
    file: OBSERVE,
    find: 'metrics.batchesFailed.inc()\n      recordCost(metrics, batch)',
    replace: 'metrics.batchesFailed.inc()',
    tests: [OBSERVE_TEST],
  },
  {
    name: 'cost-of-finalized-operations-only',
    meaning: 'the metric by kind leaves out operations that were evicted or failed after inclusion',
    file: OBSERVE,
    find: 'if (cost !== null) eachPart(cost, (part, eth)',
    replace: "if (cost !== null && status.type === 'Finalized') eachPart(cost, (part, eth)",
    tests: [OBSERVE_TEST],
  },
  {
    name: 'load-asks-for-each-operation',
    meaning: '`load` asks the gateway for the cost of each operation instead of each batch',
    file: 'src/load/costs.ts',
    find: 'if (costs.has(id)) continue',
    replace: 'if (costs.size < 0) continue',
    tests: ['test/load/costs.test.ts'],
  },
  {
    name: 'rollup-fee-forgotten-at-a-restart',
    meaning: 'restored attempts count without the fees of a rollup',
    file: 'src/machines/wallet/nonceStream.ts',
    find: 'BigInt(maxFeePerGas) + BigInt(rollupFee)',
    replace: 'BigInt(maxFeePerGas) + BigInt(rollupFee) * 0n',
    tests: ['test/machines/wallet/nonceStream.test.ts'],
  },
  {
    name: 'unpayable-ceiling',
    meaning: 'the start accepts a ceiling of the base fee that no batch can pay',
    file: 'src/config/checks.ts',
    find: 'maxBaseFee <= maxFeePerGas - Math.ceil(maxFeePerGas / 9)',
    replace: 'maxBaseFee <= maxFeePerGas - Math.ceil(maxFeePerGas / 10)',
    tests: ['test/config/read.test.ts'],
  },
  {
    name: 'no-room-for-a-cancel',
    meaning: 'an attempt of a batch uses the whole maximum fee: no cancel can replace it',
    file: 'src/policy/fees.ts',
    find: 'config.maxFeePerGas - Math.ceil(config.maxFeePerGas / 9)',
    replace: 'config.maxFeePerGas - Math.ceil(config.maxFeePerGas / 10)',
    tests: ['test/policy/fees.test.ts'],
  },
  {
    name: 'cancel-capped-by-the-market',
    meaning: 'a cancel is refused after a fall of the market',
    file: 'src/actors/signAttempt.ts',
    find: "request.purpose === 'cancel' ? limitsOfCancel(config) : limits",
    replace: "request.purpose === 'cancel' ? config : limits",
    tests: ['test/actors/signAttempt.test.ts'],
  },
]
