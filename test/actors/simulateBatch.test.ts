/** Simulates batches on a real chain: an operation that cannot be sent leaves with its own reason, and no other leaves with it. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Operation, QueuedOperation } from '../../src/domain/operation.ts'
import { createIdleAccount, type LiveAccount } from '../../src/load/account.ts'
import { isUnavailable } from '../../src/rpc/chainClient.ts'
import {
  callDataOf,
  changes,
  mined,
  nextChange,
  seedAccounts,
  sendAsStranger,
  signedBy,
} from '../support/accounts.ts'
import type { RpcCall } from '../support/rpcProxy.ts'
import { carries, isTrial, startWorkshop, type Workshop } from './support/workshop.ts'

let workshop: Workshop
let accounts: LiveAccount[]
let lift: () => void = () => {}

beforeAll(async () => {
  workshop = await startWorkshop(12)
  const seeds = { count: 90, authenticators: 2, random: workshop.random }
  accounts = [...(await seedAccounts(workshop.chain, seeds))]
})

afterAll(() => workshop.stop())

beforeEach(() => {
  lift = () => {}
})

afterEach(() => lift())

function nextAccount(): LiveAccount {
  const account = accounts.pop()
  if (account === undefined) throw new RangeError('more accounts are needed')
  return account
}

const creates = (count: number): Operation[] =>
  Array.from({ length: count }, () => createIdleAccount(workshop.random))

const insert = (account = nextAccount()) => nextChange(account, 'insert_authenticator', workshop.signing)

const inserts = (count: number): Operation[] => Array.from({ length: count }, () => insert().operation)

type Report = Awaited<ReturnType<Workshop['simulateBatch']>>

/** The operations of the planned calls. */
const planned = ({ plan }: Report) => (plan?.calls ?? []).map(({ operations }) => operations)

const idsOf = (operations: readonly QueuedOperation[]) => operations.map(({ id }) => id)

const evicted = (reason: string, nextNonce: number | null = null) => ({ type: 'Evicted', reason, nextNonce })

const failure = (code: string) => ({ type: 'Failed', reason: { type: 'ContractError', code }, txHash: null })

describe('a batch in simulation', () => {
  it('is planned with all creates in one call, and measured by kind', async () => {
    const queued = await workshop.queue([...creates(2), ...inserts(1), ...creates(1)])
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
    const queued = await workshop.queue(creates(2))
    const tired = await workshop.queue(creates(2), { tries: 1 })
    const report = await workshop.simulateBatch([...queued, ...tired])
    expect(planned(report)).toEqual([idsOf(queued), ...idsOf(tired).map((id) => [id])])
  })

  it('evicts operations above the gas limit: as BatchFull, or as GasLimitExceeded when one alone is too much', async () => {
    const queued = await workshop.queue(inserts(6))
    const report = await workshop.simulateBatch(queued, { gasCap: 1_700_000 })
    const kept = planned(report).flat()
    expect(kept).toEqual(idsOf(queued).slice(0, kept.length))
    expect(kept.length).toBeGreaterThan(1)
    const left = idsOf(queued).slice(kept.length)
    expect(report.statuses).toEqual(Object.fromEntries(left.map((id) => [id, evicted('BatchFull')])))
    expect(report.plan?.gasLimit).toBeLessThanOrEqual(1_700_000)

    const [alone] = await workshop.queue(inserts(1))
    const hopeless = await workshop.simulateBatch(alone === undefined ? [] : [alone], { gasCap: 400_000 })
    expect(hopeless).toMatchObject({
      plan: null,
      statuses: { [alone?.id ?? '']: evicted('GasLimitExceeded') },
    })
  })
})

describe('an operation that breaks the simulation of its batch', () => {
  /** A node that refuses every simulation with one of these operations. */
  const refuse = (...refused: readonly Operation[]) =>
    workshop.proxy.impose((call: RpcCall) =>
      isTrial(call) && refused.some((target) => carries(call, marker(target)))
        ? { code: -32603, message: 'EVM error: unexpected opcode' }
        : call,
    )
  /** Bytes that only the calls of this operation contain, alone or in a fold. */
  const marker = (operation: Operation) =>
    operation.kind === 'create_account' ? operation.offchainSignerCommitment : callDataOf(operation)

  it.each([0, 5, 9])(
    'leaves alone when the node refuses each simulation with it: position %i of ten',
    async (place) => {
      const operations = [...creates(4), ...inserts(6)]
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
    const operations = inserts(7)
    lift = refuse(...operations.slice(1, 2), ...operations.slice(5, 6))
    const queued = await workshop.queue(operations)
    const report = await workshop.simulateBatch(queued)
    expect(Object.keys(report.statuses)).toEqual([queued[1]?.id, queued[5]?.id])
    expect(planned(report)).toHaveLength(5)
  })

  it('is not searched when only the sum is too much: the second half waits for another batch', async () => {
    const queued = await workshop.queue(inserts(8))
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
    const queued = await workshop.queue(inserts(2))
    lift = workshop.proxy.impose((call) => (isTrial(call) ? refusal : call))
    await expect(workshop.simulateBatch(queued)).rejects.toThrow(error)
    lift()
    expect(planned(await workshop.simulateBatch(queued))).toHaveLength(2)
  })

  it('leaves with its reason when it is a create that breaks the fold, and the other creates fold without it', async () => {
    const [taken] = creates(1)
    if (taken === undefined) throw new Error('no create')
    await mined(workshop.chain, await sendAsStranger(workshop.chain, callDataOf(taken)))
    const late = { ...createIdleAccount(workshop.random), authenticatorAddresses: authenticatorsOf(taken) }
    const queued = await workshop.queue([...creates(2), late, ...creates(2)])
    const report = await workshop.simulateBatch(queued, { confirmations: 0 })
    const poisoned = queued[2]?.id ?? ''
    expect(report.statuses).toMatchObject({ [poisoned]: failure('authenticator_already_exists') })
    expect(planned(report)).toEqual([idsOf(queued).filter((id) => id !== poisoned)])
  })

  it('leaves with its reason when it conflicts with an operation ahead in the batch', async () => {
    const [first, second] = [insert(), nextAccount()]
    const twin = signedBy(second.authenticators[0].key, insert(second).operation, workshop.signing.domain, {
      newAuthenticatorAddress: first.operation.newAuthenticatorAddress,
    })
    const queued = await workshop.queue([first.operation, twin])
    const report = await workshop.simulateBatch(queued)
    expect(planned(report)).toEqual([[queued[0]?.id]])
    expect(report.statuses).toMatchObject({ [queued[1]?.id ?? '']: failure('authenticator_already_exists') })
  })

  it('returns to its lane when it is ahead of the earlier nonce of its lane', async () => {
    const [first, second] = changes(
      nextAccount(),
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
    const account = nextAccount()
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
    const queued = await workshop.queue(inserts(8))
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

const authenticatorsOf = (operation: Operation) =>
  operation.kind === 'create_account' ? operation.authenticatorAddresses : []

describe('an operation that a foreign transaction executed', () => {
  /** One operation for each way in which the copy of an executed operation fails. */
  const victims: readonly (readonly [string, () => Operation])[] = [
    ['a create, whose address is used', () => createIdleAccount(workshop.random)],
    ['an insert, whose address is used', () => insert().operation],
    [
      'an update, whose signer is gone',
      () => nextChange(nextAccount(), 'update_authenticator', workshop.signing).operation,
    ],
    [
      'a removal, whose nonce is used',
      () => nextChange(nextAccount(), 'remove_authenticator', workshop.signing).operation,
    ],
    [
      'a recovery, whose nonce is used',
      () => nextChange(nextAccount(), 'recover_account', workshop.signing).operation,
    ],
  ]

  it.each(victims)(
    'is tried again before the confirmation depth, and finalized at the depth: %s',
    async (_, make) => {
      const operation = make()
      const queued = await workshop.queue([operation, ...creates(1)])
      const [victim, other] = idsOf(queued)
      const theirs = await sendAsStranger(workshop.chain, callDataOf(operation))
      const { blockNumber, blockHash } = await mined(workshop.chain, theirs)

      const early = await workshop.simulateBatch(queued, { confirmations: 2 })
      expect(early.statuses).toEqual({ [victim ?? '']: evicted('Timeout') })
      expect(planned(early)).toEqual([[other]])
      await workshop.chain.client.mine({ blocks: 2 })
      const late = await workshop.simulateBatch(queued, { confirmations: 2 })
      expect(late.statuses).toEqual({
        [victim ?? '']: { type: 'Finalized', txHash: theirs, blockNumber: Number(blockNumber), gasUsed: 0 },
      })
      expect(late.evidenceBlock).toEqual({ [victim ?? '']: { blockNumber: Number(blockNumber), blockHash } })
    },
  )

  it('does not keep the next operation of its lane from the plan', async () => {
    const [first, second] = changes(
      nextAccount(),
      ['insert_authenticator', 'update_authenticator'],
      workshop.signing,
    )
    if (first === undefined || second === undefined) throw new Error('no operations')
    const queued = await workshop.queue([first, second])
    const theirs = await sendAsStranger(workshop.chain, callDataOf(first))
    await mined(workshop.chain, theirs)
    const report = await workshop.simulateBatch(queued, { confirmations: 0 })
    expect(report.statuses).toMatchObject({ [queued[0]?.id ?? '']: { type: 'Finalized', txHash: theirs } })
    expect(planned(report)).toEqual([[queued[1]?.id]])
  })

  it('is told from an operation whose nonce another operation used', async () => {
    const account = nextAccount()
    const [queued] = await workshop.queue([insert(account).operation])
    await mined(workshop.chain, await sendAsStranger(workshop.chain, callDataOf(insert(account).operation)))
    const report = await workshop.simulateBatch(queued === undefined ? [] : [queued], { confirmations: 0 })
    expect(report.statuses).toMatchObject({
      [queued?.id ?? '']: { type: 'Failed', reason: { type: 'NonceTooLow', expected: 1 } },
    })
  })

  it('does not excuse an operation with the same nonce, which fails at the confirmation depth, not before', async () => {
    const account = nextAccount()
    const queued = await workshop.queue([insert(account).operation])
    const id = queued[0]?.id ?? ''
    await mined(workshop.chain, await sendAsStranger(workshop.chain, callDataOf(insert(account).operation)))
    const early = await workshop.simulateBatch(queued, { confirmations: 2 })
    expect(early.statuses).toEqual({ [id]: evicted('Timeout') })
    await workshop.chain.client.mine({ blocks: 2 })
    const late = await workshop.simulateBatch(queued, { confirmations: 2 })
    expect(late.statuses).toMatchObject({ [id]: { type: 'Failed', reason: { type: 'NonceTooLow' } } })
  })

  it('on a branch that the chain has left is tried again', async () => {
    const operation = insert().operation
    const queued = await workshop.queue([operation])
    await mined(workshop.chain, await sendAsStranger(workshop.chain, callDataOf(operation)))
    const includedAt = await head()
    await workshop.chain.client.mine({ blocks: 20 })
    const hashOf = (number: number) => (number === includedAt ? OTHER_BRANCH : null)
    const followed = { head: await head(), hashOf }
    const report = await workshop.simulateBatch(queued, { confirmations: 0, followed })
    expect(report.statuses).toEqual({ [queued[0]?.id ?? '']: evicted('Timeout') })
  })

  it('gets no final verdict from a node on another branch', async () => {
    const operation = insert().operation
    const queued = await workshop.queue([operation])
    await mined(workshop.chain, await sendAsStranger(workshop.chain, callDataOf(operation)))
    const followed = { head: await head(), hashOf: () => OTHER_BRANCH }
    const report = await workshop.simulateBatch(queued, { confirmations: 0, followed })
    expect(report.statuses).toEqual({ [queued[0]?.id ?? '']: evicted('Timeout') })
  })

  it('gets no verdict while the log queries are not answered', async () => {
    const operation = insert().operation
    const queued = await workshop.queue([operation])
    await mined(workshop.chain, await sendAsStranger(workshop.chain, callDataOf(operation)))
    lift = workshop.proxy.impose((call) =>
      call.method === 'eth_getLogs' ? { code: -32000, message: 'busy', status: 503 } : call,
    )
    await expect(workshop.simulateBatch(queued, { confirmations: 0 })).rejects.toSatisfy(isUnavailable)
  })
})

const OTHER_BRANCH = `0x${'ff'.repeat(32)}` as const

const head = async () => Number(await workshop.client.getBlockNumber({ cacheTime: 0 }))

describe('an operation that fails', () => {
  /** The first operation replaces the only key of the account. The second is signed by the new key. */
  function dependent(): readonly Operation[] {
    return changes(nextAccount(), ['recover_account', 'update_authenticator'], workshop.signing)
  }

  it('without the operation before it is evicted as DependencyNotReady, for any revert', async () => {
    const [, second] = dependent()
    const [queued] = await workshop.queue(second === undefined ? [] : [second])
    const report = await workshop.simulateBatch(queued === undefined ? [] : [queued])
    expect(report.statuses).toEqual({ [queued?.id ?? '']: evicted('DependencyNotReady', 0) })
  })

  it('gets no verdict from a node that lacks the newest block', async () => {
    const account = nextAccount()
    const broken = signedBy(
      account.authenticators[0].key,
      insert(account).operation,
      workshop.signing.domain,
      {
        pubkeyId: 0,
      },
    )
    const queued = await workshop.queue([broken])
    const followed = { head: (await head()) + 1, hashOf: () => null }
    await expect(workshop.simulateBatch(queued, { confirmations: 0, followed })).rejects.toThrow(/block/i)
    await workshop.chain.client.mine({ blocks: 1 })
    const report = await workshop.simulateBatch(queued, { followed })
    expect(report.statuses).toMatchObject({ [queued[0]?.id ?? '']: failure('pubkey_id_in_use') })
  })

  /** A create whose address another create has used in the newest block. */
  async function late(): Promise<readonly QueuedOperation[]> {
    const [taken] = creates(1)
    if (taken === undefined) throw new Error('no create')
    await mined(workshop.chain, await sendAsStranger(workshop.chain, callDataOf(taken)))
    const authenticatorAddresses = authenticatorsOf(taken)
    return workshop.queue([{ ...createIdleAccount(workshop.random), authenticatorAddresses }])
  }

  it('because of a recent block waits for the confirmation depth, and then has a deep evidence block', async () => {
    const queued = await late()
    const id = queued[0]?.id ?? ''
    const early = await workshop.simulateBatch(queued, { confirmations: 2 })
    expect(early).toMatchObject({ statuses: { [id]: evicted('Timeout') }, evidenceBlock: {} })
    await workshop.chain.client.mine({ blocks: 2 })
    const depth = await workshop.client.getBlock({ blockNumber: BigInt((await head()) - 2) })
    const report = await workshop.simulateBatch(queued, { confirmations: 2 })
    expect(report.statuses).toMatchObject({ [id]: failure('authenticator_already_exists') })
    expect(report.evidenceBlock).toEqual({
      [id]: { blockNumber: Number(depth.number), blockHash: depth.hash },
    })
  })

  it('and was early at the confirmation depth waits, too', async () => {
    const account = nextAccount()
    const [first, second] = changes(
      account,
      ['insert_authenticator', 'insert_authenticator'],
      workshop.signing,
    )
    if (first === undefined || second === undefined) throw new Error('no operations')
    const queued = await workshop.queue([signedBy(account.recovery, second, workshop.signing.domain)])
    await mined(workshop.chain, await sendAsStranger(workshop.chain, callDataOf(first)))
    const id = queued[0]?.id ?? ''
    const early = await workshop.simulateBatch(queued, { confirmations: 1 })
    expect(early).toMatchObject({ statuses: { [id]: evicted('Timeout') }, evidenceBlock: {} })
    await workshop.chain.client.mine({ blocks: 1 })
    const late = await workshop.simulateBatch(queued, { confirmations: 1 })
    expect(late.statuses).toMatchObject({ [id]: { type: 'Failed' } })
  })

  it('because an operation with its nonce is ahead in the batch is evicted: the other may not be included', async () => {
    const account = nextAccount()
    const queued = await workshop.queue([insert(account).operation, insert(account).operation])
    const report = await workshop.simulateBatch(queued, { confirmations: 0 })
    expect(planned(report)).toEqual([[queued[0]?.id]])
    expect(report.statuses).toEqual({ [queued[1]?.id ?? '']: evicted('DependencyNotReady') })
  })

  it('with another reason at the confirmation depth has the newest block as evidence block', async () => {
    const seeds = { count: 1, authenticators: 1, random: workshop.random }
    const [account] = await seedAccounts(workshop.chain, seeds)
    if (account === undefined) throw new Error('no account')
    const { operation } = insert(account)
    const broken = signedBy(account.authenticators[0].key, operation, workshop.signing.domain, {
      pubkeyId: 0,
    })
    const queued = await workshop.queue([broken])
    const { hash: blockHash } = await workshop.client.getBlock()
    const id = queued[0]?.id ?? ''
    const report = await workshop.simulateBatch(queued, { confirmations: 1 })
    expect(report.statuses).toMatchObject({ [id]: { type: 'Failed' } })
    expect(report.evidenceBlock).toEqual({ [id]: { blockNumber: await head(), blockHash } })
  })

  it('because of a block that was orphaned in the meantime is tried again', async () => {
    const queued = await late()
    await workshop.chain.client.mine({ blocks: 20 })
    const now = await head()
    const hashOf = (number: number) => (number === now - 20 ? OTHER_BRANCH : null)
    const followed = { head: now, hashOf }
    const report = await workshop.simulateBatch(queued, { confirmations: 20, followed })
    expect(report).toMatchObject({
      statuses: { [queued[0]?.id ?? '']: evicted('Timeout') },
      evidenceBlock: {},
    })
  })

  it('in the state of one block only is tried again', async () => {
    const [first, second] = dependent()
    const queued = await workshop.queue(second === undefined ? [] : [second])
    await mined(workshop.chain, await sendAsStranger(workshop.chain, callDataOf(first ?? insert().operation)))
    const now = await head()
    // The node is one block behind, except in reads by block number.
    lift = workshop.proxy.impose((call) => {
      const [trial, block, ...rest] = call.params
      const past = `0x${(now - 1).toString(16)}`
      return isTrial(call) && block === 'latest' ? { ...call, params: [trial, past, ...rest] } : call
    })
    const report = await workshop.simulateBatch(queued, { followed: { head: now, hashOf: () => null } })
    expect(report.statuses).toEqual({ [queued[0]?.id ?? '']: evicted('DependencyNotReady') })
  })
})
