import { describe, expect, it } from 'vitest'
import type { TransactionAttempt } from '../../../src/domain/batch.ts'
import {
  type InclusionReport,
  type PendingBatchContext,
  startContext,
} from '../../../src/machines/pendingBatch/context.ts'
import {
  isCancelled,
  isCheckDue,
  isDeepEnough,
  isDisplaced,
  isIncluded,
  isOverdue,
  isRebroadcastDue,
  isRetryDue,
  isSameInclusion,
  isUnsent,
} from '../../../src/machines/pendingBatch/guards.ts'
import {
  finalizedBatch,
  hashesOf,
  newestAttempt,
  outcomeInput,
  planOf,
  resubmissions,
  settledEvents,
  signatureRequest,
} from '../../../src/machines/pendingBatch/rules.ts'
import {
  batchInput,
  cancel,
  first,
  landed,
  missing,
  noVerdict,
  operations,
  plan,
  raised,
  reverted,
  stranger,
} from '../support/batch.ts'
import { address, attempt, block, hash, inclusion, transactions } from '../support/samples.ts'
import { START } from '../support/stage.ts'

const config = { ...transactions, confirmations: 2 }

function context(changes: Partial<PendingBatchContext> = {}): PendingBatchContext {
  return { ...startContext({ ...batchInput, config, origin: { type: 'planned' } }), ...changes }
}

function signed(...attempts: readonly TransactionAttempt[]): PendingBatchContext {
  return context({ plan, attempts })
}

const included = inclusion(first.hash, 20)
const cancelled = inclusion(cancel.hash, 20)

describe('what is sent', () => {
  it('is the newest transaction; all of them are watched', () => {
    expect(newestAttempt(signed(first, raised))).toBe(raised)
    expect(hashesOf(signed(first, raised))).toEqual([first.hash, raised.hash])
  })

  it('is nothing before there is a plan, a signature or a block', () => {
    expect(() => planOf(context())).toThrow('no plan')
    expect(() => newestAttempt(context())).toThrow('no signed transaction')
    expect(() => outcomeInput(signed(first))).toThrow('not included')
  })
})

const own = { purpose: 'batch', batchId: 'batch-1', to: address('2'), data: '0xdada', gasLimit: 500_000 }
const nothing = { purpose: 'cancel', batchId: 'batch-1' }

describe('what is to be signed', () => {
  it('is the plan, to the multicall, at a new nonce', () => {
    expect(signatureRequest(signed())).toEqual({
      type: 'signature.requested',
      request: own,
      nonce: null,
      highest: null,
    })
  })

  it('is the same again at its nonce, outbidding each field by itself', () => {
    const tipped = attempt(7, { maxFeePerGas: 9, maxPriorityFeePerGas: 9 })
    expect(signatureRequest(signed(first, tipped))).toEqual({
      type: 'signature.requested',
      request: own,
      nonce: 7,
      highest: { maxFeePerGas: 10, maxPriorityFeePerGas: 9 },
    })
  })

  it('is what fills the nonce, when there is nothing else to do, at first and later', () => {
    const healing = context({ gapNonce: 0 })
    expect(signatureRequest(healing)).toMatchObject({ request: nothing, nonce: 0, highest: null })
    const filler = attempt(0, { purpose: 'cancel' })
    expect(signatureRequest({ ...healing, attempts: [filler] })).toMatchObject({
      request: nothing,
      nonce: 0,
      highest: { maxFeePerGas: 10 },
    })
  })

  const turn = { nextNonceSince: START, submittedAt: START }

  it.each<[string, Partial<PendingBatchContext>, number, typeof nothing]>([
    ['it was replaced less often than allowed', { attempts: [first, raised] }, 0, own],
    ['it was replaced as often as allowed', { attempts: [first, raised, raised] }, 0, nothing],
    ['a cancel is in the pool', { attempts: [first, cancel] }, 0, nothing],
    ['it could have landed for less than allowed', { ...turn, attempts: [first] }, 59_999, own],
    ['it could have landed for too long', { ...turn, attempts: [first] }, 60_000, nothing],
    ['it waits behind others for ever', { ...turn, nextNonceSince: null, attempts: [first] }, 1e9, own],
    ['its turn has come late', { ...turn, nextNonceSince: START + 1, attempts: [first] }, 60_000, own],
    ['it was sent late', { ...turn, submittedAt: START + 1, attempts: [first] }, 60_000, own],
    ['no node has taken it', { ...turn, submittedAt: null, attempts: [first] }, 1e9, own],
    ['it was never signed', { ...turn, attempts: [] }, 1e9, own],
  ])('when %s', (_, changes, after, expected) => {
    expect(signatureRequest(context({ plan, ...changes, now: () => START + after })).request).toEqual(
      expected,
    )
  })

  it('is a cancel at once where nothing is to be replaced', () => {
    const never = context({ plan, attempts: [first], config: { ...config, maxResubmissions: 0 } })
    expect(signatureRequest(never).request).toEqual(nothing)
  })

  it('counts what was signed after the first as replaced', () => {
    expect([signed(), signed(first), signed(first, raised, cancel)].map(resubmissions)).toEqual([0, 0, 2])
  })
})

describe('where a batch is', () => {
  const here = context({ plan, attempts: [first, raised], inclusion: included })

  it('is told by any of its hashes in a block', () => {
    const other = block(20, { transactions: [hash('9')] })
    expect(
      isIncluded({ context: here }, { head: block(20, { transactions: [hash('9'), raised.hash] }) }),
    ).toBe(true)
    expect(isIncluded({ context: here }, { head: other })).toBe(false)
    expect(isIncluded({ context: context() }, { head: other })).toBe(false)
  })

  it('is the same place when the block is', () => {
    const found = (where: typeof included | null) => ({ report: { ...missing(21), inclusion: where } })
    expect(isSameInclusion({ context: here }, found(included))).toBe(true)
    expect(isSameInclusion({ context: here }, found(inclusion(first.hash, 20, 'c')))).toBe(false)
    expect(isSameInclusion({ context: here }, found(null))).toBe(false)
    expect(isSameInclusion({ context: context() }, found(null))).toBe(false)
  })

  it.each([
    [21, false],
    [22, true],
    [23, true],
  ])('is deep enough for 2 confirmations of block 20 at head %i: %s', (headNumber, expected) => {
    expect(isDeepEnough({ context: { ...here, headNumber } })).toBe(expected)
  })

  it('is never deep when it is nowhere', () => {
    const nowhere = context({ headNumber: 99, config: { ...config, confirmations: 0 } })
    expect(isDeepEnough({ context: nowhere })).toBe(false)
  })

  it('is read with the plan and with who is still in it', () => {
    expect(outcomeInput(here)).toEqual({ plan, operations, inclusion: included })
  })

  it('is read without a plan when it is the cancel that is there', () => {
    const there = context({ plan, attempts: [first, cancel], inclusion: cancelled })
    expect(outcomeInput(there)).toEqual({ plan: null, operations, inclusion: cancelled })
    expect(isCancelled({ context: there })).toBe(true)
    expect(isCancelled({ context: { ...there, inclusion: included } })).toBe(false)
    expect(isCancelled({ context: { ...there, inclusion: null } })).toBe(false)
    expect(isCancelled({ context: { ...there, gapNonce: 7 } })).toBe(false)
  })
})

describe('whether a stranger has its nonce', () => {
  it.each<[string, InclusionReport['consumedBy'], number | null, number, boolean]>([
    ['nobody has', null, null, 20, false],
    ['nobody has any more', null, 19, 20, false],
    ['it is known who', stranger, null, 20, true],
    ['one look did not tell who', 'unknown', null, 20, false],
    ['two looks at the same head did not', 'unknown', 20, 20, false],
    ['two looks at different heads did not', 'unknown', 20, 21, true],
    ['the second look was at an older head', 'unknown', 20, 19, false],
  ])('%s', (_, consumedBy, displacedAt, blockNumber, expected) => {
    expect(
      isDisplaced({ context: context({ displacedAt }) }, { report: missing(blockNumber, consumedBy) }),
    ).toBe(expected)
  })
})

describe('what time asks of a batch', () => {
  const sent = { hash: first.hash, at: START, accepted: true }
  const refused = { ...sent, accepted: false }
  const lastOffer = { at: START, headNumber: 20 }
  const waiting = { lastOffer, nextNonceSince: START, headNumber: 21 }

  it.each<[string, Partial<PendingBatchContext>, number, boolean]>([
    ['in time', waiting, 9_999, false],
    ['too late', waiting, 10_000, true],
    ['no block since', { ...waiting, headNumber: 20 }, 99_999, false],
    ['never sent', { ...waiting, lastOffer: null }, 99_999, false],
    ['behind others', { ...waiting, nextNonceSince: null }, 99_999, false],
    ['its turn came late', { ...waiting, nextNonceSince: START + 5_000 }, 14_999, false],
    ['too late since its turn came', { ...waiting, nextNonceSince: START + 5_000 }, 15_000, true],
  ])('to bid more: %s', (_, changes, after, expected) => {
    expect(isOverdue({ context: context(changes) }, { at: START + after })).toBe(expected)
  })

  it.each<[string, Partial<PendingBatchContext>, number, boolean]>([
    ['the pause goes on', { lastBroadcast: refused }, 999, false],
    ['the pause is over', { lastBroadcast: refused }, 1_000, true],
    ['a node has it', { lastBroadcast: sent }, 99_999, false],
    ['never sent', { lastBroadcast: null }, 99_999, false],
  ])('to offer it again: %s', (_, changes, after, expected) => {
    expect(isRetryDue({ context: context(changes) }, { at: START + after })).toBe(expected)
  })

  it('to send what was never sent', () => {
    const alone = signed(first)
    expect(isUnsent({ context: alone })).toBe(true)
    expect(isUnsent({ context: { ...alone, lastBroadcast: sent } })).toBe(false)
    expect(isUnsent({ context: { ...alone, lastBroadcast: refused } })).toBe(false)
    expect(isUnsent({ context: { ...signed(first, raised), lastBroadcast: sent } })).toBe(true)
  })

  it('to send the same again at every second block, and to look at every fifth', () => {
    const passed = (blocks: number) => ({
      context: context({ blocksSinceBroadcast: blocks, blocksSinceCheck: blocks }),
    })
    const head = block(20)
    expect([0, 1, 2].map((blocks) => isRebroadcastDue(passed(blocks), { head }))).toEqual([false, true, true])
    expect([3, 4, 5].map((blocks) => isCheckDue(passed(blocks)))).toEqual([false, true, true])
  })
})

describe('the end of a batch', () => {
  it('lists what was dropped, what landed, and whom it cannot judge', () => {
    const [, second] = operations
    const ended = context({
      operations: operations.filter((operation) => operation === second),
      attempts: [first, raised, raised],
      statuses: { 'op-1': reverted },
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

  it('gives back for want of time whom its cancel has displaced', () => {
    const ended = context({ attempts: [first, cancel], inclusion: cancelled, statuses: { 'op-1': reverted } })
    const timedOut = { type: 'Evicted', reason: 'Timeout', nextNonce: null }
    expect(finalizedBatch(ended, START)).toMatchObject({
      txHash: cancel.hash,
      statuses: { 'op-1': reverted, 'op-2': timedOut },
    })
  })

  it('tells observers of each operation', () => {
    const { id, kind, receivedAt } = operations[0] ?? { id: '', kind: null, receivedAt: 0 }
    expect(settledEvents(operations, { 'op-1': landed }, START + 9)).toEqual([
      { type: 'operation.settled', id, kind, status: landed, receivedAt, at: START + 9 },
      { type: 'operation.settled', id: 'op-2', kind, status: noVerdict, receivedAt, at: START + 9 },
    ])
  })
})
