/**
 * The contract `Polls` for opsbatcher: two signed kinds and one without signature. docs/bring-your-own-contract.md explains each
 * part. In a program of yours, the import is from 'opsbatcher'.
 */
import {
  type Address,
  encodeAbiParameters,
  encodeEventTopics,
  encodeFunctionData,
  type Hex,
  hashTypedData,
} from 'viem'
import { z } from 'zod'
import {
  defineRegistry,
  eip712Domain,
  type KindDefinition,
  type LogPattern,
  PriorityClass,
  type ReadContract,
  revertDecoder,
} from '../../src/index.ts'
import { Polls } from './artifacts/Polls.ts'

const { abi } = Polls

export interface OpenPoll {
  readonly kind: 'open_poll'
  /** Hash of the question. */
  readonly question: Hex
  readonly options: number
}

export interface Vote {
  readonly kind: 'vote'
  readonly voter: Address
  readonly poll: number
  readonly option: number
  readonly nonce: number
  readonly signature: Hex
}

export interface WithdrawVote {
  readonly kind: 'withdraw_vote'
  readonly voter: Address
  readonly poll: number
  readonly nonce: number
  readonly signature: Hex
}

export type PollOperation = OpenPoll | Vote | WithdrawVote

const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .transform((text): Address => `0x${text.slice(2).toLowerCase()}`)
const bytes = (size: number) =>
  z
    .string()
    .regex(new RegExp(`^0x[0-9a-fA-F]{${2 * size}}$`))
    .transform((text): Hex => `0x${text.slice(2).toLowerCase()}`)
const whole = z.int().nonnegative()

/** The messages that voters sign. */
export const pollTypes = {
  Vote: [
    { name: 'voter', type: 'address' },
    { name: 'pollId', type: 'uint64' },
    { name: 'option', type: 'uint8' },
    { name: 'nonce', type: 'uint256' },
  ],
  Withdrawal: [
    { name: 'voter', type: 'address' },
    { name: 'pollId', type: 'uint64' },
    { name: 'nonce', type: 'uint256' },
  ],
} as const

const openPoll: KindDefinition<OpenPoll> = {
  kind: 'open_poll',
  priority: PriorityClass.High,
  gasEstimate: { base: 20_000, each: 70_000 },
  // Each new poll counts up one number. The gas is the same for every poll after the first.
  isOrderDependent: false,
  request: z
    .object({ question: bytes(32), options: whole.max(255) })
    .meta({ id: 'OpenPollRequest' })
    .transform((body) => ({ kind: 'open_poll' as const, ...body })),
  validate: ({ options }) => (options < 2 ? 'a poll needs at least two options' : null),
  account: () => null,
  lane: () => null,
  // A question is asked once: a second request for it is refused while the first is in flight.
  claims: ({ question }) => [question],
  signature: () => null,
  digest: () => null,
  verification: { type: 'none' },
  authorise: () => null,
  callData: ({ question, options }) =>
    encodeFunctionData({ abi, functionName: 'openPoll', args: [question, options] }),
  foreignCode: () => null,
  successLogs: ({ question, options }) => [
    log('PollOpened', { question }, encodeAbiParameters([{ type: 'uint8' }], [options])),
  ],
}

/** One name for a voter, also for an operation of a program that writes the address with its checksum. */
const nameOf = ({ voter }: Vote | WithdrawVote) => voter.toLowerCase()

/** What both signed kinds have in common. The lane of a voter is the voter's address. */
const signed = {
  priority: PriorityClass.Normal,
  isOrderDependent: false,
  account: nameOf,
  lane: (operation: Vote | WithdrawVote) => ({ leaf: nameOf(operation), nonce: BigInt(operation.nonce) }),
  claims: () => [],
  signature: ({ signature }: Vote | WithdrawVote) => signature,
  // The contract checks the signer before the nonce.
  verification: { type: 'byNonceRevert' },
  authorise: (operation: Vote | WithdrawVote, signer: Address) =>
    signer === nameOf(operation) ? null : 'the signature must be that of the voter',
  foreignCode: () => null,
} as const

const vote: KindDefinition<Vote> = {
  ...signed,
  kind: 'vote',
  gasEstimate: { base: 25_000, each: 60_000 },
  request: z
    .object({ voter: address, poll: whole, option: whole.max(255), nonce: whole, signature: bytes(65) })
    .meta({ id: 'VoteRequest' })
    .transform((body) => ({ kind: 'vote' as const, ...body })),
  validate: () => null,
  digest: ({ voter, poll, option, nonce }, domain) =>
    hashTypedData({
      domain,
      types: pollTypes,
      primaryType: 'Vote',
      message: { voter, pollId: BigInt(poll), option, nonce: BigInt(nonce) },
    }),
  callData: ({ voter, poll, option, nonce, signature }) =>
    encodeFunctionData({
      abi,
      functionName: 'vote',
      args: [voter, BigInt(poll), option, BigInt(nonce), signature],
    }),
  successLogs: ({ voter, poll, option }) => [
    log('Voted', { voter, pollId: BigInt(poll) }, encodeAbiParameters([{ type: 'uint8' }], [option])),
  ],
}

const withdrawVote: KindDefinition<WithdrawVote> = {
  ...signed,
  kind: 'withdraw_vote',
  gasEstimate: { base: 25_000, each: 35_000 },
  request: z
    .object({ voter: address, poll: whole, nonce: whole, signature: bytes(65) })
    .meta({ id: 'WithdrawVoteRequest' })
    .transform((body) => ({ kind: 'withdraw_vote' as const, ...body })),
  validate: () => null,
  digest: ({ voter, poll, nonce }, domain) =>
    hashTypedData({
      domain,
      types: pollTypes,
      primaryType: 'Withdrawal',
      message: { voter, pollId: BigInt(poll), nonce: BigInt(nonce) },
    }),
  callData: ({ voter, poll, nonce, signature }) =>
    encodeFunctionData({
      abi,
      functionName: 'withdrawVote',
      args: [voter, BigInt(poll), BigInt(nonce), signature],
    }),
  successLogs: ({ voter, poll }) => [log('VoteWithdrawn', { voter, pollId: BigInt(poll) }, '0x')],
}

type EventName = 'PollOpened' | 'Voted' | 'VoteWithdrawn'

/** @param indexed the known indexed arguments; any value fits the others */
function log(eventName: EventName, indexed: object, data: Hex): LogPattern {
  const [selector, ...topics] = encodeEventTopics({ abi, eventName, args: indexed as never })
  if (selector === undefined) throw new TypeError(`${eventName} has no selector`)
  return { topics: [selector, ...topics.map((topic) => (typeof topic === 'string' ? topic : null))], data }
}

/** A query parameter with the range of its Solidity type. */
const wholeBelow = (bits: number) =>
  z
    .string()
    .regex(/^\d{1,20}$/, { abort: true })
    .refine((text) => BigInt(text) < 2n ** BigInt(bits))
    .meta({ description: `a whole number below 2^${bits}` })

const pollQuery = z.object({ poll: wholeBelow(64), option: wholeBelow(8) })

export const polls = defineRegistry<PollOperation>({
  name: 'Polls',
  kinds: { open_poll: openPoll, vote, withdraw_vote: withdrawVote },
  routes: [
    { path: '/open-poll', kind: 'open_poll' },
    { path: '/vote', kind: 'vote' },
    { path: '/withdraw-vote', kind: 'withdraw_vote' },
  ],
  // The contract has no call for many operations at once.
  fold: null,
  counter: (voter) => encodeFunctionData({ abi, functionName: 'nonces', args: [voter as Address] }),
  domain: (chainId, verifyingContract) =>
    eip712Domain({ name: 'Polls', version: '1', chainId, verifyingContract }),
  errors: {
    decode: revertDecoder(abi.filter((item) => item.type === 'error')),
    nonce: {
      name: 'WrongNonce',
      read: ([, expected = '0', actual = '0']) => ({ expected: BigInt(expected), actual: BigInt(actual) }),
    },
    // Before its earlier operations, a withdrawal finds no vote yet, and a second vote finds the first.
    early: new Set(['NotVoted', 'AlreadyVoted']),
    signature: new Set(['WrongSigner']),
    unpaid: new Set(),
    unavailable: new Set(),
    // No error has a code of its own: all are reported by name, under `bad_request`.
    codes: new Map(),
  },
  views: [
    {
      path: '/votes',
      summary: 'The number of votes for an option of a poll',
      description: 'Read from the contract at the newest block.',
      query: pollQuery,
      answer: z.strictObject({ votes: z.string() }).meta({ id: 'Votes' }),
      open: (read: ReadContract) => async (query) => {
        const { poll, option } = pollQuery.parse(query)
        const data = encodeFunctionData({
          abi,
          functionName: 'votesOf',
          args: [BigInt(poll), Number(option)],
        })
        return { votes: BigInt(await read(data)).toString() }
      },
    },
  ],
})
