/** Faults in broadcast, replacement and cancel of a batch. */
import type { Mutant } from '../mutant.ts'

const RULES = 'src/machines/pendingBatch/rules.ts'
const GUARDS = 'src/machines/pendingBatch/guards.ts'
const BATCH = 'src/machines/pendingBatch/pendingBatch.ts'
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
    find: `writes: [{ type: 'attempt.signed', attempt: context.signed }],`,
    replace: 'writes: [],',
    tests: ['test/machines/wallet/wallet.test.ts', 'test/machines/wallet/wallet.stream.test.ts'],
  },
  {
    name: 'fresh-nonce-on-retry',
    meaning: 'a replacement has a new nonce: the batch may be included twice',
    file: RULES,
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
    file: BATCH,
    find: `guard: ({ event }) => isRefusedAs(event.output, NONCE_CLASSES),
                target: 'Checking',`,
    replace: `guard: ({ event }) => isRefusedAs(event.output, NONCE_CLASSES),
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
    find: 'return lastBroadcast?.accepted === false && ',
    replace: 'return lastBroadcast?.accepted === true && ',
    tests: [SUBMISSION],
  },
  {
    name: 'replaced-behind-others',
    meaning: 'a transaction is replaced before its nonce is next',
    file: RULES,
    find: 'return nextNonceSince === null || sentAt === null ? 0 : at - Math.max(nextNonceSince, sentAt)',
    replace: 'return sentAt === null ? 0 : at - Math.max(nextNonceSince ?? 0, sentAt)',
    tests: [REPLACEMENT, CANCEL],
  },
  {
    name: 'replaced-without-block',
    meaning: 'a transaction is replaced before a new block',
    file: GUARDS,
    find: 'headNumber > lastOffer.headNumber &&',
    replace: 'headNumber >= 0 &&',
    tests: [REPLACEMENT],
  },
  {
    name: 'replaced-without-end',
    meaning: 'a batch is not cancelled after the allowed number of replacements',
    file: RULES,
    find: '    resubmissions(context) >= config.maxResubmissions ||\n',
    replace: '',
    tests: [CANCEL],
  },
  {
    name: 'never-cancelled-for-time',
    meaning: 'a batch is not cancelled after the cancel timeout',
    file: RULES,
    find: 'includableFor(context, context.submittedAt, at) >= config.cancelTimeout',
    replace: 'config.cancelTimeout < 0',
    tests: [CANCEL],
  },
  {
    name: 'batch-after-cancel',
    meaning: 'a cancel is replaced by the batch',
    file: RULES,
    find: `    attempts.some(({ purpose }) => purpose === 'cancel') ||\n    resub`,
    replace: '    resub',
    tests: [CANCEL],
  },
  {
    name: 'cancel-frees-at-once',
    meaning: 'operations return to their lanes when the cancel is signed, before its inclusion',
    file: BATCH,
    find: `        'transaction.signed': {
          target: 'Submitted.Broadcasting',
          actions: [
            { type: 'addAttempt', params: ({ event }) => ({ attempt: event.attempt }) },
            { type: 'announceResubmission', params: { replaced: true } },
          ],
        },`,
    replace: `        'transaction.signed': [
          {
            guard: ({ event }) => event.attempt.purpose === 'cancel',
            target: 'Failed',
            actions: { type: 'addAttempt', params: ({ event }) => ({ attempt: event.attempt }) },
          },
          {
            target: 'Submitted.Broadcasting',
            actions: [
              { type: 'addAttempt', params: ({ event }) => ({ attempt: event.attempt }) },
              { type: 'announceResubmission', params: { replaced: true } },
            ],
          },
        ],`,
    tests: [CANCEL],
  },
  {
    name: 'capped-is-failure',
    meaning: 'a batch at the fee cap fails',
    file: BATCH,
    find: `          { guard: 'isRefused', target: 'Submitted.AwaitingInclusion' },
          {
            target: 'Submitted.Broadcasting',`,
    replace: `          { guard: 'isRefused', target: 'Submitted.AwaitingInclusion' },
          {
            target: 'Failed',`,
    tests: [REPLACEMENT],
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
