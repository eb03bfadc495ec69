/** The observations during a run can contradict each promise. */
import { describe, expect, it } from 'vitest'
import type { TransactionAttempt } from '../../src/domain/batch.ts'
import type { OpEnvelope, Operation } from '../../src/domain/operation.ts'
import type { OpStatus } from '../../src/domain/status.ts'
import type { StoreWrite } from '../../src/domain/writes.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqliteStore.ts'
import { effectOf } from './callData.ts'
import type { Transaction } from './chain/block.ts'
import { Ledger, type LedgerParts } from './ledger.ts'
import { planRun } from './plan.ts'
import { run } from './world.ts'

const HASH = `0x${'a'.repeat(64)}` as const

/** A ledger over the chain of a correct run, with a store that accepts every write. */
async function ledgerOf(parts: Partial<LedgerParts> = {}) {
  const { evidence } = await run(planRun(18))
  const ledger = new Ledger({
    chain: evidence.chain,
    confirmations: 0,
    operationOf: () => null,
    isIntruded: () => false,
    ...parts,
  })
  const memory = openSqliteStore(':memory:')
  const store = ledger.watch({ ...memory, commit: async () => [] })
  const violated = () => ledger.violations.map(({ invariant }) => invariant)
  return { evidence, ledger, violated, write: (...writes: StoreWrite[]) => store.commit(writes) }
}

function opened(batchId: string, ...operations: string[]): StoreWrite {
  return { type: 'batch.opened', batchId, operations, gasBudget: 0, at: 0 }
}

/** A plan with one call for each operation. */
function planned(batchId: string, ...operations: string[]): StoreWrite {
  const calls = operations.map((id) => ({ target: HASH, callData: HASH, operations: [id], gas: 1 }))
  return { type: 'batch.planned', batchId, plan: { calls, callData: '0x', gasLimit: 1 }, at: 0 }
}

/** An operation of an account. */
function accepted(id: string, leaf: string): StoreWrite {
  const envelope = { id, lane: { leaf, nonce: 0 } } as Partial<OpEnvelope> as OpEnvelope
  return { type: 'operation.accepted', envelope }
}

describe('the ledger', () => {
  it('reports a broadcast before the commit', async () => {
    const { ledger, violated, write } = await ledgerOf()
    const attempt = { hash: HASH } as Partial<TransactionAttempt> as TransactionAttempt
    const transaction = { hash: HASH } as Partial<Transaction> as Transaction
    ledger.sent(transaction, { type: 'taken' })
    expect(violated()).toEqual(['writtenBeforeSent'])
    await write({ type: 'attempt.signed', attempt })
    ledger.sent(transaction, { type: 'taken' })
    expect(violated()).toEqual(['writtenBeforeSent'])
  })

  it('reports an operation, or an account, in two batches at a time', async () => {
    const { violated, write } = await ledgerOf()
    await write(accepted('first', '1'), accepted('second', '1'), accepted('third', '2'))
    await write(opened('one', 'first'), opened('two', 'third'))
    expect(violated()).toEqual([])
    await write(opened('three', 'first'))
    expect(violated()).toEqual(['ridesOnce'])
    await write(opened('four', 'second'))
    expect(violated()).toEqual(['ridesOnce', 'laneRidesOnce'])
  })

  it('reports a charged try of one operation among others, but not of the only one', async () => {
    const { evidence, ledger } = await ledgerOf()
    const [create] = evidence.submissions.filter(({ operation }) => operation.kind === 'create_account')
    if (create === undefined) throw new Error('the run has no create')
    const { violated, write } = await ledgerOf({ operationOf: () => create.operation })
    expect(ledger.violations).toEqual([])
    const charged: OpStatus = { type: 'Evicted', reason: 'GasLimitExceeded', nextNonce: null }
    const trimmed = (batchId: string): StoreWrite => ({
      type: 'batch.trimmed',
      batchId,
      statuses: { [create.id]: charged },
      evidenceBlock: {},
      at: 0,
    })
    await write(planned('alone', create.id), trimmed('alone'))
    expect(violated()).toEqual([])
    await write(planned('together', create.id, 'other'), trimmed('together'))
    expect(violated()).toEqual(['chargedWithProof'])
  })

  it.each([true, false])(
    'allows an alarm about foreign transactions only after one: %s',
    async (isIntruded) => {
      const { ledger, violated } = await ledgerOf({ isIntruded: () => isIntruded })
      ledger.said({ type: 'wallet.foreignTransactions', nonces: 1, nextNonce: 1, at: 0 })
      expect(violated()).toEqual(isIntruded ? [] : ['noFalseAlarm'])
    },
  )

  it('reports a verdict without a canonical block or without enough confirmations', async () => {
    const { evidence } = await ledgerOf()
    const record = [...evidence.records.values()].find(({ status }) => status?.type === 'Finalized')
    if (record?.status?.type !== 'Finalized') throw new Error('nothing was finalized')
    const { status, envelope } = record
    const settled = async (operation: Operation, said: OpStatus, confirmations: number) => {
      const { ledger, violated } = await ledgerOf({
        chain: evidence.chain,
        confirmations,
        operationOf: () => operation,
      })
      const { id, kind } = envelope
      ledger.said({ type: 'operation.settled', id, kind, status: said, cost: null, receivedAt: 0, at: 0 })
      return violated()
    }
    expect(await settled(envelope.operation, status, 0)).toEqual([])
    expect(await settled(envelope.operation, status, 1_000)).toEqual(['saidIsDeep'])
    expect(await settled(envelope.operation, { ...status, txHash: HASH }, 0)).toEqual(['saidIsSo'])
    expect(await settled(envelope.operation, { ...status, blockNumber: 1 }, 0)).toEqual(['saidIsSo'])
    const other = [...evidence.records.values()].find(
      ({ envelope: { operation } }) => effectOf(operation) !== effectOf(envelope.operation),
    )
    if (other === undefined) throw new Error('there is no other operation')
    expect(await settled(other.envelope.operation, { ...status, blockNumber: 1 }, 0)).toEqual(['saidIsSo'])
  })
})
