/** Simulates batches on a real chain: an operation that cannot be sent leaves with its own reason, and no other leaves with it. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createIdleAccount } from '../../src/load/account.ts'
import type { WorldIdOperation } from '../../src/registry/worldId/operations.ts'
import { callDataOf, changes, mined, sendAsStranger, signedBy } from '../support/accounts.ts'
import type { RpcCall } from '../support/rpcProxy.ts'
import { authenticatorsOf, evicted, failure, idsOf, planned } from './support/simulatedBatches.ts'
import { type Supplies, supplyOperations } from './support/supplies.ts'
import { carries, isTrial, startWorkshop, type Workshop } from './support/workshop.ts'

let workshop: Workshop
let supplies: Supplies
let lift: () => void = () => {}

beforeAll(async () => {
  workshop = await startWorkshop(12)
  supplies = await supplyOperations(workshop, 60)
})

afterAll(() => workshop.stop())

beforeEach(() => {
  lift = () => {}
})

afterEach(() => lift())

describe('a batch in simulation', () => {
  it('is planned with all creates in one call, and measured by kind', async () => {
    const queued = await workshop.queue([
      ...supplies.creates(2),
      ...supplies.inserts(1),
      ...supplies.creates(1),
    ])
    const report = await workshop.simulateBatch(queued)
    const [first, second, single, third] = idsOf(queued)
    expect(report.statuses).toEqual({})
    expect(planned(report)).toEqual([[first, second, third], [single]])
    expect(report.measured.map(({ kind, operations }) => [kind, operations])).toEqual([
      ['create_account', 3],
      ['insert_authenticator', 1],
    ])
  })

  it('gives a create that ran out of gas before its own call', async () => {
    const queued = await workshop.queue(supplies.creates(2))
    const tired = await workshop.queue(supplies.creates(2), { tries: 1 })
    const report = await workshop.simulateBatch([...queued, ...tired])
    expect(planned(report)).toEqual([idsOf(queued), ...idsOf(tired).map((id) => [id])])
  })

  it('evicts operations above the gas limit: as BatchFull, or as GasLimitExceeded when one alone is too much', async () => {
    const queued = await workshop.queue(supplies.inserts(6))
    const report = await workshop.simulateBatch(queued, { gasCap: 1_700_000 })
    const kept = planned(report).flat()
    expect(kept).toEqual(idsOf(queued).slice(0, kept.length))
    expect(kept.length).toBeGreaterThan(1)
    const left = idsOf(queued).slice(kept.length)
    expect(report.statuses).toEqual(Object.fromEntries(left.map((id) => [id, evicted('BatchFull')])))
    expect(report.plan?.gasLimit).toBeLessThanOrEqual(1_700_000)

    const [alone] = await workshop.queue(supplies.inserts(1))
    const hopeless = await workshop.simulateBatch(alone === undefined ? [] : [alone], { gasCap: 400_000 })
    expect(hopeless).toMatchObject({
      plan: null,
      statuses: { [alone?.id ?? '']: evicted('GasLimitExceeded') },
    })
  })

  it('charges no operation of a batch whose gas cap is too small for one: it goes on alone', async () => {
    const queued = await workshop.queue(supplies.inserts(2))
    const report = await workshop.simulateBatch(queued, { gasCap: 400_000 })
    const [first, second] = idsOf(queued)
    expect(report).toMatchObject({
      plan: null,
      statuses: {
        [first ?? '']: { ...evicted('BatchFull'), batchLimit: 1 },
        [second ?? '']: evicted('BatchFull'),
      },
    })
  })
})

describe('an operation that breaks the simulation of its batch', () => {
  /** A node that refuses every simulation with one of these operations. */
  const refuse = (...refused: readonly WorldIdOperation[]) =>
    workshop.proxy.impose((call: RpcCall) =>
      isTrial(call) && refused.some((target) => carries(call, marker(target)))
        ? { code: -32603, message: 'EVM error: unexpected opcode' }
        : call,
    )
  /** Bytes that only the calls of this operation contain, alone or in a fold. */
  const marker = (operation: WorldIdOperation) =>
    operation.kind === 'create_account' ? operation.offchainSignerCommitment : callDataOf(operation)

  it.each([0, 5, 9])(
    'leaves alone when the node refuses each simulation with it: position %i of ten',
    async (place) => {
      const operations = [...supplies.creates(4), ...supplies.inserts(6)]
      const target = operations[place]
      if (target === undefined) throw new RangeError('no such place')
      lift = refuse(target)
      const queued = await workshop.queue(operations)
      const report = await workshop.simulateBatch(queued)
      expect(report.statuses).toEqual({ [queued[place]?.id ?? '']: evicted('GasLimitExceeded') })
      expect(planned(report).flat()).toEqual(idsOf(queued).filter((_, index) => index !== place))
    },
  )

  it('leaves together with a second refused operation, and the rest stays in the plan', async () => {
    const operations = supplies.inserts(7)
    lift = refuse(...operations.slice(1, 2), ...operations.slice(5, 6))
    const queued = await workshop.queue(operations)
    const report = await workshop.simulateBatch(queued)
    expect(Object.keys(report.statuses)).toEqual([queued[1]?.id, queued[5]?.id])
    expect(planned(report)).toHaveLength(5)
  })

  it('is not searched when only the sum is too much: the second half waits for another batch', async () => {
    const queued = await workshop.queue(supplies.inserts(8))
    lift = workshop.proxy.impose((call) =>
      isTrial(call) && JSON.stringify(call).length > 10_000
        ? { code: -32000, message: 'request too large' }
        : call,
    )
    const report = await workshop.simulateBatch(queued)
    expect(planned(report).flat()).toEqual(idsOf(queued).slice(0, 4))
    const rest = idsOf(queued).slice(4)
    expect(report.statuses).toEqual(Object.fromEntries(rest.map((id) => [id, evicted('BatchFull')])))
  })

  it.each([
    ['does not answer', { code: -32000, message: 'try later', status: 503 }, /503/],
    ['refuses every simulation', { code: -32603, message: 'disk is full' }, /disk is full/],
  ])('is not assumed when the node %s: no operation is evicted', async (_, refusal, error) => {
    const queued = await workshop.queue(supplies.inserts(2))
    lift = workshop.proxy.impose((call) => (isTrial(call) ? refusal : call))
    await expect(workshop.simulateBatch(queued)).rejects.toThrow(error)
    lift()
    expect(planned(await workshop.simulateBatch(queued))).toHaveLength(2)
  })

  it('leaves with its reason when it is a create that breaks the fold, and the other creates fold without it', async () => {
    const [taken] = supplies.creates(1)
    if (taken === undefined) throw new Error('no create')
    await mined(workshop.chain, await sendAsStranger(workshop.chain, callDataOf(taken)))
    const late = { ...createIdleAccount(workshop.random), authenticatorAddresses: authenticatorsOf(taken) }
    const queued = await workshop.queue([...supplies.creates(2), late, ...supplies.creates(2)])
    const report = await workshop.simulateBatch(queued, { confirmations: 0 })
    const poisoned = queued[2]?.id ?? ''
    expect(report.statuses).toMatchObject({ [poisoned]: failure('authenticator_already_exists') })
    expect(planned(report)).toEqual([idsOf(queued).filter((id) => id !== poisoned)])
  })

  it('leaves with its reason when it conflicts with an operation ahead in the batch', async () => {
    const [first, second] = [supplies.insert(), supplies.nextAccount()]
    const twin = signedBy(
      second.authenticators[0].key,
      supplies.insert(second).operation,
      workshop.signing.domain,
      {
        newAuthenticatorAddress: first.operation.newAuthenticatorAddress,
      },
    )
    const queued = await workshop.queue([first.operation, twin])
    const report = await workshop.simulateBatch(queued)
    expect(planned(report)).toEqual([[queued[0]?.id]])
    expect(report.statuses).toMatchObject({ [queued[1]?.id ?? '']: failure('authenticator_already_exists') })
  })

  it('returns to its lane when it is ahead of the earlier nonce of its lane', async () => {
    const [first, second] = changes(
      supplies.nextAccount(),
      ['insert_authenticator', 'update_authenticator'],
      workshop.signing,
    )
    if (first === undefined || second === undefined) throw new Error('no operations')
    const queued = await workshop.queue([second, first])
    const report = await workshop.simulateBatch(queued)
    expect(planned(report)).toEqual([[queued[1]?.id]])
    expect(report.statuses).toEqual({ [queued[0]?.id ?? '']: evicted('DependencyNotReady', 0) })
  })

  it('returns to its lane when it follows a failed operation of its lane', async () => {
    const account = supplies.nextAccount()
    const [first, second] = changes(
      account,
      ['insert_authenticator', 'insert_authenticator'],
      workshop.signing,
    )
    if (first === undefined || second === undefined) throw new Error('no operations')
    const broken = signedBy(
      account.authenticators[1]?.key ?? account.recovery,
      first,
      workshop.signing.domain,
      {
        oldOffchainSignerCommitment: '0x1',
      },
    )
    const queued = await workshop.queue([broken, second])
    const report = await workshop.simulateBatch(queued)
    expect(report).toMatchObject({
      plan: null,
      statuses: {
        [queued[0]?.id ?? '']: { type: 'Failed' },
        [queued[1]?.id ?? '']: evicted('DependencyNotReady'),
      },
    })
  })

  it('waits for another batch when it ran out of gas in company, and is GasLimitExceeded when it did alone', async () => {
    const withGas = (gas: number) => (call: RpcCall) =>
      isTrial(call)
        ? {
            ...call,
            params: [{ ...Object(call.params[0]), gas: `0x${gas.toString(16)}` }, ...call.params.slice(1)],
          }
        : call
    const queued = await workshop.queue(supplies.inserts(8))
    lift = workshop.proxy.impose(withGas(2_000_000))
    const report = await workshop.simulateBatch(queued)
    const kept = planned(report).flat()
    expect(kept.length).toBeGreaterThan(1)
    const left = idsOf(queued).filter((id) => !kept.includes(id))
    expect(left.length).toBeGreaterThan(1)
    expect(report.statuses).toEqual(Object.fromEntries(left.map((id) => [id, evicted('BatchFull')])))
    lift()
    lift = workshop.proxy.impose(withGas(300_000))
    const [alone] = queued
    const hopeless = await workshop.simulateBatch(alone === undefined ? [] : [alone])
    expect(hopeless.statuses).toEqual({ [alone?.id ?? '']: evicted('GasLimitExceeded') })
  })
})
