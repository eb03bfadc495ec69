/** What a batch does when no endpoint accepts its transaction. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TransactionAttempt } from '../../../src/domain/batch.ts'
import { REFUSAL_CLASSES, type RefusalClass } from '../../../src/domain/refusal.ts'
import type { SignatureRequested } from '../../../src/machines/protocol.ts'
import {
  type Batch,
  cancel,
  finalized,
  first,
  found,
  operations,
  plan,
  report,
  signed,
  submitted,
} from '../support/batch.ts'
import { accepted, refused } from '../support/broadcasts.ts'
import { attempt } from '../support/samples.ts'
import { START } from '../support/stage.ts'

const smallPlan = { ...plan, calls: [{ ...plan.calls[0], operations: ['op-1'] }], gasLimit: 300_000 }
/** The attempt of the smaller plan: the same fees, other bytes. */
const smaller = attempt(7, { hash: `0xa${'0'.repeat(63)}`, plan: 1, gasLimit: 300_000 })

const requests = (batch: Batch) => batch.stage.received<SignatureRequested>('wallet', 'signature.requested')

/** A batch whose first broadcast is refused. Its nonce is next. */
async function refusedBatch(
  kind: RefusalClass,
  fields: Parameters<typeof refused>[1] = {},
  config: Parameters<typeof signed>[0] = {},
): Promise<Batch> {
  const batch = await signed(config)
  batch.becomeNext()
  await batch.broadcast.resolve(refused(kind, fields))
  return batch
}

describe('a transaction that is too large for a node', () => {
  it.each([
    ['nodeFeeCap', 2_500_000, 250_000],
    ['tooLarge', 250_000, 250_000],
    ['tooLarge', null, 500_000],
    ['nodeFeeCap', null, 500_000],
  ] as const)('%s with the limit %s is planned again with fewer operations', async (kind, limit, gasCap) => {
    const batch = await refusedBatch(kind, { limit })
    expect(batch.state()).toEqual(submitted('Replanning', 'Watching'))
    expect(batch.simulation.inputs.at(-1)).toEqual({
      operations: operations.slice(0, 1),
      gasCap,
      ahead: [],
      gasReserve: 150_000,
    })
  })

  it('is signed again for the smaller plan, at the same nonce and the same fees', async () => {
    const batch = await refusedBatch('nodeFeeCap')
    await batch.simulation.resolve(report({ plan: smallPlan }))
    expect(batch.state()).toBe('Resubmitting')
    expect(requests(batch)).toMatchObject([
      { request: { plan: 1, gasLimit: 300_000 }, nonce: 7, pricing: 'keep' },
    ])
    batch.sign(smaller)
    expect(batch.broadcast.inputs.at(-1)).toEqual({ attempt: smaller })
  })

  it('keeps the operations outside the smaller plan until its nonce is settled', async () => {
    const batch = await refusedBatch('nodeFeeCap')
    await batch.simulation.resolve(report({ plan: smallPlan, statuses: { 'op-2': finalized } }))
    batch.sign(smaller)
    await batch.broadcast.resolve(accepted)
    expect(batch.context().operations).toEqual(operations)
    batch.see(20, { transactions: [smaller.hash] })
    await batch.look.resolve(found(smaller, 20))
    expect(batch.outcome.inputs).toMatchObject([{ plan: smallPlan, operations }])
    await batch.outcome.resolve({ type: 'settled', statuses: { 'op-1': finalized }, gasUsed: 1 })
    expect(batch.batch.getSnapshot().output?.batch.statuses).toEqual({
      'op-1': finalized,
      'op-2': { type: 'Evicted', reason: 'BatchFull', nextNonce: null },
    })
  })

  it('has the verdicts of its first plan if the refused bytes are included after all', async () => {
    const batch = await refusedBatch('nodeFeeCap')
    await batch.simulation.resolve(report({ plan: smallPlan }))
    batch.see(20, { transactions: [first.hash] })
    await batch.look.resolve(found(first, 20))
    expect(batch.outcome.inputs).toMatchObject([{ plan, operations }])
  })

  it('is cancelled at the same price if it has a single operation', async () => {
    const batch = await refusedBatch('tooLarge')
    await batch.simulation.resolve(report({ plan: smallPlan }))
    batch.sign(smaller)
    await batch.broadcast.resolve(refused('tooLarge'))
    expect(requests(batch).at(-1)).toMatchObject({
      request: { purpose: 'cancel' },
      nonce: 7,
      pricing: 'keep',
    })
  })

  it('is broadcast again after a pause if the smaller plan gets no answer', async () => {
    const batch = await refusedBatch('tooLarge')
    await batch.simulation.reject('timeout')
    expect(batch.state()).toEqual(submitted('BackingOff', 'Watching'))
    await batch.wait(1_000)
    expect(batch.broadcast.inputs).toHaveLength(2)
  })
})

describe('a transaction with too little gas', () => {
  it.each([
    [null, 750_000],
    [60_000, 560_000],
  ])('is signed again with more gas, for the minimum %s', async (limit, gasLimit) => {
    const batch = await refusedBatch('gasTooLow', { limit })
    expect(requests(batch)).toMatchObject([
      { request: { purpose: 'batch', plan: 1, gasLimit }, pricing: 'keep' },
    ])
    expect(batch.writes()).toMatchObject([
      { type: 'attempt.refused' },
      { type: 'batch.planned', plan: { gasLimit } },
    ])
  })
})

describe('a refusal that only others can end', () => {
  it.each([
    ['funds', 'wallet: funds.insufficient'],
    ['config', 'wallet: configuration.refused'],
    ['accountLimit', 'opsBatcher: account.limited'],
  ] as const)('of the class %s sends %s and keeps the bytes', async (kind, message) => {
    const batch = await refusedBatch(kind)
    expect(batch.messages()).toEqual([message])
    expect(batch.state()).toEqual(submitted('BackingOff', 'Watching'))
    await batch.wait(1_000)
    expect(batch.broadcast.inputs.map(({ attempt: { raw } }) => raw)).toEqual([first.raw, first.raw])
  })
})

describe('a refused transaction whose replacement the wallet refuses', () => {
  it('is sent again after its pause, also when a replacement is due at each tick', async () => {
    const batch = await refusedBatch('poolFull', {}, { resubmitTimeout: 100, cancelTimeout: 1 })
    for (let tick = 0; tick < 40; tick += 1) {
      await batch.wait(500)
      if (batch.broadcast.waiting > 0) await batch.broadcast.resolve(refused('poolFull'))
      else batch.tell({ type: 'signature.refused' })
    }
    // After 1, 2, 4 and 8 seconds.
    expect(batch.broadcast.inputs).toHaveLength(5)
    expect(requests(batch).length).toBeGreaterThan(10)
  })
})

describe('a transaction too many for the pool', () => {
  it('is sent again only when its nonce is next: it would take the place of the next nonce', async () => {
    const batch = await signed()
    await batch.broadcast.resolve(refused('accountLimit'))
    await batch.wait(1_000)
    await batch.wait(60_000)
    expect(batch.broadcast.inputs).toHaveLength(1)
    batch.becomeNext()
    await batch.wait(1_000)
    expect(batch.broadcast.inputs).toHaveLength(2)
  })
})

describe('an unknown refusal', () => {
  it('is followed by the same bytes, and after the timeout by the price of the market', async () => {
    const batch = await refusedBatch('unknown')
    expect(batch.state()).toEqual(submitted('BackingOff', 'Watching'))
    await batch.wait(10_000)
    expect(requests(batch)).toMatchObject([{ request: { purpose: 'batch' }, pricing: 'market' }])
  })

  it('keeps the words of the node in the attempt, and in the store once', async () => {
    const batch = await refusedBatch('unknown', { words: 'odd' })
    await batch.wait(1_000)
    await batch.broadcast.resolve(refused('unknown', { words: 'odd' }))
    expect(batch.context().attempts).toMatchObject([{ refusal: { class: 'unknown', words: 'odd' } }])
    expect(batch.writes()).toMatchObject([{ type: 'attempt.refused', refusal: { words: 'odd' } }])
    expect(batch.stage.emittedOf('transaction.refused')).toHaveLength(2)
  })

  it('is a persistent failure after the stall timeout, until an endpoint accepts', async () => {
    const batch = await refusedBatch('funds', { words: 'no money' }, { cancelTimeout: 1e9 })
    for (const seconds of [1, 2, 4, 8, 16]) {
      await batch.wait(1_000 * seconds)
      if (batch.broadcast.waiting > 0) await batch.broadcast.resolve(refused('funds', { words: 'no money' }))
    }
    const failure = { actor: 'pendingBatch', effect: 'broadcast', since: START }
    expect(batch.stage.emittedOf('failure.persisted')).toMatchObject([{ ...failure, reason: 'no money' }])
    await batch.wait(30_000)
    await batch.broadcast.resolve(accepted)
    expect(batch.stage.emittedOf('failure.ended')).toMatchObject([failure])
  })
})

describe('a check that fails or hangs', () => {
  it('stops neither a rebroadcast nor a replacement', async () => {
    const batch = await signed()
    await batch.broadcast.resolve(accepted)
    batch.becomeNext()
    batch.see(20, { transactions: [first.hash] })
    batch.see(21)
    await batch.look.reject('timeout')
    batch.see(22)
    expect(batch.broadcast.inputs.length).toBeGreaterThan(1)
    await batch.broadcast.resolve(accepted)
    await batch.wait(10_000)
    expect(batch.state()).toBe('Resubmitting')
  })
})

describe('a transaction without inclusion at a sufficient price', () => {
  it('makes the batch suspect the endpoint', async () => {
    const batch = await signed()
    await batch.broadcast.resolve(accepted)
    batch.becomeNext()
    batch.see(20)
    await batch.wait(10_000)
    const market = { maxFeePerGas: 10, maxPriorityFeePerGas: 1 }
    batch.sign(attempt(7, { maxFeePerGas: 13, maxPriorityFeePerGas: 2 }), market)
    expect(batch.stage.emittedOf('endpoint.suspected')).toMatchObject([{ txHash: first.hash, market }])
  })

  it('suspects no endpoint if the price of the market is higher', async () => {
    const batch = await signed()
    await batch.broadcast.resolve(accepted)
    batch.becomeNext()
    batch.see(20)
    await batch.wait(10_000)
    batch.sign(attempt(7, { maxFeePerGas: 13 }), { maxFeePerGas: 11, maxPriorityFeePerGas: 1 })
    expect(batch.stage.emittedOf('endpoint.suspected')).toEqual([])
  })
})

const PRICE_CLASSES: readonly RefusalClass[] = ['replacement', 'underpriced', 'feeBelowBlock']
const OTHERS = REFUSAL_CLASSES.filter(
  (kind) => !PRICE_CLASSES.includes(kind) && kind !== 'known' && kind !== 'nonceTooLow',
)

/** Signs as the wallet does at a steady market. A `raise` would exceed the market. */
function sign(batch: Batch, { request, pricing }: SignatureRequested, number: number): TransactionAttempt {
  const maxFeePerGas = pricing === 'raise' ? 11 + number : 10
  const gasLimit = request.gasLimit
  const isCancel = request.purpose === 'cancel'
  const hash = `0x${isCancel ? 'c' : 'b'}${String(number).padStart(63, '0')}` as const
  const next = attempt(7, {
    hash,
    maxFeePerGas,
    gasLimit,
    purpose: request.purpose,
    plan: isCancel ? null : request.plan,
  })
  batch.sign(next)
  return next
}

it('a refusal without a price edge never raises a fee above the market, and every refused batch ends smaller or cancelled', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...OTHERS),
      fc.option(fc.integer({ min: 1, max: 400_000 })),
      async (kind, limit) => {
        const batch = await refusedBatch(kind, { limit })
        let answered = 0
        for (
          let step = 0;
          step < 40 && !batch.context().attempts.some(({ purpose }) => purpose === 'cancel');
          step += 1
        ) {
          if (batch.simulation.waiting > 0) await batch.simulation.resolve(report({ plan: smallPlan }))
          const asked = requests(batch)
          for (const request of asked.slice(answered)) sign(batch, request, step)
          answered = asked.length
          if (batch.broadcast.waiting > 0) await batch.broadcast.resolve(refused(kind, { limit }))
          await batch.wait(5_000)
        }
        const { attempts } = batch.context()
        expect(attempts.every(({ maxFeePerGas }) => maxFeePerGas <= 10)).toBe(true)
        expect(attempts.at(-1)?.purpose).toBe(cancel.purpose)
        expect(batch.context().operations).toEqual(operations)
      },
    ),
    { numRuns: 60 },
  )
})
