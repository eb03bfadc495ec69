import { describe, expect, it } from 'vitest'
import type { TransactionAttempt } from '../../src/domain/batch.ts'
import {
  finalizedBatch,
  hashesOf,
  highestFees,
  isDeepEnough,
  isIncludedIn,
  isOverdue,
  isSameInclusion,
  isUnsent,
  newestAttempt,
  outcomeInput,
  type PendingBatchContext,
  planOf,
  settledEvents,
  startContext,
  transactionRequest,
} from '../../src/machines/batchContext.ts'
import { first, landed, operations, plan, raised, reverted, unjudged } from './support/batch.ts'
import { address, attempt, batchRecord, block, hash, inclusion, transactions } from './support/samples.ts'
import { START } from './support/stage.ts'

const input = {
  batchId: 'batch-1',
  operations,
  gasCap: 16_000_000,
  config: { ...transactions, confirmations: 2 },
  target: address('2'),
  createdAt: START,
  now: () => START,
  resumed: null,
} as const

function context(changes: Partial<PendingBatchContext> = {}): PendingBatchContext {
  return { ...startContext(input), ...changes }
}

function signed(...attempts: readonly TransactionAttempt[]): PendingBatchContext {
  return context({ plan, attempts })
}

const included = inclusion(first.hash, 20)

describe('the start of a batch', () => {
  it('knows nothing yet when it is new', () => {
    expect(context()).toMatchObject({ plan: null, attempts: [], inclusion: null, resubmissions: 0 })
    expect(context()).toMatchObject({ submittedAt: null, simulationCompletedAt: null, createdAt: START })
  })

  it('knows of a batch before a restart what its record says, and that all attempts but one replaced one', () => {
    const record = batchRecord({ plan, inclusion: included })
    const resumed = startContext({ ...input, resumed: { record, attempts: [first, raised] } })
    expect(resumed).toMatchObject({ plan, attempts: [first, raised], resubmissions: 1, lastBroadcast: null })
    expect(resumed).toMatchObject({ simulationCompletedAt: START - 4_000, submittedAt: START - 3_000 })
    expect(resumed.inclusion).toBeNull()
    expect(startContext({ ...input, resumed: { record, attempts: [] } }).resubmissions).toBe(0)
  })
})

describe('what is sent', () => {
  it('is the newest transaction; all of them are watched', () => {
    expect(newestAttempt(signed(first, raised))).toBe(raised)
    expect(hashesOf(signed(first, raised))).toEqual([first.hash, raised.hash])
  })

  it('is the plan, to the multicall', () => {
    expect(transactionRequest(signed())).toEqual({
      batchId: 'batch-1',
      to: address('2'),
      data: '0xdada',
      gasLimit: 500_000,
    })
  })

  it('is outbid on each field by itself', () => {
    const tipped = attempt(7, { maxFeePerGas: 12, maxPriorityFeePerGas: 9 })
    expect(highestFees(signed(first, tipped, raised))).toEqual({ maxFeePerGas: 13, maxPriorityFeePerGas: 9 })
  })

  it('is nothing before there is a plan, a signature or a block', () => {
    expect(() => planOf(context())).toThrow('no plan')
    expect(() => newestAttempt(context())).toThrow('no signed transaction')
    expect(() => outcomeInput(signed(first))).toThrow('in no block')
  })
})

describe('where a batch is', () => {
  const here = context({ plan, attempts: [first, raised], inclusion: included })

  it('is told by any of its hashes in a block', () => {
    expect(isIncludedIn(here, block(20, { transactions: [hash('9'), raised.hash] }))).toBe(true)
    expect(isIncludedIn(here, block(20, { transactions: [hash('9')] }))).toBe(false)
    expect(isIncludedIn(context(), block(20, { transactions: [hash('9')] }))).toBe(false)
  })

  it('is the same place when the block is', () => {
    const at = (where: typeof included | null) => ({ inclusion: where, nonceConsumed: true, blockNumber: 21 })
    expect(isSameInclusion(here, at(included))).toBe(true)
    expect(isSameInclusion(here, at(inclusion(first.hash, 20, 'c')))).toBe(false)
    expect(isSameInclusion(here, at(null))).toBe(false)
    expect(isSameInclusion(context(), at(null))).toBe(false)
  })

  it.each([
    [21, false],
    [22, true],
    [23, true],
  ])('is deep enough for 2 confirmations of block 20 at head %i: %s', (headNumber, expected) => {
    expect(isDeepEnough({ ...here, headNumber })).toBe(expected)
  })

  it('is never deep when it is nowhere', () => {
    expect(isDeepEnough(context({ headNumber: 99, config: { ...input.config, confirmations: 0 } }))).toBe(
      false,
    )
  })

  it('is read with the plan and with who is still in it', () => {
    expect(outcomeInput(here)).toEqual({ plan, operations, inclusion: included })
  })
})

describe('what time asks of a batch', () => {
  const sent = { at: START, accepted: true }

  it.each<[string, Partial<PendingBatchContext>, number, boolean]>([
    ['in time', { lastBroadcast: sent, blocksSinceBroadcast: 1 }, 9_999, false],
    ['too late', { lastBroadcast: sent, blocksSinceBroadcast: 1 }, 10_000, true],
    ['no block since', { lastBroadcast: sent, blocksSinceBroadcast: 0 }, 99_999, false],
    ['never sent', { lastBroadcast: null, blocksSinceBroadcast: 1 }, 99_999, false],
    ['not taken', { lastBroadcast: { ...sent, accepted: false }, blocksSinceBroadcast: 1 }, 99_999, false],
  ])('to bid more: %s', (_, changes, after, expected) => {
    expect(isOverdue(context(changes), START + after)).toBe(expected)
  })

  it.each<[string, Partial<PendingBatchContext>, number, boolean]>([
    ['the pause goes on', { lastBroadcast: { ...sent, accepted: false } }, 999, false],
    ['the pause is over', { lastBroadcast: { ...sent, accepted: false } }, 1_000, true],
    ['a node has it', { lastBroadcast: sent }, 99_999, false],
    ['never sent', { lastBroadcast: null }, 99_999, false],
  ])('to send it again: %s', (_, changes, after, expected) => {
    expect(isUnsent(context(changes), START + after)).toBe(expected)
  })
})

describe('the end of a batch', () => {
  it('lists what was dropped, what landed, and whom it cannot judge', () => {
    const [, second] = operations
    const ended = context({
      operations: operations.filter((operation) => operation === second),
      statuses: { 'op-1': reverted },
      inclusion: included,
      gasUsed: 420_000,
      resubmissions: 2,
      simulationCompletedAt: START + 1,
      submittedAt: START + 2,
    })
    expect(finalizedBatch(ended, START + 30)).toEqual({
      batchId: 'batch-1',
      txHash: first.hash,
      blockNumber: 20,
      gasUsed: 420_000,
      statuses: { 'op-1': reverted, 'op-2': unjudged },
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

  it('tells observers of each operation', () => {
    const { id, kind, receivedAt } = operations[0] ?? { id: '', kind: null, receivedAt: 0 }
    expect(settledEvents(operations, { 'op-1': landed }, START + 9)).toEqual([
      { type: 'operation.settled', id, kind, status: landed, receivedAt, at: START + 9 },
      { type: 'operation.settled', id: 'op-2', kind, status: unjudged, receivedAt, at: START + 9 },
    ])
  })
})
