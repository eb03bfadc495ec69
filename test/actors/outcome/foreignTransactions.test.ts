/** Finds foreign inclusions of any age, also with pruned states and refused log queries. */
import { numberToHex } from 'viem'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ContradictionError } from '../../../src/actors/outcome/contradictions.ts'
import { findForeignInclusions } from '../../../src/actors/outcome/foreignTransactions.ts'
import type { OpEnvelope } from '../../../src/domain/operation.ts'
import type { Hash } from '../../../src/domain/primitives.ts'
import { createIdleAccount, type LiveAccount } from '../../../src/load/account.ts'
import type { WorldIdOperation } from '../../../src/registry/worldId/operations.ts'
import { isUnavailable } from '../../../src/rpc/chainClient.ts'
import {
  callDataOf,
  mined,
  nextChange,
  seedAccounts,
  sendAsStranger,
  signedBy,
} from '../../support/accounts.ts'
import { registryAt } from '../../support/registry.ts'
import { forMethod } from '../../support/rpcProxy.ts'
import { startWorkshop, type Workshop } from '../support/workshop.ts'

let workshop: Workshop
let accounts: LiveAccount[]
let lift: () => void = () => {}

beforeAll(async () => {
  workshop = await startWorkshop(13)
  const seeds = { count: 6, authenticators: 1, random: workshop.random }
  accounts = [...(await seedAccounts(workshop.chain, seeds))]
})

afterAll(() => workshop.stop())

afterEach(() => {
  lift()
  lift = () => {}
})

function nextAccount(): LiveAccount {
  const account = accounts.pop()
  if (account === undefined) throw new RangeError('more accounts are needed')
  return account
}

async function freshAccount(): Promise<LiveAccount> {
  const seeds = { count: 1, authenticators: 1, random: workshop.random }
  const [account] = await seedAccounts(workshop.chain, seeds)
  if (account === undefined) throw new Error('no account')
  return account
}

async function enveloped(operation: WorldIdOperation, receivedAt?: number): Promise<OpEnvelope> {
  const queued = await workshop.queue([operation], receivedAt === undefined ? {} : { receivedAt })
  const [envelope] = await workshop.store.envelopes(queued.map(({ id }) => id))
  if (envelope === undefined) throw new Error('no envelope')
  return envelope
}

/** Executes an operation in a foreign transaction. @returns the inclusion */
async function executeForeign(operation: WorldIdOperation) {
  const {
    transactionHash: txHash,
    blockNumber,
    blockHash,
  } = await mined(
    workshop.chain,
    await sendAsStranger(workshop.chain, callDataOf(operation), { gas: 2_000_000n }),
  )
  return { txHash, blockNumber: Number(blockNumber), blockHash }
}

/**
 * @param hashes the followed block hashes by number, by default empty
 * @param upTo the last searched block, by default the head
 */
async function search(
  envelope: OpEnvelope,
  { hashes, upTo }: { readonly hashes?: ReadonlyMap<number, Hash>; readonly upTo?: number } = {},
) {
  const { client, chain } = workshop
  const head = Number(await chain.client.getBlockNumber({ cacheTime: 0 }))
  const followed = { hashOf: (number: number) => hashes?.get(number) ?? null }
  const search = { client, registry: registryAt(chain.registryAddress), followed, upTo: upTo ?? head }
  const [inclusion = null] = await findForeignInclusions(search, [envelope])
  return inclusion
}

/** Hashes of the newest blocks of the followed chain. */
async function followedHashes(): Promise<ReadonlyMap<number, Hash>> {
  const { client } = workshop.chain
  const head = Number(await client.getBlockNumber({ cacheTime: 0 }))
  const numbers = Array.from({ length: 3 }, (_, index) => head - index)
  const blocks = await Promise.all(numbers.map((number) => client.getBlock({ blockNumber: BigInt(number) })))
  return new Map(blocks.map(({ number, hash }) => [Number(number), hash]))
}

const insert = (account: LiveAccount) =>
  nextChange(account, 'insert_authenticator', workshop.signing).operation

/** More blocks than the node keeps states. */
const LONG_AGO = 130

/** A node with a limit of blocks per log query. Above the limit it answers with the error code of an overload, like many nodes. */
function limitRange(most: number) {
  return workshop.proxy.impose((call) => {
    if (call.method !== 'eth_getLogs') return call
    const [{ fromBlock, toBlock }] = call.params as [{ fromBlock?: string; toBlock?: string }]
    return fromBlock === undefined || Number(toBlock) - Number(fromBlock) < most
      ? call
      : { code: -32005, message: `query exceeds max block range ${most}` }
  })
}

describe('the foreign inclusion of an operation', () => {
  it('is null while no foreign transaction executed the operation', async () => {
    expect(await search(await enveloped(insert(nextAccount())))).toBeNull()
  })

  it('is searched only up to a given block', async () => {
    const operation = createIdleAccount(workshop.random)
    const envelope = await enveloped(operation)
    const inclusion = await executeForeign(operation)
    expect(await search(envelope)).toEqual(inclusion)
    expect(await search(envelope, { upTo: inclusion.blockNumber - 1 })).toBeNull()
  })

  it('is found by the signature when the state of the block is pruned', async () => {
    const operations = [insert(nextAccount()), createIdleAccount(workshop.random)]
    const envelopes = await Promise.all(operations.map((operation) => enveloped(operation)))
    const inclusions = []
    for (const operation of operations) inclusions.push(await executeForeign(operation))
    await workshop.chain.client.mine({ blocks: LONG_AGO })
    expect(await Promise.all(envelopes.map((envelope) => search(envelope)))).toEqual(inclusions)
  })

  it('is distinguished from an operation with an equal effect, by the state and by the signature', async () => {
    const account = nextAccount()
    const { domain, random } = workshop.signing
    const [there] = [nextChange(account, 'insert_authenticator', workshop.signing)]
    const back = signedBy(
      account.authenticators[0].key,
      nextChange(there.account, 'remove_authenticator', { domain, random }).operation,
      domain,
      {
        authenticatorAddress: there.operation.newAuthenticatorAddress,
        authenticatorPubkey: there.operation.newAuthenticatorPubkey,
        pubkeyId: there.operation.pubkeyId,
        newOffchainSignerCommitment: account.commitment,
      },
    )
    const again = signedBy(account.authenticators[0].key, there.operation, domain, { nonce: '0x2' })
    const envelope = await enveloped(again)
    await executeForeign(there.operation)
    await executeForeign(back)
    expect(await search(envelope)).toBeNull()
    await workshop.chain.client.mine({ blocks: 100 })
    expect(await search(envelope)).toBeNull()
    const inclusion = await executeForeign(again)
    expect(await search(envelope)).toEqual(inclusion)
    await workshop.chain.client.mine({ blocks: 100 })
    expect(await search(envelope)).toEqual(inclusion)
  })

  it('is checked in the state of its own block, not of an orphaned block with an equal number', async () => {
    const operation = insert(nextAccount())
    const envelope = await enveloped(operation)
    const before = await workshop.chain.client.getBlockNumber({ cacheTime: 0 })
    const inclusion = await executeForeign(operation)
    lift = workshop.proxy.impose((call) => {
      const [what, block] = call.params
      return call.method === 'eth_call' && typeof block === 'string'
        ? { ...call, params: [what, numberToHex(before)] }
        : call
    })
    expect(await search(envelope)).toEqual(inclusion)
  })

  it('is found through a node with a low limit of blocks per log query', async () => {
    const operation = insert(nextAccount())
    const envelope = await enveloped(operation)
    const inclusion = await executeForeign(operation)
    await workshop.chain.client.mine({ blocks: 35 })
    lift = limitRange(10)
    expect(await search(envelope)).toEqual(inclusion)
  })

  it('is not searched in blocks before the operation was received', async () => {
    lift = limitRange(100)
    const operation = createIdleAccount(workshop.random)
    const inclusion = await executeForeign(operation)
    await workshop.chain.client.mine({ blocks: LONG_AGO })
    const inAnHour = (await workshop.chain.client.getBlock()).timestamp * 1000n + 3_600_000n
    expect(await search(await enveloped(operation, Number(inAnHour)))).toBeNull()
    expect(await search(await enveloped(operation, 0))).toEqual(inclusion)
  })

  it('is found in the newest blocks by block hash', async () => {
    const operation = insert(nextAccount())
    const envelope = await enveloped(operation)
    const inclusion = await executeForeign(operation)
    const hashes = await followedHashes()
    expect(hashes.get(inclusion.blockNumber)).toBe(inclusion.blockHash)
    expect(await search(envelope, { hashes })).toEqual(inclusion)
  })

  it.each(['the blocks were followed', 'the start was recent'])(
    'is not null because of a node that lacks its block: the search fails when %s',
    async (when) => {
      const operation = createIdleAccount(workshop.random)
      const envelope = await enveloped(operation)
      const inclusion = await executeForeign(operation)
      await workshop.chain.client.mine({ blocks: 2 })
      const hashes = when === 'the blocks were followed' ? await followedHashes() : new Map()
      lift = workshop.proxy.impose((call) => {
        if (call.method !== 'eth_getLogs') return call
        const [{ blockHash }] = call.params as [{ blockHash?: Hash }]
        if (blockHash === undefined) return { result: [] }
        return blockHash === inclusion.blockHash ? { code: -32000, message: 'unknown block' } : call
      })
      await expect(search(envelope, { hashes })).rejects.toSatisfy(isUnavailable)
      lift()
      expect(await search(envelope, { hashes })).toEqual(inclusion)
    },
  )

  const WITHOUT_LOGS = [
    ['shows no logs', { result: [] }],
    ['refuses all log queries', { code: -32601, message: 'method not supported' }],
  ] as const

  it.each(WITHOUT_LOGS.flatMap(([name, answer]) => [0, 20, 100].map((age) => [age, name, answer] as const)))(
    'is found by its receipt %i blocks later when the node %s',
    async (age, _name, answer) => {
      for (const operation of [createIdleAccount(workshop.random), insert(await freshAccount())]) {
        const envelope = await enveloped(operation)
        const inclusion = await executeForeign(operation)
        if (age > 0) await workshop.chain.client.mine({ blocks: age })
        lift = workshop.proxy.impose(forMethod('eth_getLogs', () => answer))
        expect(await search(envelope)).toEqual(inclusion)
        expect(await search(envelope, { hashes: await followedHashes() })).toEqual(inclusion)
        lift()
      }
    },
  )

  it.each<[string, (receipt: object) => object | null]>([
    ['the receipt', () => null],
    ['the logs of the receipt', (receipt) => ({ ...receipt, logs: [] })],
  ])('is not known yet while the node lacks the logs and %s', async (_name, change) => {
    const operation = createIdleAccount(workshop.random)
    const envelope = await enveloped(operation)
    const { txHash } = await executeForeign(operation)
    const receipt = await workshop.client.request({ method: 'eth_getTransactionReceipt', params: [txHash] })
    const lifts = [
      workshop.proxy.impose(forMethod('eth_getLogs', () => ({ result: [] }))),
      workshop.proxy.impose(
        forMethod('eth_getTransactionReceipt', () => ({ result: change({ ...receipt }) })),
      ),
    ]
    lift = () => {
      for (const each of lifts) each()
    }
    await expect(search(envelope)).rejects.toBeInstanceOf(ContradictionError)
  })

  it('is null when the node refuses all log queries, and the execution is older than the read blocks', async () => {
    const operation = createIdleAccount(workshop.random)
    const envelope = await enveloped(operation)
    await executeForeign(operation)
    await workshop.chain.client.mine({ blocks: LONG_AGO })
    lift = workshop.proxy.impose(
      forMethod('eth_getLogs', () => ({ code: -32601, message: 'method not supported' })),
    )
    expect(await search(envelope)).toBeNull()
  })
})
