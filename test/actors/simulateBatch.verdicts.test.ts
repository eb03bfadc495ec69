/** The verdicts of simulated operations that are on chain already, or that fail: from which block, and when. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { QueuedOperation } from '../../src/domain/operation.ts'
import { createIdleAccount } from '../../src/load/account.ts'
import type { WorldIdOperation } from '../../src/registry/worldId/operations.ts'
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
import { authenticatorsOf, evicted, failure, idsOf, planned } from './support/simulatedBatches.ts'
import { type Supplies, supplyOperations } from './support/supplies.ts'
import { isTrial, startWorkshop, type Workshop } from './support/workshop.ts'

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

const OTHER_BRANCH = `0x${'ff'.repeat(32)}` as const

const head = async () => Number(await workshop.client.getBlockNumber({ cacheTime: 0 }))

describe('an operation that a foreign transaction executed', () => {
  /** One operation for each way in which the copy of an executed operation fails. */
  const victims: readonly (readonly [string, () => WorldIdOperation])[] = [
    ['a create, whose address is used', () => createIdleAccount(workshop.random)],
    ['an insert, whose address is used', () => supplies.insert().operation],
    [
      'an update, whose signer is gone',
      () => nextChange(supplies.nextAccount(), 'update_authenticator', workshop.signing).operation,
    ],
    [
      'a removal, whose nonce is used',
      () => nextChange(supplies.nextAccount(), 'remove_authenticator', workshop.signing).operation,
    ],
    [
      'a recovery, whose nonce is used',
      () => nextChange(supplies.nextAccount(), 'recover_account', workshop.signing).operation,
    ],
  ]

  it.each(victims)(
    'is tried again before the confirmation depth, and finalized at the depth: %s',
    async (_, make) => {
      const operation = make()
      const queued = await workshop.queue([operation, ...supplies.creates(1)])
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

  it('is judged by the depth at the newest block, although the tag of the chain was nearer at the start', async () => {
    const operation = createIdleAccount(workshop.random)
    const queued = await workshop.queue([operation])
    await mined(workshop.chain, await sendAsStranger(workshop.chain, callDataOf(operation)))
    const newest = await head()
    // The chainMonitor observes several blocks during the simulation, and the tag stays behind.
    let isObserved = false
    const followed = {
      get head() {
        isObserved = true
        return newest
      },
      hashOf: () => null,
    }
    const report = await workshop.simulateBatch(queued, {
      followed,
      confirmations: () => (isObserved ? 5 : 0),
    })
    expect(report.statuses).toEqual({ [idsOf(queued)[0] ?? '']: evicted('Timeout') })
  })

  it('does not keep the next operation of its lane from the plan', async () => {
    const [first, second] = changes(
      supplies.nextAccount(),
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
    const account = supplies.nextAccount()
    const [queued] = await workshop.queue([supplies.insert(account).operation])
    await mined(
      workshop.chain,
      await sendAsStranger(workshop.chain, callDataOf(supplies.insert(account).operation)),
    )
    const report = await workshop.simulateBatch(queued === undefined ? [] : [queued], { confirmations: 0 })
    expect(report.statuses).toMatchObject({
      [queued?.id ?? '']: { type: 'Failed', reason: { type: 'NonceTooLow', expected: 1 } },
    })
  })

  it('does not excuse an operation with the same nonce, which fails at the confirmation depth, not before', async () => {
    const account = supplies.nextAccount()
    const queued = await workshop.queue([supplies.insert(account).operation])
    const id = queued[0]?.id ?? ''
    await mined(
      workshop.chain,
      await sendAsStranger(workshop.chain, callDataOf(supplies.insert(account).operation)),
    )
    const early = await workshop.simulateBatch(queued, { confirmations: 2 })
    expect(early.statuses).toEqual({ [id]: evicted('Timeout') })
    await workshop.chain.client.mine({ blocks: 2 })
    const late = await workshop.simulateBatch(queued, { confirmations: 2 })
    expect(late.statuses).toMatchObject({ [id]: { type: 'Failed', reason: { type: 'NonceTooLow' } } })
  })

  it('on a branch that the chain has left is tried again', async () => {
    const operation = supplies.insert().operation
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
    const operation = supplies.insert().operation
    const queued = await workshop.queue([operation])
    await mined(workshop.chain, await sendAsStranger(workshop.chain, callDataOf(operation)))
    const followed = { head: await head(), hashOf: () => OTHER_BRANCH }
    const report = await workshop.simulateBatch(queued, { confirmations: 0, followed })
    expect(report.statuses).toEqual({ [queued[0]?.id ?? '']: evicted('Timeout') })
  })

  it('gets no verdict while the log queries are not answered', async () => {
    const operation = supplies.insert().operation
    const queued = await workshop.queue([operation])
    await mined(workshop.chain, await sendAsStranger(workshop.chain, callDataOf(operation)))
    lift = workshop.proxy.impose((call) =>
      call.method === 'eth_getLogs' ? { code: -32000, message: 'busy', status: 503 } : call,
    )
    await expect(workshop.simulateBatch(queued, { confirmations: 0 })).rejects.toSatisfy(isUnavailable)
  })
})

describe('an operation that fails', () => {
  /** The first operation replaces the only key of the account. The second is signed by the new key. */
  function dependent(): readonly WorldIdOperation[] {
    return changes(supplies.nextAccount(), ['recover_account', 'update_authenticator'], workshop.signing)
  }

  it('without the operation before it is evicted as DependencyNotReady, for any revert', async () => {
    const [, second] = dependent()
    const [queued] = await workshop.queue(second === undefined ? [] : [second])
    const report = await workshop.simulateBatch(queued === undefined ? [] : [queued])
    expect(report.statuses).toEqual({ [queued?.id ?? '']: evicted('DependencyNotReady', 0) })
  })

  it('gets no verdict from a node that lacks the newest block', async () => {
    const account = supplies.nextAccount()
    const broken = signedBy(
      account.authenticators[0].key,
      supplies.insert(account).operation,
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
    const [taken] = supplies.creates(1)
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
    const account = supplies.nextAccount()
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
    const account = supplies.nextAccount()
    const queued = await workshop.queue([
      supplies.insert(account).operation,
      supplies.insert(account).operation,
    ])
    const report = await workshop.simulateBatch(queued, { confirmations: 0 })
    expect(planned(report)).toEqual([[queued[0]?.id]])
    expect(report.statuses).toEqual({ [queued[1]?.id ?? '']: evicted('DependencyNotReady') })
  })

  it('with another reason at the confirmation depth has the newest block as evidence block', async () => {
    const seeds = { count: 1, authenticators: 1, random: workshop.random }
    const [account] = await seedAccounts(workshop.chain, seeds)
    if (account === undefined) throw new Error('no account')
    const { operation } = supplies.insert(account)
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
    await mined(
      workshop.chain,
      await sendAsStranger(workshop.chain, callDataOf(first ?? supplies.insert().operation)),
    )
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
