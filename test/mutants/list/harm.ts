/** Faults by which one operation harms another: charges without proof, foreign code in a shared batch, false evidence. */
import type { Mutant } from '../mutant.ts'

const STATUS = 'src/actors/outcome/executionStatus.ts'
const ATTRIBUTION = 'src/actors/outcome/attributeOperations.ts'
const REVERTS = 'src/actors/outcome/reverts.ts'
const CONTRADICTIONS = 'src/actors/outcome/contradictions.ts'
const FOREIGN_CODE = 'src/actors/simulation/foreignCode.ts'
const SELECT = 'src/policy/selectBatch.ts'
const DEADLINE = 'src/machines/nonceTracker/deadline.ts'
const LEFT = 'src/machines/nonceTracker/leftOperations.ts'

const OUTCOMES = 'test/actors/readOutcome.test.ts'
const CONTRADICTIONS_TEST = 'test/actors/outcome/contradictions.test.ts'
const INCLUSIONS = 'test/actors/readInclusion.test.ts'
const ISOLATION = 'test/actors/simulateBatch.isolation.test.ts'
const HOSTILE = 'test/e2e/hostileRecovery.test.ts'
const SELECTION = 'test/policy/selectBatch.test.ts'
const RETURN_TEST = 'test/machines/nonceTracker/returnEvicted.test.ts'
const DEADLINE_TEST = 'test/machines/nonceTracker/deadline.test.ts'
const BATCHER_DEADLINE = 'test/machines/opsBatcher/deadline.test.ts'
const VERDICT = 'test/actors/simulation/verdict.test.ts'

export const harm: readonly Mutant[] = [
  {
    name: 'charged-without-proof',
    meaning: 'a reverted transaction is charged to all its operations',
    file: STATUS,
    find: 'return size === 1 || isExcessive(call, revert)',
    replace: 'return size > 0 || isExcessive(call, revert)',
    tests: [OUTCOMES],
  },
  {
    name: 'alone-not-charged',
    meaning: 'an operation that ran out of gas alone is not charged',
    file: STATUS,
    find: 'return size === 1 || isExcessive(call, revert)',
    replace: 'return isExcessive(call, revert)',
    tests: [OUTCOMES],
  },
  {
    name: 'excess-not-charged',
    meaning: 'a call above its allowance in the trace is not charged',
    file: STATUS,
    find: 'revert.gas !== null && revert.gas.used > callAllowance(gas)',
    replace: 'revert.gas !== null && revert.gas.used > 1e9 * callAllowance(gas)',
    tests: [OUTCOMES],
  },
  {
    name: 'starved-call-judged',
    meaning: 'a call with less gas than its allowance fails for its revert',
    file: STATUS,
    find: ` || isStarved(call, revert)) return`,
    replace: ') return',
    tests: [OUTCOMES],
  },
  {
    name: 'reverted-batch-not-halved',
    meaning: 'the operations of a reverted batch go on in a batch of the same size',
    file: STATUS,
    find: 'batchLimit: Math.floor(size / 2)',
    replace: 'batchLimit: size',
    tests: [OUTCOMES],
  },
  {
    name: 'foreign-code-tried-again',
    meaning: 'an operation whose foreign code burnt its gas gets a second try',
    file: STATUS,
    find: '  if (call.mayRunForeignCode) {',
    replace: '  if (call.mayRunForeignCode && call.gas < 0) {',
    tests: [OUTCOMES],
  },
  {
    name: 'success-without-log-is-failure',
    meaning: 'a call that succeeded in the trace fails because its log is missing for a moment',
    file: ATTRIBUTION,
    find: 'if (!batch.calls.every(isKnown)) {',
    replace: 'if (batch.calls.length === 0) {',
    tests: [CONTRADICTIONS_TEST],
  },
  {
    name: 'bloom-not-compared',
    meaning: 'a receipt that lacks logs of its bloom filter counts',
    file: CONTRADICTIONS,
    find: 'if (isLogMissing(logsBloom, logs)) fail',
    replace: 'if (isLogMissing(logsBloom, logs) && logs.length > 99) fail',
    tests: [CONTRADICTIONS_TEST],
  },
  {
    name: 'hidden-logs-not-searched',
    meaning: 'an operation fails although a transaction whose logs are not shown yet has executed it',
    file: 'src/actors/outcome/foreignTransactions.ts',
    find: 'await hiddenLogs(search, hashes, unseen)',
    replace: 'await hiddenLogs(search, hashes, unseen.slice(unseen.length))',
    tests: ['test/actors/outcome/foreignTransactions.test.ts'],
  },
  {
    name: 'hidden-logs-are-no-logs',
    meaning: 'a receipt without its logs shows that nothing was executed',
    file: 'src/actors/outcome/hiddenLogs.ts',
    find: 'if (isLogMissing(receipt.logsBloom, receipt.logs)) {',
    replace: 'if (receipt.logs.length > 99) {',
    tests: ['test/actors/outcome/foreignTransactions.test.ts'],
  },
  {
    name: 'bloom-bits-miscounted',
    meaning: 'the bloom filter is compared at other bits',
    file: 'src/evm/logsBloom.ts',
    find: 'for (const word of [0, 2, 4])',
    replace: 'for (const word of [0, 2, 6])',
    tests: ['test/evm/logsBloom.test.ts'],
  },
  {
    name: 'block-without-transaction-counts',
    meaning: 'a receipt counts although its block does not list the transaction',
    file: CONTRADICTIONS,
    find: 'if (!block.transactions.includes(transactionHash)) fail',
    replace: 'if (block.transactions.includes(`0x`)) fail',
    tests: [CONTRADICTIONS_TEST],
  },
  {
    name: 'impossible-gas-counts',
    meaning: 'a receipt counts although it shows less gas than any transaction uses',
    file: CONTRADICTIONS,
    find: 'if (gasUsed < LEAST_GAS) fail',
    replace: 'if (gasUsed < 0n) fail',
    tests: [CONTRADICTIONS_TEST],
  },
  {
    name: 'trace-against-receipt-counts',
    meaning: 'a trace of a success and a reverted receipt give verdicts',
    file: REVERTS,
    find: 'if ((trace.error !== undefined) !== isReverted) {',
    replace: 'if (trace.error !== undefined && !isReverted) {',
    tests: [CONTRADICTIONS_TEST],
  },
  {
    name: 'receipt-without-block-counts',
    meaning: 'a receipt without a block counts as an inclusion',
    file: 'src/actors/outcome/readReceipt.ts',
    find: 'return blockHash !== null',
    replace: 'return blockHash !== undefined',
    tests: [INCLUSIONS, CONTRADICTIONS_TEST],
  },
  {
    name: 'unreadable-receipt-is-missing',
    meaning: 'an unreadable receipt counts as a missing receipt',
    file: 'src/actors/readInclusion.ts',
    find: '      if (unreadable) throw unreadable.reason\n',
    replace: '',
    tests: [INCLUSIONS],
  },
  {
    name: 'unreadable-receipt-hides-all',
    meaning: 'one unreadable receipt hides the receipts of the other attempts',
    file: 'src/actors/readInclusion.ts',
    find: 'Promise.allSettled(hashes.map((hash) => readReceipt(client, hash))),',
    replace: `Promise.all(hashes.map((hash) => readReceipt(client, hash))).then((all) => all.map((value) => ({ status: 'fulfilled', value }) as PromiseSettledResult<TransactionReceipt | null>)),`,
    tests: [INCLUSIONS],
  },
  {
    name: 'foreign-code-shares-a-batch',
    meaning: 'an operation that may run foreign code stays in a batch with others',
    file: FOREIGN_CODE,
    find: 'if (foreign.size === 0) return',
    replace: 'if (envelopes.length > 1) return',
    tests: [ISOLATION],
  },
  {
    name: 'code-not-read',
    meaning: 'a recovery agent with code counts as a key',
    file: FOREIGN_CODE,
    find: 'return (await client.getCode({ address })) !== undefined',
    replace: 'return (await client.getCode({ address })) === `0x`',
    tests: [ISOLATION],
  },
  {
    name: 'later-nonces-stay',
    meaning: 'the later operations of the lane stay in the batch that an isolated operation leaves',
    file: FOREIGN_CODE,
    find: '    if (lane !== null) closedLanes.add(lane.leaf)\n',
    replace: '',
    tests: [ISOLATION],
  },
  {
    name: 'no-ceiling-for-foreign-code',
    meaning: 'an operation with foreign code that needs too much gas is tried again',
    file: FOREIGN_CODE,
    find: `const isOutOfGas = status.type === 'Evicted' && status.reason === 'GasLimitExceeded'`,
    replace: `const isOutOfGas = status.type === 'Evicted' && status.reason === 'Timeout'`,
    tests: [ISOLATION],
  },
  {
    name: 'foreign-code-measured',
    meaning: 'foreign code changes the gas estimates for operations of other accounts',
    file: 'src/actors/simulateBatch.ts',
    find: '  if (plan?.calls.some(({ mayRunForeignCode }) => mayRunForeignCode)) return []\n',
    replace: '',
    tests: [ISOLATION],
  },
  {
    name: 'isolation-lost-on-chain',
    meaning: 'an isolated operation shares its transaction with others',
    file: SELECT,
    find: '        maxOps = Math.min(maxOps, operation.batchLimit ?? maxOps)\n',
    replace: '',
    tests: [SELECTION],
  },
  {
    name: 'limit-ignored-when-joining',
    meaning: 'an operation joins a batch that has reached its limit',
    file: SELECT,
    find: 'return operation.batchLimit !== undefined && alreadySelected >= operation.batchLimit',
    replace: 'return operation.batchLimit === 0 && alreadySelected >= operation.batchLimit',
    tests: [SELECTION],
  },
  {
    name: 'isolated-take-all-permits',
    meaning: 'isolated operations take the permits of all others',
    file: 'src/machines/opsBatcher/dispatch.ts',
    find: 'isIsolating: isIsolating(view),',
    replace: 'isIsolating: isIsolating(view) && view.batchNumber < 0,',
    tests: [BATCHER_DEADLINE],
  },
  {
    name: 'limit-rises',
    meaning: 'the limit of an operation rises again at its next eviction',
    file: 'src/machines/nonceTracker/returnEvicted.ts',
    find: 'batchLimit: Math.min(batchLimit, operation.batchLimit ?? batchLimit)',
    replace: 'batchLimit',
    tests: [RETURN_TEST],
  },
  {
    name: 'starved-simulation-charged',
    meaning: 'an operation is charged for the gas that other calls of its simulation used',
    file: 'src/actors/simulation/verdict.ts',
    find: 'return before === 0\n',
    replace: 'return before >= 0\n',
    tests: [VERDICT],
  },
  {
    name: 'no-deadline-after-a-batch',
    meaning: 'an operation is tried without end while its batches are cancelled',
    file: LEFT,
    find: 'return receivedAt < acceptedBefore ? expiredAfterBatch(status.reason) : null',
    replace: 'return receivedAt < 0 * acceptedBefore ? expiredAfterBatch(status.reason) : null',
    tests: [DEADLINE_TEST],
  },
  {
    name: 'no-deadline-behind-a-gap',
    meaning: 'an operation waits for an earlier nonce after its deadline',
    file: DEADLINE,
    find: `phase === 'waiting' && operation.receivedAt < acceptedBefore`,
    replace: `phase === 'waiting' && operation.receivedAt < 0 * acceptedBefore`,
    tests: [DEADLINE_TEST],
  },
  {
    name: 'no-deadline-in-the-queue',
    meaning: 'a ready operation waits after its deadline',
    file: 'src/policy/readyQueue.ts',
    find: 'if (operation.receivedAt >= time) break',
    replace: 'if (operation.receivedAt >= 0 * time) break',
    tests: [BATCHER_DEADLINE],
  },
  {
    name: 'lack-of-balance-unnamed',
    meaning: 'an operation that the wallet could not pay fails with another reason',
    file: 'src/policy/operationDeadline.ts',
    find: `if (throttled === 'WalletUnavailable') return { type: 'InsufficientBalance' }`,
    replace: `if (throttled === 'WalletUnavailable') return timeout('money')`,
    tests: ['test/policy/operationDeadline.test.ts', BATCHER_DEADLINE],
  },
  {
    name: 'registry-calls-plain-keys-only',
    meaning: 'a recovery counts as free of foreign code, and hostile agents harm other operations',
    file: 'src/registry/worldId/recoverAccount.ts',
    find: 'foreignCode: ({ leafIndex }) => getRecoveryAgent({ leafIndex }),',
    replace: 'foreignCode: ({ leafIndex }) => (leafIndex === `0x` ? getRecoveryAgent({ leafIndex }) : null),',
    tests: [HOSTILE],
  },
]
