/** The sentences at the top of the overview: what is wrong, and what waits. */
import { describe, expect, it } from 'vitest'
import { whyOf } from '../../../inspector/src/page/views/overview/facts.ts'
import { apply } from '../../../inspector/src/page/world/apply.ts'
import { troublesOf } from '../../../inspector/src/page/world/trouble.ts'
import { fromWelcome, type World } from '../../../inspector/src/page/world/world.ts'
import type { ActorMessage, Fact, Json, Sample } from '../../../inspector/src/wire.ts'
import { SAMPLE, WELCOME } from './messages.ts'

const NOW = 100_000

function actor(name: string, machine: string, state: string, context: Record<string, Json>): ActorMessage {
  return {
    type: '@xstate.actor',
    sessionId: `x:${name}`,
    rootId: 'x:0',
    createdAt: '40000',
    id: name,
    _version: '0',
    name,
    parentId: null,
    definition: '{}',
    machine,
    snapshot: { status: 'active', context },
    states: [`${machine}.${state}`],
  }
}

const failing = (effect: string, reason: string, since: number, isPersistent = true) => ({
  failing: [{ effect, reason, since, isPersistent }],
})

function worldOf(...actors: readonly ActorMessage[]): World {
  return { ...actors.reduce(apply, fromWelcome(WELCOME)), at: NOW }
}

const batcher = (throttled: string | null, ready = 3) =>
  actor('opsBatcher', 'opsBatcher', throttled === null ? 'Idle' : 'Throttled', {
    ready,
    throttled,
    slots: [],
  })

const textsOf = (world: World) => troublesOf(world).map(({ text }) => text)

function told(world: World, fact: Fact): World {
  return { ...apply(world, { type: 'opsbatcher.fact', id: 'f', createdAt: String(NOW), fact }), at: NOW }
}

describe('without trouble', () => {
  it('nothing is listed, and the batcher says what it does', () => {
    const world = worldOf(
      batcher(null, 0),
      actor('wallet', 'wallet', 'Ready', failing('signAttempt', 'once', 1, false)),
    )
    expect(troublesOf(world)).toEqual([])
    expect(whyOf(world)).toMatchObject({ tone: 'calm', title: 'Idle' })
  })
})

describe('operations that wait', () => {
  it.each([
    [
      'FeeAboveCeiling',
      'warn',
      /^3 operations wait for 1 m 00 s: the base fee, 61\.00 gwei, is at or above the ceiling of 50\.00 gwei\.$/,
    ],
    [
      'NoPermit',
      'hold',
      /^3 operations wait for 1 m 00 s: all 3 batches that may be in flight are in flight\.$/,
    ],
    ['WalletUnavailable', 'bad', /the wallet cannot sign\.$/],
    ['ChainStalled', 'bad', /the chain shows no new block\.$/],
    ['SomethingNew', 'warn', /something new\.$/],
  ])('for %s are listed with the reason in words', (reason, tone, text) => {
    const block = { number: 1, hash: '0x', baseFee: 61e9, baseFeeEma: 1, gasUsed: 0, gasLimit: 1, at: 1 }
    const world = worldOf(batcher(reason))
    const limits = { ...world.limits, maxBaseFee: 50e9 }
    const [trouble] = troublesOf({ ...world, limits, blocks: [block] })
    expect(trouble).toMatchObject({ tone, text: expect.stringMatching(text) })
  })

  it('for an earlier nonce are listed with the longest wait', () => {
    const gaps = [{ leaf: '7', missing: 2, waiting: [3, 4], since: 70_000 }]
    const lanes = actor('nonceTracker', 'nonceTracker', 'Tracking', {
      gaps,
      gapCount: 1,
      longestWaitSince: 70_000,
      laneTimeout: 60_000,
    })
    expect(textsOf(worldOf(lanes))).toEqual([
      '2 operations wait in 1 account for an earlier nonce that did not arrive, for up to 30 s. After 1 m 00 s they are tried without it.',
    ])
  })
})

describe('what is wrong', () => {
  it('has the words of the node, and comes before what waits', () => {
    const words = 'tx fee (1.10 ether) exceeds the configured cap (1.00 ether)'
    const batch = actor('slot-1', 'pendingBatch', 'Submitted', {
      batchId: 'abcdef0123',
      ...failing('broadcastAttempt', words, 40_000),
    })
    expect(textsOf(worldOf(batcher('NoPermit'), batch))).toEqual([
      `Batch abcdef01: broadcast attempt fails for 1 m 00 s: “${words}”.`,
      expect.stringContaining('3 operations wait'),
    ])
  })

  it('names the endpoint that refuses a transaction', () => {
    const refusal = { class: 'other', words: 'no such type', endpoint: 'node-2' }
    const batch = actor('slot-1', 'pendingBatch', 'Submitted', {
      batchId: 'abcdef0123',
      attempts: [{ refusal }],
      backOff: 1_000,
    })
    expect(troublesOf(worldOf(batch))).toEqual([
      {
        tone: 'bad',
        text: 'RPC endpoint node-2 refuses the transaction of batch abcdef01: “no such type”.',
        route: ['batch', 'abcdef0123'],
      },
    ])
  })

  it('names an endpoint that is down, until it is up', () => {
    const down = told(worldOf(), {
      type: 'endpoint.changed',
      endpoint: 'node-1',
      state: 'Down',
      message: 'no answer',
      at: 1,
    })
    expect(textsOf(down)).toEqual(['RPC endpoint node-1 is down: “no answer”.'])
    expect(
      textsOf(
        told(down, { type: 'endpoint.changed', endpoint: 'node-1', state: 'Up', message: null, at: 1 }),
      ),
    ).toEqual([])
  })

  it.each([
    ['LowFunds', /^The wallet pauses: its balance of 0\.004 ETH is too low\. The minimum is 0\.01 ETH/],
    ['Stopped', /^The wallet stopped, .*: “wrong chain”\.$/],
    ['Unreachable', /^The wallet cannot read its account: “wrong chain”\.$/],
  ])('names the state %s of the wallet', (state, text) => {
    const context = { balance: String(4e15), minBalance: String(1e16), failure: 'wrong chain' }
    expect(textsOf(worldOf(actor('wallet', 'wallet', state, context)))).toEqual([expect.stringMatching(text)])
  })

  it('names a crash, a failing store, a stalled chain and a lost seat', () => {
    const crash = { actor: 'wallet', message: 'no such nonce', at: 90_000 }
    const texts = textsOf(
      worldOf(
        actor('gateway', 'gateway', 'Restarting', { failure: null, lastCrash: crash }),
        actor('requestTracker', 'requestTracker', 'Failing', { failure: 'disk full' }),
        actor('chainMonitor', 'chainMonitor', 'Stalled', { failure: null }),
        actor('seat', 'seat', 'Standing', { failure: 'no answer', leader: null }),
      ),
    )
    expect(texts).toEqual([
      'An actor crashed, and the gateway restarts from the store.',
      'The seat of the leader cannot be renewed: “no answer”.',
      'The database takes no writes: “disk full”.',
      'The chain is stalled for 1 m 00 s: no endpoint shows a new block.',
      'The actor wallet crashed 10 s ago and was restarted: “no such nonce”.',
    ])
  })

  it('counts failed operations, with the reason of the last one in words', () => {
    const failed = told(worldOf(), {
      type: 'operation.failed',
      id: 'f00',
      kind: 'k',
      reason: 'NonceTooLow(4)',
      receivedAt: 1,
      at: 2,
    })
    const samples: readonly Sample[] = [
      { ...SAMPLE, at: 0 },
      { ...SAMPLE, at: 180_000, failed: 2 },
    ]
    expect(troublesOf({ ...failed, samples })).toEqual([
      {
        tone: 'warn',
        text: '2 operations failed in the last 3 minutes. The last one: Its nonce is used already: the next nonce of the account is 4.',
        route: ['operation', 'f00'],
      },
    ])
  })

  it('names a short runway, and a batch that waits too long for its inclusion', () => {
    const context = { batchId: 'abcdef0123', attempts: [{}, {}], submittedAt: 70_000 }
    const world = worldOf(actor('slot-0', 'pendingBatch', 'Resubmitting', context))
    const samples = [{ ...SAMPLE, money: { spentLastHour: '1', runway: 7_200_000 } }]
    expect(textsOf({ ...world, samples })).toEqual([
      'The balance of the wallet lasts 2 h 00 m at the spending of the last hour.',
      'Batch abcdef01 waits for its inclusion for 30 s, with attempt 2 of at most 2.',
    ])
  })
})
