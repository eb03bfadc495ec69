/** Faults in broadcast, replacement and cancel of a batch. */
import type { Mutant } from '../mutant.ts'

const GUARDS = 'src/machines/pendingBatch/guards.ts'
const BATCH = 'src/machines/pendingBatch/pendingBatch.ts'
const DELIVERY = 'src/machines/pendingBatch/delivery.ts'
const REFUSALS = 'src/machines/pendingBatch/refusals.ts'
const NEXT = 'src/machines/pendingBatch/replacement.ts'
const EDGES = 'test/machines/pendingBatch/refusals.test.ts'
const SUBMISSION = 'test/machines/pendingBatch/submission.test.ts'
const REPLACEMENT = 'test/machines/pendingBatch/replacement.test.ts'
const CANCEL = 'test/machines/pendingBatch/cancel.test.ts'
const FEES = 'test/policy/fees.test.ts'

export const sending: readonly Mutant[] = [
  {
    name: 'sent-before-disk',
    meaning: 'an attempt is broadcast before its record is stored',
    file: 'src/machines/wallet/wallet.ts',
    find: `                  'recordSigned',
                ],`,
    replace: `                  'recordSigned',
                  'deliverSigned',
                ],`,
    tests: ['test/machines/wallet/wallet.test.ts', 'test/machines/wallet/wallet.stream.test.ts'],
  },
  {
    name: 'signature-not-recorded',
    meaning: 'an attempt is never stored',
    file: 'src/machines/wallet/setup.ts',
    find: `writes: [{ type: 'attempt.signed', attempt: context.signed.attempt }],`,
    replace: 'writes: [],',
    tests: ['test/machines/wallet/wallet.test.ts', 'test/machines/wallet/wallet.stream.test.ts'],
  },
  {
    name: 'fresh-nonce-on-retry',
    meaning: 'a replacement has a new nonce: the batch may be included twice',
    file: NEXT,
    find: 'nonce: attempts.length > 0 ? newestAttempt(context).nonce : gapNonce,',
    replace: 'nonce: gapNonce,',
    tests: [REPLACEMENT],
  },
  {
    name: 'one-fee-bumped',
    meaning: 'a replacement raises the fee without the tip, and pools refuse it',
    file: 'src/policy/fees.ts',
    find: 'return maxPriorityFeePerGas === null ? null : { maxFeePerGas, maxPriorityFeePerGas }',
    replace: 'return maxPriorityFeePerGas === null ? null : { ...highestTried, maxFeePerGas }',
    tests: [FEES],
  },
  {
    name: 'bump-too-small',
    meaning: 'a replacement raises its fees by less than the minimum of the pools',
    file: 'src/policy/fees.ts',
    find: 'Math.ceil(tried / 8)',
    replace: 'Math.ceil(tried / 16)',
    tests: [FEES],
  },
  {
    name: 'first-fee-above-cap',
    meaning: 'a first attempt exceeds the fee cap',
    file: 'src/policy/fees.ts',
    find: 'Math.min(config.maxFeePerGas, Math.ceil(2 * market.baseFee + market.priorityFee))',
    replace: 'Math.ceil(2 * market.baseFee + market.priorityFee)',
    tests: [FEES],
  },
  {
    name: 'replacement-above-cap',
    meaning: 'a replacement exceeds the fee cap',
    file: 'src/policy/fees.ts',
    find: '  if (leastValid > ceiling) return null\n  return Math.min(ceiling, ',
    replace: '  if (tried > ceiling) return null\n  return Math.max(0, ',
    tests: [FEES],
  },
  {
    name: 'tip-above-fee',
    meaning: 'the tip may exceed the maximum fee',
    file: 'src/policy/fees.ts',
    find: `    step,
    maxFeePerGas,
  )`,
    replace: `    step,
    Number.MAX_SAFE_INTEGER,
  )`,
    tests: [FEES],
  },
  {
    name: 'already-known-is-failure',
    meaning: 'the answer "already known" counts as a refusal',
    file: 'src/actors/broadcast.ts',
    find: "refusal.class === 'known' ? null : refusal",
    replace: 'refusal',
    tests: ['test/actors/broadcast.test.ts'],
  },
  {
    name: 'nonce-too-low-is-failure',
    meaning: 'a consumed nonce fails the batch without a check for its hashes',
    file: DELIVERY,
    find: `guard: takes('check'),
            target: ['Resting', '#pendingBatch.Submitted.Evidence.Checking'],`,
    replace: `guard: takes('check'),
            target: '#pendingBatch.Failed',`,
    tests: [SUBMISSION],
  },
  {
    name: 'never-sent-again',
    meaning: 'an attempt is not rebroadcast after a pool has dropped it',
    file: GUARDS,
    find: 'context.blocksSinceBroadcast + 1 >= BLOCKS_BETWEEN_BROADCASTS',
    replace: 'context.blocksSinceBroadcast < 0',
    tests: [SUBMISSION, REPLACEMENT],
  },
  {
    name: 'refused-bytes-forgotten',
    meaning: 'a refused attempt is not broadcast again after the pause',
    file: GUARDS,
    find: 'return at - (lastBroadcast?.at ?? 0) >= backOff',
    replace: 'return at - (lastBroadcast?.at ?? 0) < 0 * backOff',
    tests: [SUBMISSION],
  },
  {
    name: 'replaced-behind-others',
    meaning: 'a transaction is replaced before its nonce is next',
    file: NEXT,
    find: 'return nextNonceSince === null || offeredAt === null ? 0 : at - Math.max(nextNonceSince, offeredAt)',
    replace: 'return offeredAt === null ? 0 : at - Math.max(nextNonceSince ?? 0, offeredAt)',
    tests: [REPLACEMENT, CANCEL],
  },
  {
    name: 'replaced-without-block',
    meaning: 'a transaction is replaced before a new block',
    file: GUARDS,
    find: '(headNumber > lastOffer.headNumber || !isAccepted(context)) &&',
    replace: 'headNumber >= 0 &&',
    tests: [REPLACEMENT],
  },
  {
    name: 'replaced-without-end',
    meaning: 'a batch is not cancelled after the allowed number of replacements',
    file: NEXT,
    find: '    resubmissions(context) >= config.maxResubmissions ||\n',
    replace: '',
    tests: [CANCEL],
  },
  {
    name: 'never-cancelled-for-time',
    meaning: 'a batch is not cancelled after the cancel timeout',
    file: NEXT,
    find: 'includableFor(context, offeredAt, at) >= config.cancelTimeout',
    replace: 'config.cancelTimeout < 0',
    tests: [CANCEL],
  },
  {
    name: 'batch-after-cancel',
    meaning: 'a cancel is replaced by the batch',
    file: NEXT,
    find: `    attempts.some(({ purpose }) => purpose === 'cancel') ||\n`,
    replace: '',
    tests: [CANCEL],
  },
  {
    name: 'cancel-frees-at-once',
    meaning: 'operations return to their lanes when a replacement is signed, before its inclusion',
    file: BATCH,
    find: `        'transaction.signed': {
          target: 'Submitted.Delivery.Broadcasting',
          actions: [
            { type: 'suspectEndpoint',`,
    replace: `        'transaction.signed': {
          target: 'Failed',
          actions: [
            { type: 'suspectEndpoint',`,
    tests: [CANCEL],
  },
  {
    name: 'capped-is-failure',
    meaning: 'a batch at the fee cap fails',
    file: BATCH,
    find: `            target: 'Submitted.Delivery.Broadcasting',
            actions: ['countRefusedReplacement', 'announceRebroadcast'],`,
    replace: `            target: 'Failed',
            actions: ['countRefusedReplacement', 'announceRebroadcast'],`,
    tests: [REPLACEMENT],
  },
  {
    name: 'node-fee-cap-raises',
    meaning: 'a node with a fee cap receives the same plan at a higher fee',
    file: REFUSALS,
    find: "nodeFeeCap: 'shrink',",
    replace: "nodeFeeCap: 'raise',",
    tests: [EDGES],
  },
  {
    name: 'too-large-sent-again',
    meaning: 'a transaction that is too large is sent again without end',
    file: REFUSALS,
    find: "tooLarge: 'shrink',",
    replace: "tooLarge: 'backOff',",
    tests: [EDGES],
  },
  {
    name: 'gas-never-added',
    meaning: 'a refused gas limit is not raised',
    file: REFUSALS,
    find: "gasTooLow: 'addGas',",
    replace: "gasTooLow: 'backOff',",
    tests: [EDGES],
  },
  {
    name: 'funds-raise',
    meaning: 'a refusal for insufficient funds raises the price',
    file: REFUSALS,
    find: "funds: 'backOff',",
    replace: "funds: 'raise',",
    tests: [EDGES],
  },
  {
    name: 'unknown-raises',
    meaning: 'an unknown refusal raises the price above the market',
    file: REFUSALS,
    find: "unknown: 'backOff',",
    replace: "unknown: 'raise',",
    tests: [EDGES],
  },
  {
    name: 'back-off-without-limit',
    meaning: 'the pause between two broadcasts of the same bytes grows without limit',
    file: REFUSALS,
    find: 'const MAX_BACK_OFF = 30_000',
    replace: 'const MAX_BACK_OFF = 3_000_000',
    tests: [SUBMISSION],
  },
  {
    name: 'limit-of-the-message-ignored',
    meaning: 'the next plan does not follow the limit that a refusal names',
    file: REFUSALS,
    find: '  if (limit === null) return unknown\n',
    replace: '  if (limit !== null) return unknown\n',
    tests: [EDGES],
  },
  {
    name: 'smaller-plan-at-a-higher-price',
    meaning: 'a smaller plan is signed at a higher price',
    file: NEXT,
    find: "      return 'keep'",
    replace: "      return 'raise'",
    tests: [EDGES],
  },
  {
    name: 'refused-bytes-repriced-above-market',
    meaning: 'an attempt that no endpoint accepted is replaced above the market',
    file: NEXT,
    find: "return isAccepted(context) ? 'raise' : 'market'",
    replace: "return isAccepted(context) ? 'raise' : 'raise'",
    tests: [EDGES],
  },
  {
    name: 'ceiling-prevents-cancel',
    meaning: 'replacements that the fee ceiling prevents do not lead to a cancel',
    file: NEXT,
    find: 'return refusedReplacements + Math',
    replace: 'return 0 * refusedReplacements + Math',
    tests: [SUBMISSION],
  },
  {
    name: 'left-out-forgotten',
    meaning: 'operations outside the smaller plan leave the batch before its nonce is settled',
    file: 'src/machines/pendingBatch/setup.ts',
    find: `      enqueue.assign({ plans: [...context.plans, plan] })
      enqueue.sendTo(to('requestTracker'), recordRequested(plannedWrite(context, plan, at)))`,
    replace: `      const planned = new Set(plan.calls.flatMap(({ operations }) => operations))
      const operations = context.operations.filter(({ id }) => planned.has(id))
      enqueue.assign({ plans: [...context.plans, plan], operations })
      enqueue.sendTo(to('requestTracker'), recordRequested(plannedWrite(context, plan, at)))`,
    tests: [EDGES],
  },
  {
    name: 'check-stops-delivery',
    meaning: 'a check that fails stops rebroadcasts',
    file: 'src/machines/pendingBatch/evidence.ts',
    find: `        onError: {
          target: 'Pausing',
          actions: {
            type: 'noteFailing',
            params: ({ event }) => ({ effect: 'readInclusion'`,
    replace: `        onError: {
          target: ['Pausing', '#pendingBatch.Submitted.Delivery.Delivered'],
          actions: {
            type: 'noteFailing',
            params: ({ event }) => ({ effect: 'readInclusion'`,
    tests: [EDGES],
  },
  {
    name: 'unaffordable-signed',
    meaning: 'a transaction is signed that the balance does not cover',
    file: 'src/actors/signAttempt.ts',
    find: '> balance) {',
    replace: '> balance * 1000n) {',
    tests: ['test/actors/signAttempt.test.ts'],
  },
]
