/** The contract `Polls` through the whole gateway: HTTP, batches, a restart, and the answers of the contract. */
import { hashTypedData, keccak256, stringToHex } from 'viem'
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Address, Hex } from '../../src/domain/primitives.ts'
import { createGateway } from '../../src/index.ts'
import { startTestChain, type TestChain } from '../../test/support/chain.ts'
import { eventually } from '../../test/support/eventually.ts'
import { type Miner, startMiner } from '../../test/support/miner.ts'
import { startTestService, type TestService, temporaryFolder } from '../../test/support/service.ts'
import { Polls } from './artifacts/Polls.ts'
import { polls, pollTypes } from './polls.ts'

let chain: TestChain
let miner: Miner
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let contract: Address
let service: TestService

beforeAll(async () => {
  chain = await startTestChain()
  const { abi, bytecode } = Polls
  const hash = await chain.client.deployContract({ abi, bytecode })
  const receipt = await eventually(
    'the contract',
    () => chain.client.getTransactionReceipt({ hash }).catch(() => null),
    (found) => found !== null,
  )
  contract = receipt?.contractAddress ?? '0x'
  miner = await startMiner(chain)
  folder = await temporaryFolder()
  service = await start()
})

afterAll(async () => {
  await service.stop()
  await miner.pause()
  await chain.stop()
  await folder.remove()
})

function start(): Promise<TestService> {
  return startTestService({
    chain: { ...chain, registryAddress: contract },
    dataDir: folder.path,
    registry: polls,
  })
}

const newVoter = () => privateKeyToAccount(generatePrivateKey())

async function voteBy(voter: PrivateKeyAccount, poll: number, option: number, nonce: number) {
  const { address } = voter
  const message = { voter: address, pollId: BigInt(poll), option, nonce: BigInt(nonce) }
  const signature = await sign(voter, 'Vote', message)
  return { voter: address, poll, option, nonce, signature }
}

async function withdrawalBy(voter: PrivateKeyAccount, poll: number, nonce: number) {
  const { address } = voter
  const message = { voter: address, pollId: BigInt(poll), nonce: BigInt(nonce) }
  return { voter: address, poll, nonce, signature: await sign(voter, 'Withdrawal', message) }
}

function sign(voter: PrivateKeyAccount, primaryType: 'Vote' | 'Withdrawal', message: object): Promise<Hex> {
  const domain = { name: 'Polls', version: '1', chainId: chain.chainId, verifyingContract: contract }
  return voter.sign({ hash: hashTypedData({ domain, types: pollTypes, primaryType, message } as never) })
}

async function accept(path: string, body: object): Promise<string> {
  const answer = await service.post(path, body)
  expect(answer).toMatchObject({ status: 200, body: { status: { state: 'queued' } } })
  return (answer.body as { request_id: string }).request_id
}

const verdict = (id: string) =>
  eventually(
    `a verdict on ${id}`,
    () => service.status(id),
    ({ status }) => status.state === 'finalized' || status.state === 'failed',
  )

/** Opens a poll, and returns its id. */
async function openPoll(question: string): Promise<number> {
  const id = await accept('/open-poll', { question: keccak256(stringToHex(question)), options: 3 })
  expect(await verdict(id)).toMatchObject({ kind: 'open_poll', status: { state: 'finalized' } })
  return Number(
    await chain.client.readContract({ abi: Polls.abi, address: contract, functionName: 'pollCount' }),
  )
}

async function votes(poll: number, option: number): Promise<string> {
  const { body } = await service.get(`/votes?poll=${poll}&option=${option}`)
  return (body as { votes: string }).votes
}

describe('polls through the gateway', () => {
  it('count the votes of many voters, in few transactions', async () => {
    const poll = await openPoll('Which colour?')
    const ballots = await Promise.all(
      Array.from({ length: 12 }, (_, index) => voteBy(newVoter(), poll, index % 3, 0)),
    )
    const ids = await Promise.all(ballots.map((ballot) => accept('/vote', ballot)))
    const verdicts = await Promise.all(ids.map(verdict))
    expect(new Set(verdicts.map(({ status }) => status.state))).toEqual(new Set(['finalized']))
    expect(await Promise.all([votes(poll, 0), votes(poll, 1), votes(poll, 2)])).toEqual(['4', '4', '4'])
    const batches = await service.batches()
    expect(batches.some(({ operations }) => operations.length > 1)).toBe(true)
  })

  it('keep the messages of a voter in order, however they arrive', async () => {
    const poll = await openPoll('Which fruit?')
    const voter = newVoter()
    const bodies = [
      ['/vote', await voteBy(voter, poll, 2, 2)],
      ['/withdraw-vote', await withdrawalBy(voter, poll, 1)],
      ['/vote', await voteBy(voter, poll, 1, 0)],
    ] as const
    const ids: string[] = []
    for (const [path, body] of bodies) ids.push(await accept(path, body))
    for (const id of ids) expect(await verdict(id)).toMatchObject({ status: { state: 'finalized' } })
    expect(await Promise.all([votes(poll, 1), votes(poll, 2)])).toEqual(['0', '1'])
  })

  it('refuse what the contract refuses, with its error', async () => {
    const poll = await openPoll('Which animal?')
    const voter = newVoter()
    const refusal = async (path: string, body: object) => (await service.post(path, body)).body
    expect(await refusal('/vote', await voteBy(voter, poll, 7, 0))).toEqual({
      code: 'bad_request',
      message: `simulation reverted: UnknownOption(${poll}, 7)`,
    })
    expect(await refusal('/vote', await voteBy(voter, 999, 0, 0))).toEqual({
      code: 'bad_request',
      message: 'simulation reverted: UnknownPoll(999)',
    })
    const forged = { ...(await voteBy(newVoter(), poll, 0, 0)), voter: voter.address }
    expect(await refusal('/vote', forged)).toEqual({
      code: 'bad_request',
      message: 'the signature must be that of the voter',
    })
    expect(await refusal('/open-poll', { question: keccak256('0x'), options: 1 })).toEqual({
      code: 'bad_request',
      message: 'a poll needs at least two options',
    })
    expect(await refusal('/vote', { voter: voter.address })).toMatchObject({ code: 'unprocessable_body' })
  })

  it('fail in the status with the error of the contract, if it is only found after the acceptance', async () => {
    const poll = await openPoll('Which bird?')
    const voter = newVoter()
    const second = await accept('/vote', await voteBy(voter, poll, 1, 1))
    const first = await accept('/vote', await voteBy(voter, poll, 0, 0))
    expect(await verdict(first)).toMatchObject({ status: { state: 'finalized' } })
    expect((await verdict(second)).status).toEqual({
      state: 'failed',
      error: `simulation reverted: AlreadyVoted(${voter.address.toLowerCase()}, ${poll})`,
      error_code: 'bad_request',
    })
    expect(await Promise.all([votes(poll, 0), votes(poll, 1)])).toEqual(['1', '0'])
  })

  it('answer a question about votes that the contract cannot answer with its error', async () => {
    const poll = await openPoll('Which planet?')
    const refusal = async (query: string) => service.get(`/votes?${query}`)
    const refused = (message: string) => ({ status: 400, body: { code: 'bad_request', message } })
    expect(await refusal('poll=999&option=0')).toMatchObject(refused('simulation reverted: UnknownPoll(999)'))
    expect(await refusal(`poll=${poll}&option=7`)).toMatchObject(
      refused(`simulation reverted: UnknownOption(${poll}, 7)`),
    )
    expect(await refusal(`poll=${poll}&option=256`)).toMatchObject(
      refused('option must be a whole number below 2^8'),
    )
    expect(await refusal(`poll=${2n ** 64n}&option=0`)).toMatchObject(
      refused('poll must be a whole number below 2^64'),
    )
  })

  it('refuse a duplicate while the first is in flight', async () => {
    const poll = await openPoll('Which tree?')
    await miner.pause()
    const ballot = await voteBy(newVoter(), poll, 0, 0)
    const first = await accept('/vote', ballot)
    expect((await service.post('/vote', ballot)).body).toMatchObject({
      code: 'duplicate_request_in_flight',
      request_id: first,
    })
    const question = { question: keccak256(stringToHex('Which river?')), options: 2 }
    const opening = await accept('/open-poll', question)
    expect((await service.post('/open-poll', question)).body).toMatchObject({ request_id: opening })
    miner.resume()
    expect(await verdict(first)).toMatchObject({ status: { state: 'finalized' } })
    expect(await verdict(opening)).toMatchObject({ status: { state: 'finalized' } })
  })

  it('lose nothing by a restart', async () => {
    const poll = await openPoll('Which season?')
    await miner.pause()
    const voter = newVoter()
    const ids = [
      await accept('/vote', await voteBy(voter, poll, 1, 0)),
      await accept('/withdraw-vote', await withdrawalBy(voter, poll, 1)),
    ]
    await service.stop()
    miner.resume()
    service = await start()
    for (const id of ids) expect(await verdict(id)).toMatchObject({ status: { state: 'finalized' } })
    expect(await votes(poll, 1)).toBe('0')
  })

  it('come from a program too, with the checksum address of the voter', async () => {
    const poll = await openPoll('Which metal?')
    const ballot = await voteBy(newVoter(), poll, 2, 0)
    expect(ballot.voter).not.toBe(ballot.voter.toLowerCase())
    await service.stop()
    const gateway = await createGateway({
      rpcUrl: chain.rpcUrl,
      registryAddress: contract,
      privateKey: chain.walletPrivateKey,
      dataDir: folder.path,
      logLevel: 'silent',
      registry: polls,
    })
    const id = await gateway
      .submit({ kind: 'vote', ...ballot })
      .then((accepted) => accepted.id)
      .finally(async () => {
        await gateway.stop()
        service = await start()
      })
    expect(await verdict(id)).toMatchObject({ status: { state: 'finalized' } })
    // The lane has one name, however the address is written.
    expect((await service.operation(id)).account).toEqual({
      leaf_index: ballot.voter.toLowerCase(),
      nonce: 0,
    })
    expect(await votes(poll, 2)).toBe('1')
  })

  it('are described in the OpenAPI document', async () => {
    const { body } = await service.get('/openapi.json')
    const { paths, components } = body as { paths: object; components: { schemas: object } }
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/open-poll', '/vote', '/withdraw-vote', '/votes']),
    )
    expect(components.schemas).toMatchObject({
      OperationKind: { enum: ['open_poll', 'vote', 'withdraw_vote'] },
      VoteRequest: { required: ['voter', 'poll', 'option', 'nonce', 'signature'] },
    })
  })
})
