/** The statuses of the operations of an included batch, read from a node with traces and from a node without. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { readOutcome } from '../../src/actors/readOutcome.ts'
import type { BatchPlan, Inclusion } from '../../src/domain/batch.ts'
import { sumCosts } from '../../src/domain/cost.ts'
import type { QueuedOperation } from '../../src/domain/operation.ts'
import type { Hash } from '../../src/domain/primitives.ts'
import type { OpStatus } from '../../src/domain/status.ts'
import { createIdleAccount, type LiveAccount } from '../../src/load/account.ts'
import type { OutcomeInput } from '../../src/machines/pendingBatch/context.ts'
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
import { versionAt } from '../support/registry.ts'
import { pinned, runActor } from '../support/runActor.ts'
import { NOT_FOLLOWED, startWorkshop, type Workshop } from './support/workshop.ts'

let workshop: Workshop
let accounts: LiveAccount[]

beforeAll(async () => {
  workshop = await startWorkshop(14)
  const seeds = { count: 60, authenticators: 2, random: workshop.random }
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

interface Included extends Planned {
  readonly inclusion: Inclusion
  readonly gasUsed: number
}

async function plan(operations: readonly WorldIdOperation[]): Promise<Planned> {
  const queued = await workshop.queue(operations)
  const { plan: planned, statuses } = await workshop.simulateBatch(queued)
  if (planned === null || Object.keys(statuses).length > 0) throw new Error('simulation kept something back')
  return { queued, plan: planned }
}

async function include(planned: Planned, gas?: number): Promise<Included> {
  const { receipt, inclusion } = await workshop.include(planned.plan, gas)
  return { ...planned, inclusion, gasUsed: Number(receipt.gasUsed) }
}

/** Executes each operation in a foreign transaction and a separate block. */
async function executeForeign(...operations: readonly WorldIdOperation[]): Promise<readonly Hash[]> {
  const hashes: Hash[] = []
  for (const operation of operations) {
    const hash = await sendAsStranger(workshop.chain, callDataOf(operation))
    await mined(workshop.chain, hash)
    hashes.push(hash)
  }
  return hashes
}

/** Includes a foreign operation and, later in the block, the batch. */
async function includeBehind(planned: Planned, rival: WorldIdOperation): Promise<Included> {
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
    version: versionAt(chain.registryAddress),
    followed: () => followed,
  })
  return (input: OutcomeInput) => runActor(logic, input)
}

async function read({
  plan: planned,
  queued,
  inclusion,
}: Included): Promise<readonly (OpStatus | undefined)[]> {
  const report = await outcomeReader()({ plan: planned, operations: queued, inclusion })
  if (report.type !== 'settled') throw new Error(`the batch is ${report.type}`)
  return queued.map(({ id }) => report.statuses[id])
}

const tracesAsked = () => workshop.proxy.seen.filter(({ method }) => method.startsWith('debug_')).length

/** Reads from a node without traces. */
function readWithoutTrace(included: Included): Promise<readonly (OpStatus | undefined)[]> {
  const lift = workshop.proxy.impose((call) =>
    call.method.startsWith('debug_')
      ? { code: -32601, message: 'the method does not exist', status: 403 }
      : call,
  )
  return read(included).finally(lift)
}

/** Reads with a trace and again without. Both results must be equal. */
async function readBothWays(included: Included): Promise<readonly (OpStatus | undefined)[]> {
  const before = tracesAsked()
  const traced = await read(included)
  expect(tracesAsked()).toBe(before + 1)
  expect(await readWithoutTrace(included)).toEqual(traced)
  return traced
}

const finalizedIn = (txHash: Hash) => ({ type: 'Finalized', txHash })
const evicted = (reason: string) => ({ type: 'Evicted', reason, nextNonce: null })

describe('the statuses of an included batch', () => {
  it('are read from the logs when all operations succeed, and share the gas of the transaction', async () => {
    const operations = [createIdleAccount(workshop.random), insert(), createIdleAccount(workshop.random)]
    const included = await include(await plan(operations))
    const before = tracesAsked()
    const statuses = await read(included)
    expect(tracesAsked()).toBe(before)
    const { txHash } = included.inclusion
    expect(statuses).toMatchObject(operations.map(() => finalizedIn(txHash)))
    const gas = statuses.map((status) => (status?.type === 'Finalized' ? status.gasUsed : 0))
    // The shares sum up to the gas of the transaction, so equal operations may differ by one.
    expect(Math.abs((gas[0] ?? 0) - (gas[2] ?? 0))).toBeLessThanOrEqual(1)
    expect(gas.reduce((sum, each) => sum + each, 0)).toBe(included.gasUsed)
  })

  it('come with the shares in the cost, which sum up to the cost and include a reverted call', async () => {
    const taken = nextAccount()
    const planned = await plan([createIdleAccount(workshop.random), insert(taken), insert()])
    await executeForeign(insert(taken))
    const included = await include(planned)
    const report = await outcomeReader()({
      plan: included.plan,
      operations: included.queued,
      inclusion: included.inclusion,
    })
    if (report.type !== 'settled' || report.cost === undefined) throw new Error('no cost')
    const { shares, effectiveGasPrice, ...cost } = report.cost
    expect(cost.gasFee).toBe(String(BigInt(included.gasUsed) * BigInt(effectiveGasPrice)))
    expect(Object.keys(shares).toSorted()).toEqual(included.queued.map(({ id }) => id).toSorted())
    expect(sumCosts(Object.values(shares))).toEqual(cost)
  })

  it('hold the own reason of each operation that a foreign transaction of an earlier block broke', async () => {
    const [taken, used] = [nextAccount(), nextAccount()]
    const recovery = nextChange(used, 'recover_account', workshop.signing).operation
    const planned = await plan([insert(taken), insert(), recovery])
    await executeForeign(insert(taken), insert(used))
    const included = await include(planned)
    const { txHash } = included.inclusion
    expect(await readBothWays(included)).toMatchObject([
      { type: 'Failed', reason: { type: 'ContractError', code: 'pubkey_id_in_use' }, txHash },
      finalizedIn(txHash),
      { type: 'Failed', reason: { type: 'NonceTooLow', expected: 1 }, txHash },
    ])
  })

  it('hold the real reason of an operation broken by a foreign transaction of the same block, if there is a trace', async () => {
    const account = nextAccount()
    const planned = await plan([insert(), nextChange(account, 'recover_account', workshop.signing).operation])
    const included = await includeBehind(planned, insert(account))
    const first = finalizedIn(included.inclusion.txHash)
    expect(await read(included)).toMatchObject([
      first,
      { type: 'Failed', reason: { type: 'NonceTooLow', expected: 1 } },
    ])
    expect(await readWithoutTrace(included)).toMatchObject([first, evicted('BatchFull')])
  })

  it('evict an operation that ran early, after a reorg orphaned the operation before, for any revert', async () => {
    const { client } = workshop.chain
    const id = await client.snapshot()
    const kinds = ['recover_account', 'update_authenticator'] as const
    const [recovery, ...updates] = changes(nextAccount(), kinds, workshop.signing)
    if (recovery !== undefined) await executeForeign(recovery)
    const planned = await plan([insert(), ...updates])
    await client.revert({ id })
    const included = await include(planned)
    expect(await readBothWays(included)).toEqual([
      expect.objectContaining(finalizedIn(included.inclusion.txHash)),
      { type: 'Evicted', reason: 'DependencyNotReady', nextNonce: 0 },
    ])
  })

  it('are read again later when the node lacks the parent block', async () => {
    const account = nextAccount()
    const spoilt = await plan([insert(account)])
    await executeForeign(insert(account))
    const included = await include(spoilt)
    const lacking = (message: string) =>
      workshop.proxy.impose((call) =>
        call.method === 'eth_call' && typeof call.params[1] === 'object' ? { code: -32000, message } : call,
      )
    let lift = lacking('header not found')
    await expect(read(included).finally(lift)).rejects.toSatisfy(isUnavailable)
    lift = lacking('missing trie node')
    expect(await read(included).finally(lift)).toMatchObject([{ type: 'Failed' }])
  })

  it('finalize an operation executed by a foreign transaction of the same block', async () => {
    const operation = insert()
    const planned = await plan([operation, insert()])
    const included = await includeBehind(planned, operation)
    const [first, second] = await readBothWays(included)
    expect(first).toMatchObject({
      type: 'Finalized',
      blockNumber: included.inclusion.blockNumber,
      gasUsed: 0,
    })
    expect(first).not.toMatchObject(finalizedIn(included.inclusion.txHash))
    expect(second).toMatchObject(finalizedIn(included.inclusion.txHash))
  })

  it('evict all creates of a fold broken by a foreign transaction', async () => {
    const [taken, ...others] = [1, 2, 3].map(() => createIdleAccount(workshop.random))
    if (taken === undefined) throw new Error('no create')
    const planned = await plan([taken, ...others, insert()])
    const rival = {
      ...createIdleAccount(workshop.random),
      authenticatorAddresses: taken.authenticatorAddresses,
    }
    await executeForeign(rival)
    const included = await include(planned)
    expect(await readBothWays(included)).toMatchObject([
      ...[1, 2, 3].map(() => evicted('DependencyNotReady')),
      finalizedIn(included.inclusion.txHash),
    ])
  })

  it('charge no operation whose call got less gas than its allowance, and halve its next batch', async () => {
    const planned = await plan([insert(), insert(), insert(), insert()])
    const included = await include(planned, planned.plan.gasLimit - 300_000)
    const { txHash } = included.inclusion
    expect(await readBothWays(included)).toMatchObject([
      ...[1, 2, 3].map(() => finalizedIn(txHash)),
      { ...evicted('BatchFull'), batchLimit: 2 },
    ])
  })

  it('charge no create of a fold without enough gas', async () => {
    const planned = await plan([createIdleAccount(workshop.random), createIdleAccount(workshop.random)])
    const included = await include(planned, planned.plan.gasLimit - 300_000)
    const shared = { ...evicted('BatchFull'), batchLimit: 1 }
    expect(await readBothWays(included)).toEqual([shared, shared])
  })

  it('charge no operation of a transaction that reverted as a whole, and halve the next batches', async () => {
    const included = await include(await plan([1, 2, 3, 4, 5].map(() => insert())), 150_000)
    expect(await readBothWays(included)).toEqual(
      [1, 2, 3, 4, 5].map(() => ({ ...evicted('BatchFull'), batchLimit: 2 })),
    )
  })

  it.each([
    ['reverted', 150_000],
    ['ran out of gas in its call', 400_000],
  ])('charge the only operation of a transaction that %s', async (_end, gas) => {
    const included = await include(await plan([insert()]), gas)
    expect(await readBothWays(included)).toEqual([{ ...evicted('GasLimitExceeded'), batchLimit: 1 }])
  })

  it.each([
    ['reverted', 0, 300_000],
    ['had successes', 1, 700_000],
  ])(
    'charge the operation whose call used more than its allowance, by the trace of a transaction that %s',
    async (_end, index, gas) => {
      const planned = await plan([insert(), insert()])
      const calls = planned.plan.calls.map((call, each) => (each === index ? { ...call, gas: 1_000 } : call))
      const statuses = await read(await include({ ...planned, plan: { ...planned.plan, calls } }, gas))
      expect(statuses[index]).toEqual({ ...evicted('GasLimitExceeded'), batchLimit: 1 })
      expect(statuses[1 - index]).not.toMatchObject({ reason: 'GasLimitExceeded' })
    },
  )

  it('judge no operation by its revert when its call got less gas than its allowance', async () => {
    const account = nextAccount()
    const planned = await plan([insert(account), insert()])
    await executeForeign(insert(account))
    const calls = planned.plan.calls.map((call) => ({ ...call, gas: 20_000_000 }))
    const statuses = await read(await include({ ...planned, plan: { ...planned.plan, calls } }))
    expect(statuses[0]).toEqual({ ...evicted('BatchFull'), batchLimit: 1 })
  })

  it('fail an operation for good when foreign code used up the gas of its transaction', async () => {
    const planned = await plan([insert()])
    const calls = planned.plan.calls.map((call) => ({ ...call, mayRunForeignCode: true }))
    const included = await include({ ...planned, plan: { ...planned.plan, calls } }, 150_000)
    expect(await read(included)).toEqual([
      {
        type: 'Failed',
        reason: { type: 'ExecutionReverted', revert: null },
        txHash: included.inclusion.txHash,
      },
    ])
  })

  it('are orphaned when the block is orphaned', async () => {
    const included = await include(await plan([insert()]))
    await workshop.chain.client.request({ method: 'anvil_reorg' as never, params: [1, []] as never })
    const { plan: planned, queued, inclusion } = included
    expect(await outcomeReader()({ plan: planned, operations: queued, inclusion })).toEqual({
      type: 'orphaned',
    })
  })

  it('are orphaned when the block of the receipt differs from the inclusion', async () => {
    const { plan: planned, queued, inclusion } = await include(await plan([insert()]))
    const input = { plan: planned, operations: queued, inclusion }
    const blockHash: Hash = `0x${'ee'.repeat(32)}`
    const seenElsewhere = { ...input, inclusion: { ...inclusion, blockHash } }
    expect(await outcomeReader()(seenElsewhere)).toEqual({ type: 'orphaned' })
  })

  it('are orphaned when another block has the number of the block of the receipt', async () => {
    const { plan: planned, queued, inclusion } = await include(await plan([insert()]))
    const lift = workshop.proxy.impose((call) =>
      call.method === 'eth_getBlockByNumber' ? { ...call, params: ['0x1', false] } : call,
    )
    const outcome = await outcomeReader()({ plan: planned, operations: queued, inclusion })
    lift()
    expect(outcome).toEqual({ type: 'orphaned' })
  })

  it('are orphaned when the node is on a different branch than the followed chain', async () => {
    const { plan: planned, queued, inclusion } = await include(await plan([insert()]))
    const readerWith = (hash: Hash) => outcomeReader({ head: inclusion.blockNumber, hashOf: () => hash })
    const input = { plan: planned, operations: queued, inclusion }
    expect(await readerWith(`0x${'ff'.repeat(32)}`)(input)).toEqual({ type: 'orphaned' })
    expect(await readerWith(inclusion.blockHash)(input)).toMatchObject({ type: 'settled' })
  })

  it('in a block that was not seen count only if the node has the newest followed block', async () => {
    const { plan: planned, queued, inclusion } = await include(await plan([insert()]))
    await workshop.chain.client.mine({ blocks: 1 })
    const { number, hash } = await workshop.chain.client.getBlock()
    const input = { plan: planned, operations: queued, inclusion }
    const readerAt = (head: number, itsHash: Hash) =>
      outcomeReader({ head, hashOf: (of) => (of === head ? itsHash : null) })
    expect(await readerAt(Number(number), hash)(input)).toMatchObject({ type: 'settled' })
    expect(await readerAt(Number(number), inclusion.blockHash)(input)).toEqual({ type: 'orphaned' })
    // The node's chain is shorter, because of a reorg that was not followed yet.
    expect(await readerAt(Number(number) + 1, hash)(input)).toEqual({ type: 'orphaned' })
  })
})

describe('two operations of equal kind and account in a batch', () => {
  it('are distinguished when the second fails', async () => {
    const account = nextAccount()
    const [first, second] = changes(
      account,
      ['insert_authenticator', 'insert_authenticator'],
      workshop.signing,
    )
    if (first === undefined || second?.kind !== 'insert_authenticator') throw new Error('no operations')
    const planned = await plan([first, second])
    // A foreign create uses the new address of the second operation first.
    const rival = {
      ...createIdleAccount(workshop.random),
      authenticatorAddresses: [second.newAuthenticatorAddress],
    }
    await executeForeign(rival)
    const included = await include(planned)
    expect(await readBothWays(included)).toMatchObject([
      finalizedIn(included.inclusion.txHash),
      { type: 'Failed', reason: { type: 'ContractError', code: 'authenticator_already_exists' } },
    ])
  })

  it('are distinguished when both leave equal logs and only the second is in our transaction', async () => {
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
    const [first, second] = await executeForeign(there.operation, back)
    const included = await include(planned)
    expect(await readBothWays(included)).toMatchObject([
      finalizedIn(first ?? '0x'),
      finalizedIn(second ?? '0x'),
      finalizedIn(included.inclusion.txHash),
    ])
  })
})
