/** What became of each operation of a transaction that landed, read of a node that traces and of one that does not. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { readOutcome } from '../../src/actors/readOutcome.ts'
import type { BatchPlan, Inclusion } from '../../src/domain/batch.ts'
import type { Operation, QueuedOperation } from '../../src/domain/operation.ts'
import type { Hash } from '../../src/domain/primitives.ts'
import type { OpStatus } from '../../src/domain/status.ts'
import { createIdleAccount, type LiveAccount } from '../../src/load/account.ts'
import type { OutcomeInput } from '../../src/machines/pendingBatch/context.ts'
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
import { pinned, runActor } from '../support/runActor.ts'
import { NOT_FOLLOWED, startWorkshop, type Workshop } from './support/workshop.ts'

let workshop: Workshop
let accounts: LiveAccount[]

beforeAll(async () => {
  workshop = await startWorkshop(14)
  const seeds = { count: 40, authenticators: 2, random: workshop.random }
  accounts = [...(await seedAccounts(workshop.chain, seeds))]
})

afterAll(() => workshop.stop())

afterEach(() => workshop.chain.client.setAutomine(true))

function nextAccount(): LiveAccount {
  const account = accounts.pop()
  if (account === undefined) throw new RangeError('more accounts are needed')
  return account
}

const insert = (account = nextAccount()) =>
  nextChange(account, 'insert_authenticator', workshop.signing).operation

const ownerOf = ({ authenticators: [{ key }] }: LiveAccount) => key

/** A batch that passed simulation. */
interface Planned {
  readonly queued: readonly QueuedOperation[]
  readonly plan: BatchPlan
}

interface Landed extends Planned {
  readonly inclusion: Inclusion
  readonly gasUsed: number
}

async function plan(operations: readonly Operation[]): Promise<Planned> {
  const queued = await workshop.queue(operations)
  const { plan: planned, statuses } = await workshop.simulateBatch(queued)
  if (planned === null || Object.keys(statuses).length > 0) throw new Error('simulation kept something back')
  return { queued, plan: planned }
}

async function land(planned: Planned, gas?: number): Promise<Landed> {
  const { receipt, inclusion } = await workshop.land(planned.plan, gas)
  return { ...planned, inclusion, gasUsed: Number(receipt.gasUsed) }
}

/** Lands operations without us, in a block before. */
async function landElsewhere(...operations: readonly Operation[]): Promise<readonly Hash[]> {
  const hashes: Hash[] = []
  for (const operation of operations) {
    const hash = await sendAsStranger(workshop.chain, callDataOf(operation))
    await mined(workshop.chain, hash)
    hashes.push(hash)
  }
  return hashes
}

/** Lands it in the block of a stranger's operation that comes first. */
async function landBehind(planned: Planned, rival: Operation): Promise<Landed> {
  const { chain } = workshop
  await chain.client.setAutomine(false)
  await sendAsStranger(chain, callDataOf(rival), { tip: 50n })
  const hash = await chain.client.sendTransaction({
    to: chain.multicallAddress,
    data: planned.plan.callData,
    gas: BigInt(planned.plan.gasLimit),
  })
  await chain.client.mine({ blocks: 1 })
  const { blockNumber, blockHash, gasUsed, transactionIndex } = await chain.client.getTransactionReceipt({
    hash,
  })
  expect(transactionIndex).toBe(1)
  const inclusion = { txHash: hash, blockNumber: Number(blockNumber), blockHash }
  return { ...planned, inclusion, gasUsed: Number(gasUsed) }
}

function outcomeReader(followed = NOT_FOLLOWED) {
  const { client, simulate, store, chain } = workshop
  const logic = readOutcome({
    endpoints: pinned(client),
    simulatorAt: () => simulate,
    store,
    registry: chain.registryAddress,
    followed: () => followed,
  })
  return (input: OutcomeInput) => runActor(logic, input)
}

async function read({
  plan: planned,
  queued,
  inclusion,
}: Landed): Promise<readonly (OpStatus | undefined)[]> {
  const report = await outcomeReader()({ plan: planned, operations: queued, inclusion })
  if (report.type !== 'settled') throw new Error(`the batch is ${report.type}`)
  return queued.map(({ id }) => report.statuses[id])
}

const tracesAsked = () => workshop.proxy.seen.filter(({ method }) => method.startsWith('debug_')).length

/** Reads by a trace, and again where the node does not trace: both must say the same. */
async function readBothWays(landed: Landed): Promise<readonly (OpStatus | undefined)[]> {
  const before = tracesAsked()
  const traced = await read(landed)
  expect(tracesAsked()).toBe(before + 1)
  const lift = workshop.proxy.impose((call) =>
    call.method.startsWith('debug_')
      ? { code: -32601, message: 'the method does not exist', status: 403 }
      : call,
  )
  const simulated = await read(landed).finally(lift)
  expect(simulated).toEqual(traced)
  return traced
}

const finalizedIn = (txHash: Hash) => ({ type: 'Finalized', txHash })
const evicted = (reason: string) => ({ type: 'Evicted', reason, nextNonce: null })

describe('trap 9: return data is not in the receipt', () => {
  it('a batch that succeeded is read from its logs, and its gas shared among its operations', async () => {
    const operations = [createIdleAccount(workshop.random), insert(), createIdleAccount(workshop.random)]
    const landed = await land(await plan(operations))
    const before = tracesAsked()
    const statuses = await read(landed)
    expect(tracesAsked()).toBe(before)
    const { txHash } = landed.inclusion
    expect(statuses).toMatchObject(operations.map(() => finalizedIn(txHash)))
    const gas = statuses.map((status) => (status?.type === 'Finalized' ? status.gasUsed : 0))
    expect(gas[0]).toBe(gas[2])
    expect(Math.abs(gas.reduce((sum, each) => sum + each, 0) - landed.gasUsed)).toBeLessThan(
      operations.length,
    )
  })

  it('what somebody else spoilt in a block before failed for its own reason, and the rest landed', async () => {
    const [taken, used] = [nextAccount(), nextAccount()]
    const recovery = nextChange(used, 'recover_account', workshop.signing).operation
    const planned = await plan([insert(taken), insert(), recovery])
    await landElsewhere(insert(taken), insert(used))
    const landed = await land(planned)
    const { txHash } = landed.inclusion
    expect(await readBothWays(landed)).toMatchObject([
      { type: 'Failed', reason: { type: 'ContractError', code: 'pubkey_id_in_use' }, txHash },
      finalizedIn(txHash),
      { type: 'Failed', reason: { type: 'NonceTooLow', expected: 1 }, txHash },
    ])
  })

  it('what somebody else spoilt in its own block failed for its own reason too', async () => {
    const account = nextAccount()
    const planned = await plan([insert(), nextChange(account, 'recover_account', workshop.signing).operation])
    const landed = await landBehind(planned, insert(account))
    expect(await readBothWays(landed)).toMatchObject([
      finalizedIn(landed.inclusion.txHash),
      { type: 'Failed', reason: { type: 'NonceTooLow', expected: 1 } },
    ])
  })

  it('trap 6: what came too early, for a reorg had taken back the one before, is tried again whatever it reverts with', async () => {
    const { client } = workshop.chain
    const id = await client.snapshot()
    const kinds = ['recover_account', 'update_authenticator'] as const
    const [recovery, ...updates] = changes(nextAccount(), kinds, workshop.signing)
    if (recovery !== undefined) await landElsewhere(recovery)
    const planned = await plan([insert(), ...updates])
    await client.revert({ id })
    const landed = await land(planned)
    expect(await readBothWays(landed)).toEqual([
      expect.objectContaining(finalizedIn(landed.inclusion.txHash)),
      { type: 'Evicted', reason: 'DependencyNotReady', nextNonce: 0 },
    ])
  })

  it('whose turn it was is asked again of a node that does not have the block before', async () => {
    const account = nextAccount()
    const spoilt = await plan([insert(account)])
    await landElsewhere(insert(account))
    const landed = await land(spoilt)
    const lacking = (message: string) =>
      workshop.proxy.impose((call) =>
        call.method === 'eth_call' && typeof call.params[1] === 'object' ? { code: -32000, message } : call,
      )
    let lift = lacking('header not found')
    await expect(read(landed).finally(lift)).rejects.toSatisfy(isUnavailable)
    lift = lacking('missing trie node')
    expect(await read(landed).finally(lift)).toMatchObject([{ type: 'Failed' }])
  })

  it('what somebody else landed in its own block did land', async () => {
    const operation = insert()
    const planned = await plan([operation, insert()])
    const landed = await landBehind(planned, operation)
    const [first, second] = await readBothWays(landed)
    expect(first).toMatchObject({ type: 'Finalized', blockNumber: landed.inclusion.blockNumber, gasUsed: 0 })
    expect(first).not.toMatchObject(finalizedIn(landed.inclusion.txHash))
    expect(second).toMatchObject(finalizedIn(landed.inclusion.txHash))
  })

  it('a fold that somebody broke says nothing of its members: they are tried again', async () => {
    const [taken, ...others] = [1, 2, 3].map(() => createIdleAccount(workshop.random))
    if (taken === undefined) throw new Error('no create')
    const planned = await plan([taken, ...others, insert()])
    const rival = {
      ...createIdleAccount(workshop.random),
      authenticatorAddresses: taken.authenticatorAddresses,
    }
    await landElsewhere(rival)
    const landed = await land(planned)
    expect(await readBothWays(landed)).toMatchObject([
      ...[1, 2, 3].map(() => evicted('DependencyNotReady')),
      finalizedIn(landed.inclusion.txHash),
    ])
  })

  it('what ran out of gas is told from what failed, and is tried again', async () => {
    const planned = await plan([insert(), insert(), insert()])
    const landed = await land(planned, planned.plan.gasLimit - 450_000)
    const { txHash } = landed.inclusion
    expect(await readBothWays(landed)).toMatchObject([
      finalizedIn(txHash),
      finalizedIn(txHash),
      evicted('GasLimitExceeded'),
    ])
  })

  it('a fold that ran out of gas is told from one that was broken', async () => {
    const planned = await plan([createIdleAccount(workshop.random), createIdleAccount(workshop.random)])
    const landed = await land(planned, planned.plan.gasLimit - 300_000)
    expect(await readBothWays(landed)).toMatchObject([
      evicted('GasLimitExceeded'),
      evicted('GasLimitExceeded'),
    ])
  })

  it('a transaction that ran out of gas as a whole says nothing of anybody', async () => {
    const planned = await plan([insert(), insert()])
    const landed = await land(planned, 150_000)
    expect(await read(landed)).toMatchObject([evicted('GasLimitExceeded'), evicted('GasLimitExceeded')])
  })

  it('is not asked of a block that is not canonical any more', async () => {
    const landed = await land(await plan([insert()]))
    await workshop.chain.client.request({ method: 'anvil_reorg' as never, params: [1, []] as never })
    const { plan: planned, queued, inclusion } = landed
    expect(await outcomeReader()({ plan: planned, operations: queued, inclusion })).toEqual({
      type: 'orphaned',
    })
  })

  it('is not read in another block than the one in which the transaction was seen', async () => {
    const { plan: planned, queued, inclusion } = await land(await plan([insert()]))
    const input = { plan: planned, operations: queued, inclusion }
    const blockHash: Hash = `0x${'ee'.repeat(32)}`
    const seenElsewhere = { ...input, inclusion: { ...inclusion, blockHash } }
    expect(await outcomeReader()(seenElsewhere)).toEqual({ type: 'orphaned' })
  })

  it('is not read of a receipt whose block is not in its place', async () => {
    const { plan: planned, queued, inclusion } = await land(await plan([insert()]))
    const lift = workshop.proxy.impose((call) =>
      call.method === 'eth_getBlockByNumber' ? { ...call, params: ['0x1', false] } : call,
    )
    const outcome = await outcomeReader()({ plan: planned, operations: queued, inclusion })
    lift()
    expect(outcome).toEqual({ type: 'orphaned' })
  })

  it('is not taken from a node on another branch than the one that is followed', async () => {
    const { plan: planned, queued, inclusion } = await land(await plan([insert()]))
    const readerWith = (hash: Hash) => outcomeReader({ head: inclusion.blockNumber, hashOf: () => hash })
    const input = { plan: planned, operations: queued, inclusion }
    expect(await readerWith(`0x${'ff'.repeat(32)}`)(input)).toEqual({ type: 'orphaned' })
    expect(await readerWith(inclusion.blockHash)(input)).toMatchObject({ type: 'settled' })
  })

  it('in a block that was not seen is taken from a node only that has the newest one that was', async () => {
    const { plan: planned, queued, inclusion } = await land(await plan([insert()]))
    await workshop.chain.client.mine({ blocks: 1 })
    const { number, hash } = await workshop.chain.client.getBlock()
    const input = { plan: planned, operations: queued, inclusion }
    const readerAt = (head: number, itsHash: Hash) =>
      outcomeReader({ head, hashOf: (of) => (of === head ? itsHash : null) })
    expect(await readerAt(Number(number), hash)(input)).toMatchObject({ type: 'settled' })
    expect(await readerAt(Number(number), inclusion.blockHash)(input)).toEqual({ type: 'orphaned' })
    // Its chain is shorter: a reorg that was not followed yet.
    expect(await readerAt(Number(number) + 1, hash)(input)).toEqual({ type: 'orphaned' })
  })
})

describe('two operations of a kind on one account in one batch', () => {
  it('are told apart when the second fails', async () => {
    const account = nextAccount()
    const [first, second] = changes(
      account,
      ['insert_authenticator', 'insert_authenticator'],
      workshop.signing,
    )
    if (first === undefined || second?.kind !== 'insert_authenticator') throw new Error('no operations')
    const planned = await plan([first, second])
    // The second's new address belongs to somebody by then.
    const rival = {
      ...createIdleAccount(workshop.random),
      authenticatorAddresses: [second.newAuthenticatorAddress],
    }
    await landElsewhere(rival)
    const landed = await land(planned)
    expect(await readBothWays(landed)).toMatchObject([
      finalizedIn(landed.inclusion.txHash),
      { type: 'Failed', reason: { type: 'ContractError', code: 'authenticator_already_exists' } },
    ])
  })

  it('are told apart when they leave the same log, and only the second landed here', async () => {
    const account = nextAccount()
    const { domain } = workshop.signing
    const there = nextChange(account, 'insert_authenticator', workshop.signing)
    const back = signedBy(
      ownerOf(account),
      nextChange(there.account, 'remove_authenticator', workshop.signing).operation,
      domain,
      {
        authenticatorAddress: there.operation.newAuthenticatorAddress,
        authenticatorPubkey: there.operation.newAuthenticatorPubkey,
        pubkeyId: there.operation.pubkeyId,
        newOffchainSignerCommitment: account.commitment,
      },
    )
    const again = signedBy(ownerOf(account), there.operation, domain, { nonce: '0x2' })
    const planned = await plan([there.operation, back, again])
    const [first, second] = await landElsewhere(there.operation, back)
    const landed = await land(planned)
    expect(await readBothWays(landed)).toMatchObject([
      finalizedIn(first ?? '0x'),
      finalizedIn(second ?? '0x'),
      finalizedIn(landed.inclusion.txHash),
    ])
  })
})
