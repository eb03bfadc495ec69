/** A batch is simulated on a real chain: what cannot ride leaves with its own reason, and takes nobody along. */
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
const riding = ({ plan }: Report) => (plan?.calls ?? []).map(({ operations }) => operations)

const idsOf = (operations: readonly QueuedOperation[]) => operations.map(({ id }) => id)

const evicted = (reason: string, nextNonce: number | null = null) => ({ type: 'Evicted', reason, nextNonce })

const failure = (code: string) => ({ type: 'Failed', reason: { type: 'ContractError', code }, txHash: null })

describe('a batch in simulation', () => {
  it('is planned with its creates in one call, and measured', async () => {
    const queued = await workshop.queue([...creates(2), ...inserts(1), ...creates(1)])
    const report = await workshop.simulateBatch(queued)
    const [first, second, single, third] = idsOf(queued)
    expect(report.statuses).toEqual({})
    expect(riding(report)).toEqual([[first, second, third], [single]])
    expect(report.measured.map(({ kind, operations }) => [kind, operations])).toEqual([
      ['create_account', 3],
      ['insert_authenticator', 1],
    ])
  })

  it('gives a create a call of its own that ran out of gas before', async () => {
    const queued = await workshop.queue(creates(2))
    const tired = await workshop.queue(creates(2), { tries: 1 })
    const report = await workshop.simulateBatch([...queued, ...tired])
    expect(riding(report)).toEqual([idsOf(queued), ...idsOf(tired).map((id) => [id])])
  })

  it('leaves behind what is over the gas cap: for another batch, unless it is too much even alone', async () => {
    const queued = await workshop.queue(inserts(6))
    const report = await workshop.simulateBatch(queued, { gasCap: 1_700_000 })
    const kept = riding(report).flat()
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

describe('trap 10: poison', () => {
  /** A node that cannot digest certain calls, in whatever company. */
  const choke = (...poisons: readonly Operation[]) =>
    workshop.proxy.impose((call: RpcCall) =>
      isTrial(call) && poisons.some((poison) => carries(call, marker(poison)))
        ? { code: -32603, message: 'EVM error: unexpected opcode' }
        : call,
    )
  /** Bytes that are in a call for it, alone or in a fold, and in no other. */
  const marker = (operation: Operation) =>
    operation.kind === 'create_account' ? operation.offchainSignerCommitment : callDataOf(operation)

  it.each([0, 5, 9])(
    'operation %i of ten, which the node refuses in any company, leaves alone',
    async (place) => {
      const operations = [...creates(4), ...inserts(6)]
      const poison = operations[place]
      if (poison === undefined) throw new RangeError('no such place')
      lift = choke(poison)
      const queued = await workshop.queue(operations)
      const report = await workshop.simulateBatch(queued)
      expect(report.statuses).toEqual({ [queued[place]?.id ?? '']: evicted('GasLimitExceeded') })
      expect(riding(report).flat()).toEqual(idsOf(queued).filter((_, index) => index !== place))
    },
  )

  it('two of them leave, and the rest rides', async () => {
    const operations = inserts(7)
    lift = choke(...operations.slice(1, 2), ...operations.slice(5, 6))
    const queued = await workshop.queue(operations)
    const report = await workshop.simulateBatch(queued)
    expect(Object.keys(report.statuses)).toEqual([queued[1]?.id, queued[5]?.id])
    expect(riding(report)).toHaveLength(5)
  })

  it('what is too much only together is halved, and the second half waits for another batch', async () => {
    const queued = await workshop.queue(inserts(8))
    lift = workshop.proxy.impose((call) =>
      isTrial(call) && JSON.stringify(call).length > 10_000
        ? { code: -32000, message: 'request too large' }
        : call,
    )
    const report = await workshop.simulateBatch(queued)
    expect(riding(report).flat()).toEqual(idsOf(queued).slice(0, 4))
    const rest = idsOf(queued).slice(4)
    expect(report.statuses).toEqual(Object.fromEntries(rest.map((id) => [id, evicted('BatchFull')])))
  })

  it.each([
    ['does not answer', { code: -32000, message: 'try later', status: 503 }, /503/],
    ['has its own troubles with every call', { code: -32603, message: 'disk is full' }, /disk is full/],
  ])('a node that %s evicts nobody', async (_, refusal, error) => {
    const queued = await workshop.queue(inserts(2))
    lift = workshop.proxy.impose((call) => (isTrial(call) ? refusal : call))
    await expect(workshop.simulateBatch(queued)).rejects.toThrow(error)
    lift()
    expect(riding(await workshop.simulateBatch(queued))).toHaveLength(2)
  })

  it('a create that breaks its fold leaves with its reason, and the others fold without it', async () => {
    const [taken] = creates(1)
    if (taken === undefined) throw new Error('no create')
    await mined(workshop.chain, await sendAsStranger(workshop.chain, callDataOf(taken)))
    const late = { ...createIdleAccount(workshop.random), authenticatorAddresses: authenticatorsOf(taken) }
    const queued = await workshop.queue([...creates(2), late, ...creates(2)])
    const report = await workshop.simulateBatch(queued, { confirmations: 0 })
    const poisoned = queued[2]?.id ?? ''
    expect(report.statuses).toMatchObject({ [poisoned]: failure('authenticator_already_exists') })
    expect(riding(report)).toEqual([idsOf(queued).filter((id) => id !== poisoned)])
  })

  it('of two that are sound alone and not together the second leaves with its reason', async () => {
    const [first, second] = [insert(), nextAccount()]
    const twin = signedBy(second.authenticators[0].key, insert(second).operation, workshop.signing.domain, {
      newAuthenticatorAddress: first.operation.newAuthenticatorAddress,
    })
    const queued = await workshop.queue([first.operation, twin])
    const report = await workshop.simulateBatch(queued)
    expect(riding(report)).toEqual([[queued[0]?.id]])
    expect(report.statuses).toMatchObject({ [queued[1]?.id ?? '']: failure('authenticator_already_exists') })
  })

  it('two of an account in the wrong order: the early one waits for its turn', async () => {
    const [first, second] = changes(
      nextAccount(),
      ['insert_authenticator', 'update_authenticator'],
      workshop.signing,
    )
    if (first === undefined || second === undefined) throw new Error('no operations')
    const queued = await workshop.queue([second, first])
    const report = await workshop.simulateBatch(queued)
    expect(riding(report)).toEqual([[queued[1]?.id]])
    expect(report.statuses).toEqual({ [queued[0]?.id ?? '']: evicted('DependencyNotReady', 0) })
  })

  it('what follows a failure of its account is not judged', async () => {
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

  it('what ran out of gas through its companions waits for another batch; what did alone is to blame', async () => {
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
    const kept = riding(report).flat()
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

describe('trap 17: somebody front-runs a signed operation, and simulation sees it', () => {
  /** One of each way in which a landed operation's copy fails. */
  const victims: readonly (readonly [string, () => Operation])[] = [
    ['a create, whose address is taken', () => createIdleAccount(workshop.random)],
    ['an insert, whose address is taken', () => insert().operation],
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

  it.each(victims)('%s: it waits for the depth, and is finalized then', async (_, make) => {
    const operation = make()
    const queued = await workshop.queue([operation, ...creates(1)])
    const [victim, other] = idsOf(queued)
    const theirs = await sendAsStranger(workshop.chain, callDataOf(operation))
    const { blockNumber, blockHash } = await mined(workshop.chain, theirs)

    const early = await workshop.simulateBatch(queued, { confirmations: 2 })
    expect(early.statuses).toEqual({ [victim ?? '']: evicted('Timeout') })
    expect(riding(early)).toEqual([[other]])
    await workshop.chain.client.mine({ blocks: 2 })
    const late = await workshop.simulateBatch(queued, { confirmations: 2 })
    expect(late.statuses).toEqual({
      [victim ?? '']: { type: 'Finalized', txHash: theirs, blockNumber: Number(blockNumber), gasUsed: 0 },
    })
    expect(late.evidenceBlock).toEqual({ [victim ?? '']: { blockNumber: Number(blockNumber), blockHash } })
  })

  it('what follows it in its account rides', async () => {
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
    expect(riding(report)).toEqual([[queued[1]?.id]])
  })

  it('another operation that took its nonce is not taken for it', async () => {
    const account = nextAccount()
    const [queued] = await workshop.queue([insert(account).operation])
    await mined(workshop.chain, await sendAsStranger(workshop.chain, callDataOf(insert(account).operation)))
    const report = await workshop.simulateBatch(queued === undefined ? [] : [queued], { confirmations: 0 })
    expect(report.statuses).toMatchObject({
      [queued?.id ?? '']: { type: 'Failed', reason: { type: 'NonceTooLow', expected: 1 } },
    })
  })

  it('another operation that took its nonce fails it at the depth, and not before: a reorg may give it back', async () => {
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

  it('in a block of a branch that the chain has left, it is not final', async () => {
    const operation = insert().operation
    const queued = await workshop.queue([operation])
    await mined(workshop.chain, await sendAsStranger(workshop.chain, callDataOf(operation)))
    const landedAt = await head()
    await workshop.chain.client.mine({ blocks: 20 })
    const hashOf = (number: number) => (number === landedAt ? OTHER_BRANCH : null)
    const followed = { head: await head(), hashOf }
    const report = await workshop.simulateBatch(queued, { confirmations: 0, followed })
    expect(report.statuses).toEqual({ [queued[0]?.id ?? '']: evicted('Timeout') })
  })

  it('nobody is judged by a node that is on another branch', async () => {
    const operation = insert().operation
    const queued = await workshop.queue([operation])
    await mined(workshop.chain, await sendAsStranger(workshop.chain, callDataOf(operation)))
    const followed = { head: await head(), hashOf: () => OTHER_BRANCH }
    const report = await workshop.simulateBatch(queued, { confirmations: 0, followed })
    expect(report.statuses).toEqual({ [queued[0]?.id ?? '']: evicted('Timeout') })
  })

  it('nobody is judged while the chain does not tell where it landed', async () => {
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
  /** The second is signed by the key that the first puts in the place of the account's only one. */
  function dependent(): readonly Operation[] {
    return changes(nextAccount(), ['recover_account', 'update_authenticator'], workshop.signing)
  }

  it('without the one before it is not judged, whatever it reverts with', async () => {
    const [, second] = dependent()
    const [queued] = await workshop.queue(second === undefined ? [] : [second])
    const report = await workshop.simulateBatch(queued === undefined ? [] : [queued])
    expect(report.statuses).toEqual({ [queued?.id ?? '']: evicted('DependencyNotReady', 0) })
  })

  it('is not judged by a node that does not have the newest block', async () => {
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

  /** A create whose address another one has taken in the newest block. */
  async function late(): Promise<readonly QueuedOperation[]> {
    const [taken] = creates(1)
    if (taken === undefined) throw new Error('no create')
    await mined(workshop.chain, await sendAsStranger(workshop.chain, callDataOf(taken)))
    const authenticatorAddresses = authenticatorsOf(taken)
    return workshop.queue([{ ...createIdleAccount(workshop.random), authenticatorAddresses }])
  }

  it('by what a reorg may still take back waits for the depth, and then stands on that block', async () => {
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

  it('and whose turn had not come at the depth waits, too', async () => {
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

  it('because one of its nonce is ahead of it in the batch has not failed: that one may yet not land', async () => {
    const account = nextAccount()
    const queued = await workshop.queue([insert(account).operation, insert(account).operation])
    const report = await workshop.simulateBatch(queued, { confirmations: 0 })
    expect(riding(report)).toEqual([[queued[0]?.id]])
    expect(report.statuses).toEqual({ [queued[1]?.id ?? '']: evicted('DependencyNotReady') })
  })

  it('otherwise at the depth than now stands on the newest block', async () => {
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

  it('by a block that the chain has left meanwhile is tried again', async () => {
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

  it('in the state of one block and not in that of another is tried again', async () => {
    const [first, second] = dependent()
    const queued = await workshop.queue(second === undefined ? [] : [second])
    await mined(workshop.chain, await sendAsStranger(workshop.chain, callDataOf(first ?? insert().operation)))
    const now = await head()
    // A node that is a block behind, but for what is asked of a block by its number.
    lift = workshop.proxy.impose((call) => {
      const [trial, block, ...rest] = call.params
      const past = `0x${(now - 1).toString(16)}`
      return isTrial(call) && block === 'latest' ? { ...call, params: [trial, past, ...rest] } : call
    })
    const report = await workshop.simulateBatch(queued, { followed: { head: now, hashOf: () => null } })
    expect(report.statuses).toEqual({ [queued[0]?.id ?? '']: evicted('DependencyNotReady') })
  })
})
