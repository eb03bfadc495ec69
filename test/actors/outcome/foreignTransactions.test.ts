/** Where an operation landed is found however long ago it was, and whatever the node has forgotten or refuses. */
import { numberToHex } from 'viem'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { findForeignInclusions } from '../../../src/actors/outcome/foreignTransactions.ts'
import type { OpEnvelope, Operation } from '../../../src/domain/operation.ts'
import type { Hash } from '../../../src/domain/primitives.ts'
import { createIdleAccount, type LiveAccount } from '../../../src/load/account.ts'
import { isUnavailable } from '../../../src/rpc/chainClient.ts'
import {
  callDataOf,
  mined,
  nextChange,
  seedAccounts,
  sendAsStranger,
  signedBy,
} from '../../support/accounts.ts'
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

async function enveloped(operation: Operation, receivedAt?: number): Promise<OpEnvelope> {
  const queued = await workshop.queue([operation], receivedAt === undefined ? {} : { receivedAt })
  const [envelope] = await workshop.store.envelopes(queued.map(({ id }) => id))
  if (envelope === undefined) throw new Error('no envelope')
  return envelope
}

/** Lands it without us. @returns where */
async function land(operation: Operation) {
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
 * @param hashes of blocks that were followed, by number: none when absent
 * @param upTo the newest block that counts: the chain's when absent
 */
async function look(
  envelope: OpEnvelope,
  { hashes, upTo }: { readonly hashes?: ReadonlyMap<number, Hash>; readonly upTo?: number } = {},
) {
  const { client, chain } = workshop
  const head = Number(await chain.client.getBlockNumber({ cacheTime: 0 }))
  const followed = { hashOf: (number: number) => hashes?.get(number) ?? null }
  const search = { client, registry: chain.registryAddress, followed, upTo: upTo ?? head }
  const [landing = null] = await findForeignInclusions(search, [envelope])
  return landing
}

/** The newest blocks, as one knows them who has followed the chain. */
async function followedHashes(): Promise<ReadonlyMap<number, Hash>> {
  const { client } = workshop.chain
  const head = Number(await client.getBlockNumber({ cacheTime: 0 }))
  const numbers = Array.from({ length: 3 }, (_, index) => head - index)
  const blocks = await Promise.all(numbers.map((number) => client.getBlock({ blockNumber: BigInt(number) })))
  return new Map(blocks.map(({ number, hash }) => [Number(number), hash]))
}

const insert = (account: LiveAccount) =>
  nextChange(account, 'insert_authenticator', workshop.signing).operation

/** More blocks than the node keeps the state of. */
const LONG_AGO = 130

/** A node that looks through so many blocks at a time, and refuses more as many do: as if it were out of resources. */
function limitRange(most: number) {
  return workshop.proxy.impose((call) => {
    if (call.method !== 'eth_getLogs') return call
    const [{ fromBlock, toBlock }] = call.params as [{ fromBlock?: string; toBlock?: string }]
    return fromBlock === undefined || Number(toBlock) - Number(fromBlock) < most
      ? call
      : { code: -32005, message: `query exceeds max block range ${most}` }
  })
}

describe('trap 17: where an operation landed', () => {
  it('is nowhere as long as it has not', async () => {
    expect(await look(await enveloped(insert(nextAccount())))).toBeNull()
  })

  it('counts only up to a block', async () => {
    const operation = createIdleAccount(workshop.random)
    const envelope = await enveloped(operation)
    const landing = await land(operation)
    expect(await look(envelope)).toEqual(landing)
    expect(await look(envelope, { upTo: landing.blockNumber - 1 })).toBeNull()
  })

  it('is found in the past, though the state of then is forgotten, by its signature', async () => {
    const operations = [insert(nextAccount()), createIdleAccount(workshop.random)]
    const envelopes = await Promise.all(operations.map((operation) => enveloped(operation)))
    const landings = []
    for (const operation of operations) landings.push(await land(operation))
    await workshop.chain.client.mine({ blocks: LONG_AGO })
    expect(await Promise.all(envelopes.map((envelope) => look(envelope)))).toEqual(landings)
  })

  it('is not that of an operation that did the same, known by the state or by its signature', async () => {
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
    await land(there.operation)
    await land(back)
    expect(await look(envelope)).toBeNull()
    await workshop.chain.client.mine({ blocks: 100 })
    expect(await look(envelope)).toBeNull()
    const landing = await land(again)
    expect(await look(envelope)).toEqual(landing)
    await workshop.chain.client.mine({ blocks: 100 })
    expect(await look(envelope)).toEqual(landing)
  })

  it('is told by the state of its own block, not of what another branch has in its place', async () => {
    const operation = insert(nextAccount())
    const envelope = await enveloped(operation)
    const before = await workshop.chain.client.getBlockNumber({ cacheTime: 0 })
    const landing = await land(operation)
    lift = workshop.proxy.impose((call) => {
      const [what, block] = call.params
      return call.method === 'eth_call' && typeof block === 'string'
        ? { ...call, params: [what, numberToHex(before)] }
        : call
    })
    expect(await look(envelope)).toEqual(landing)
  })

  it('is found through a node that looks through few blocks at a time', async () => {
    const operation = insert(nextAccount())
    const envelope = await enveloped(operation)
    const landing = await land(operation)
    await workshop.chain.client.mine({ blocks: 35 })
    lift = limitRange(10)
    expect(await look(envelope)).toEqual(landing)
  })

  it('is not looked for before the operation was received', async () => {
    lift = limitRange(100)
    const operation = createIdleAccount(workshop.random)
    const landing = await land(operation)
    await workshop.chain.client.mine({ blocks: LONG_AGO })
    const inAnHour = (await workshop.chain.client.getBlock()).timestamp * 1000n + 3_600_000n
    expect(await look(await enveloped(operation, Number(inAnHour)))).toBeNull()
    expect(await look(await enveloped(operation, 0))).toEqual(landing)
  })

  it('is found in the newest blocks, which are asked for by their hashes', async () => {
    const operation = insert(nextAccount())
    const envelope = await enveloped(operation)
    const landing = await land(operation)
    const hashes = await followedHashes()
    expect(hashes.get(landing.blockNumber)).toBe(landing.blockHash)
    expect(await look(envelope, { hashes })).toEqual(landing)
  })

  it.each(['the blocks were followed', 'it is soon after a start'])(
    'trap 12: is not nowhere by the word of a node that has not got its block, when %s',
    async (when) => {
      const operation = createIdleAccount(workshop.random)
      const envelope = await enveloped(operation)
      const landing = await land(operation)
      await workshop.chain.client.mine({ blocks: 2 })
      const hashes = when === 'the blocks were followed' ? await followedHashes() : new Map()
      lift = workshop.proxy.impose((call) => {
        if (call.method !== 'eth_getLogs') return call
        const [{ blockHash }] = call.params as [{ blockHash?: Hash }]
        if (blockHash === undefined) return { result: [] }
        return blockHash === landing.blockHash ? { code: -32000, message: 'unknown block' } : call
      })
      await expect(look(envelope, { hashes })).rejects.toSatisfy(isUnavailable)
      lift()
      expect(await look(envelope, { hashes })).toEqual(landing)
    },
  )

  it('is unknown where the node tells no logs at all', async () => {
    const operation = createIdleAccount(workshop.random)
    const envelope = await enveloped(operation)
    await land(operation)
    const hashes = await followedHashes()
    lift = workshop.proxy.impose((call) =>
      call.method === 'eth_getLogs' ? { code: -32601, message: 'method not supported' } : call,
    )
    expect(await look(envelope)).toBeNull()
    expect(await look(envelope, { hashes })).toBeNull()
  })
})
