import { describe, expect, it } from 'vitest'
import type { TransactionAttempt } from '../../../src/domain/batch.ts'
import {
  type InclusionReport,
  type PendingBatchContext,
  startContext,
} from '../../../src/machines/pendingBatch/context.ts'
import { guards } from '../../../src/machines/pendingBatch/guards.ts'
import { noAnswer } from '../../../src/machines/pendingBatch/refusals.ts'
import { resubmissions, signatureRequest } from '../../../src/machines/pendingBatch/replacement.ts'
import {
  finalizedBatch,
  hashesOf,
  newestAttempt,
  newestPlan,
  outcomeInput,
  planOf,
  settledEvents,
} from '../../../src/machines/pendingBatch/rules.ts'
import {
  batchInput,
  cancel,
  finalized,
  first,
  foreign,
  missing,
  noVerdict,
  operations,
  plan,
  raised,
  reverted,
} from '../support/batch.ts'
import { address, attempt, block, hash, inclusion, transactions } from '../support/samples.ts'
import { START } from '../support/stage.ts'

const config = { ...transactions, confirmations: 2 }

function context(changes: Partial<PendingBatchContext> = {}): PendingBatchContext {
  return { ...startContext({ ...batchInput, config, origin: { type: 'planned' } }), ...changes }
}

function signed(...attempts: readonly TransactionAttempt[]): PendingBatchContext {
  return context({ plans: [plan], attempts })
}

const included = inclusion(first.hash, 20)
const cancelled = inclusion(cancel.hash, 20)

describe('the attempt to broadcast', () => {
  it('is the newest attempt, and the hashes of all attempts are checked', () => {
    expect(newestAttempt(signed(first, raised))).toBe(raised)
    expect(hashesOf(signed(first, raised))).toEqual([first.hash, raised.hash])
  })

  it('throws without a plan, an attempt or an inclusion', () => {
    expect(() => newestPlan(context())).toThrow('no plan yet')
    expect(() => planOf(signed(cancel), cancel)).toThrow('no plan')
    expect(() => newestAttempt(context())).toThrow('no signed transaction')
    expect(() => outcomeInput(signed(first))).toThrow('not included')
  })
})

const own = {
  purpose: 'batch',
  batchId: 'batch-1',
  plan: 0,
  to: address('2'),
  data: '0xdada',
  gasLimit: 500_000,
}
const selfTransfer = { purpose: 'cancel', batchId: 'batch-1', gasLimit: 21_000 }

describe('the requested signature', () => {
  it('is for the plan at a new nonce', () => {
    expect(signatureRequest(signed())).toEqual({
      type: 'signature.requested',
      request: own,
      nonce: null,
      highest: null,
      pricing: 'market',
    })
  })

  it('repeats call and nonce, with the highest value of each fee', () => {
    const higherTip = attempt(7, { maxFeePerGas: 9, maxPriorityFeePerGas: 9 })
    expect(signatureRequest(signed(first, higherTip))).toEqual({
      type: 'signature.requested',
      request: own,
      nonce: 7,
      highest: { maxFeePerGas: 10, maxPriorityFeePerGas: 9 },
      pricing: 'market',
    })
  })

  it('is for a cancel if the batch fills a gap, for the first attempt and for replacements', () => {
    const healing = context({ gapNonce: 0 })
    expect(signatureRequest(healing)).toMatchObject({ request: selfTransfer, nonce: 0, highest: null })
    const filler = attempt(0, { purpose: 'cancel' })
    expect(signatureRequest({ ...healing, attempts: [filler] })).toMatchObject({
      request: selfTransfer,
      nonce: 0,
      highest: { maxFeePerGas: 10 },
    })
  })

  const isNext = { nextNonceSince: START, offeredAt: START }

  it.each<[string, Partial<PendingBatchContext>, number, typeof selfTransfer]>([
    ['replacements are left', { attempts: [first, raised] }, 0, own],
    ['no replacement is left', { attempts: [first, raised, raised] }, 0, selfTransfer],
    ['a cancel is in the pool', { attempts: [first, cancel] }, 0, selfTransfer],
    [
      'the batch was includable for less than the cancel timeout',
      { ...isNext, attempts: [first] },
      59_999,
      own,
    ],
    [
      'the batch was includable for the cancel timeout',
      { ...isNext, attempts: [first] },
      60_000,
      selfTransfer,
    ],
    ['its nonce is not next', { ...isNext, nextNonceSince: null, attempts: [first] }, 1e9, own],
    [
      'its nonce became next 1 ms after the broadcast',
      { ...isNext, nextNonceSince: START + 1, attempts: [first] },
      60_000,
      own,
    ],
    [
      'the broadcast came 1 ms after its nonce became next',
      { ...isNext, offeredAt: START + 1, attempts: [first] },
      60_000,
      own,
    ],
    [
      'no endpoint has accepted the batch',
      { ...isNext, submittedAt: null, attempts: [first] },
      60_000,
      selfTransfer,
    ],
    ['there was no broadcast', { ...isNext, offeredAt: null, attempts: [first] }, 1e9, own],
    ['there is no attempt yet', { ...isNext, attempts: [] }, 1e9, own],
  ])('when %s', (_, changes, after, expected) => {
    expect(
      signatureRequest(context({ plans: [plan], ...changes, now: () => START + after })).request,
    ).toEqual(expected)
  })

  it('is for a cancel after the first attempt if no replacements are allowed', () => {
    const never = context({ plans: [plan], attempts: [first], config: { ...config, maxResubmissions: 0 } })
    expect(signatureRequest(never).request).toEqual(selfTransfer)
  })

  it('counts every attempt after the first as a resubmission', () => {
    expect([signed(), signed(first), signed(first, raised, cancel)].map(resubmissions)).toEqual([0, 0, 2])
  })
})

describe('the inclusion of a batch', () => {
  const includedBatch = context({ plans: [plan], attempts: [first, raised], inclusion: included })

  it('is shown by any hash of the batch in a block', () => {
    const other = block(20, { transactions: [hash('9')] })
    expect(
      guards.isIncluded(
        { context: includedBatch },
        { head: block(20, { transactions: [hash('9'), raised.hash] }) },
      ),
    ).toBe(true)
    expect(guards.isIncluded({ context: includedBatch }, { head: other })).toBe(false)
    expect(guards.isIncluded({ context: context() }, { head: other })).toBe(false)
  })

  it('is unchanged if the block is unchanged', () => {
    const found = (where: typeof included | null) => ({ report: { ...missing(21), inclusion: where } })
    expect(guards.isSameInclusion({ context: includedBatch }, found(included))).toBe(true)
    expect(guards.isSameInclusion({ context: includedBatch }, found(inclusion(first.hash, 20, 'c')))).toBe(
      false,
    )
    expect(guards.isSameInclusion({ context: includedBatch }, found(null))).toBe(false)
    expect(guards.isSameInclusion({ context: context() }, found(null))).toBe(false)
  })

  it.each([
    [21, false],
    [22, true],
    [23, true],
  ])('is deep enough for 2 confirmations of block 20 at head %i: %s', (headNumber, expected) => {
    expect(guards.isDeepEnough({ context: { ...includedBatch, headNumber } })).toBe(expected)
  })

  it('is never deep enough before inclusion', () => {
    const notIncluded = context({ headNumber: 99, config: { ...config, confirmations: 0 } })
    expect(guards.isDeepEnough({ context: notIncluded })).toBe(false)
  })

  it('is read with the plan and with the operations still in the batch', () => {
    expect(outcomeInput(includedBatch)).toEqual({ plan, operations, inclusion: included })
  })

  it('is read without a plan if the cancel is included', () => {
    const cancelledBatch = context({ plans: [plan], attempts: [first, cancel], inclusion: cancelled })
    expect(outcomeInput(cancelledBatch)).toEqual({ plan: null, operations, inclusion: cancelled })
    expect(guards.isCancelled({ context: cancelledBatch })).toBe(true)
    expect(guards.isCancelled({ context: { ...cancelledBatch, inclusion: included } })).toBe(false)
    expect(guards.isCancelled({ context: { ...cancelledBatch, inclusion: null } })).toBe(false)
    expect(guards.isCancelled({ context: { ...cancelledBatch, gapNonce: 7 } })).toBe(false)
  })
})

describe('the nonce of a batch is consumed by a foreign transaction', () => {
  it.each<[string, InclusionReport['consumedBy'], number | null, number, boolean]>([
    ['not if it is not consumed', null, null, 20, false],
    ['not if it is not consumed any more', null, 19, 20, false],
    ['if the foreign transaction is known', foreign, null, 20, true],
    ['not after one check with an unknown transaction', 'unknown', null, 20, false],
    ['not after two checks at the same head', 'unknown', 20, 20, false],
    ['after two checks at different heads', 'unknown', 20, 21, true],
    ['not if the second check was at an older head', 'unknown', 20, 19, false],
  ])('%s', (_, consumedBy, displacedAt, blockNumber, expected) => {
    expect(
      guards.isDisplaced({ context: context({ displacedAt }) }, { report: missing(blockNumber, consumedBy) }),
    ).toBe(expected)
  })
})

describe('deadlines of a batch', () => {
  const sent = { hash: first.hash, at: START, refusal: null }
  const refused = { ...sent, refusal: noAnswer('timeout') }
  const lastOffer = { at: START, headNumber: 20 }
  const waiting = {
    ...{ attempts: [first], accepted: first.hash, plans: [plan] },
    ...{ lastOffer, nextNonceSince: START, headNumber: 21 },
  }

  it.each<[string, Partial<PendingBatchContext>, number, boolean]>([
    ['before the timeout', waiting, 9_999, false],
    ['at the timeout', waiting, 10_000, true],
    ['without a new block', { ...waiting, headNumber: 20 }, 99_999, false],
    ['before the first broadcast', { ...waiting, lastOffer: null }, 99_999, false],
    ['while its nonce is not next', { ...waiting, nextNonceSince: null }, 99_999, false],
    [
      'before the timeout since its nonce became next',
      { ...waiting, nextNonceSince: START + 5_000 },
      14_999,
      false,
    ],
    [
      'at the timeout since its nonce became next',
      { ...waiting, nextNonceSince: START + 5_000 },
      15_000,
      true,
    ],
  ])('a replacement is due: %s', (_, changes, after, expected) => {
    expect(guards.isOverdue({ context: context(changes) }, { at: START + after })).toBe(expected)
  })

  it('the same bytes are broadcast again after the back-off', () => {
    const backingOff = context({ lastBroadcast: refused, backOff: 4_000 })
    expect(guards.isBackOffOver({ context: backingOff }, { at: START + 3_999 })).toBe(false)
    expect(guards.isBackOffOver({ context: backingOff }, { at: START + 4_000 })).toBe(true)
  })

  it('an attempt without a broadcast is broadcast', () => {
    const unsent = signed(first)
    expect(guards.isUnsent({ context: unsent })).toBe(true)
    expect(guards.isUnsent({ context: { ...unsent, lastBroadcast: sent } })).toBe(false)
    expect(guards.isUnsent({ context: { ...unsent, lastBroadcast: refused } })).toBe(false)
    expect(guards.isUnsent({ context: { ...signed(first, raised), lastBroadcast: sent } })).toBe(true)
  })

  it('a rebroadcast is due at every second block, a check at every fifth', () => {
    const passed = (blocks: number) => ({
      context: context({ blocksSinceBroadcast: blocks, blocksSinceCheck: blocks }),
    })
    const head = block(20)
    expect([0, 1, 2].map((blocks) => guards.isRebroadcastDue(passed(blocks), { head }))).toEqual([
      false,
      true,
      true,
    ])
    expect([3, 4, 5].map((blocks) => guards.isCheckDue(passed(blocks)))).toEqual([false, true, true])
  })
})

describe('a settled batch', () => {
  it('lists the status of each operation, with Evicted for operations without verdict', () => {
    const [, second] = operations
    const ended = context({
      operations: operations.filter((operation) => operation === second),
      attempts: [first, raised, raised],
      statuses: { 'op-1': reverted },
      plans: [plan],
      inclusion: included,
      gasUsed: 420_000,
      simulationCompletedAt: START + 1,
      submittedAt: START + 2,
    })
    expect(finalizedBatch(ended, START + 30)).toEqual({
      batchId: 'batch-1',
      txHash: first.hash,
      blockNumber: 20,
      gasUsed: 420_000,
      statuses: { 'op-1': reverted, 'op-2': noVerdict },
      timing: {
        createdAt: START,
        simulationCompletedAt: START + 1,
        submittedAt: START + 2,
        finalizedAt: START + 30,
        totalDuration: 30,
        resubmissionCount: 2,
      },
      failure: null,
    })
  })

  it('evicts all operations with the reason Timeout if the cancel was included', () => {
    const ended = context({
      plans: [plan],
      attempts: [first, cancel],
      inclusion: cancelled,
      statuses: { 'op-1': reverted },
    })
    const timedOut = { type: 'Evicted', reason: 'Timeout', nextNonce: null }
    expect(finalizedBatch(ended, START)).toMatchObject({
      txHash: cancel.hash,
      statuses: { 'op-1': reverted, 'op-2': timedOut },
    })
  })

  it('evicts the operations that the included plan leaves out with the reason BatchFull', () => {
    const small = { ...plan, calls: plan.calls.map((call) => ({ ...call, operations: ['op-1'] })) }
    const smaller = attempt(7, { maxFeePerGas: 11, plan: 1 })
    const settled = context({ plans: [plan, small], attempts: [first, smaller] })
    const statusesAfter = (txHash: typeof first.hash) =>
      finalizedBatch({ ...settled, inclusion: inclusion(txHash, 20), statuses: { 'op-1': finalized } }, START)
        .statuses
    const noRoom = { type: 'Evicted', reason: 'BatchFull', nextNonce: null }
    expect(statusesAfter(smaller.hash)).toEqual({ 'op-1': finalized, 'op-2': noRoom })
    expect(statusesAfter(first.hash)).toEqual({ 'op-1': finalized, 'op-2': noVerdict })
  })

  it('emits one event for each operation', () => {
    const { id, kind, receivedAt } = operations[0] ?? { id: '', kind: null, receivedAt: 0 }
    const share = { gasFee: '7', l1Fee: null, operatorFee: null }
    const rest = { kind, receivedAt, at: START + 9 }
    expect(settledEvents(operations, { 'op-1': finalized }, START + 9, { 'op-2': share })).toEqual([
      { type: 'operation.settled', id, status: finalized, cost: null, ...rest },
      { type: 'operation.settled', id: 'op-2', status: noVerdict, cost: share, ...rest },
    ])
  })
})
