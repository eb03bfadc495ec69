/** Search, names of states, and links. */
import { describe, expect, it } from 'vitest'
import { apply } from '../../../inspector/src/page/world/apply.ts'
import { find } from '../../../inspector/src/page/world/find.ts'
import { longStaysOf, stateWords, tellingState } from '../../../inspector/src/page/world/states.ts'
import { fromWelcome, newRun } from '../../../inspector/src/page/world/world.ts'
import type { ActorMessage, Json } from '../../../inspector/src/wire.ts'
import { WELCOME } from './messages.ts'

const BATCH = '11111111-aaaa-4aaa-8aaa-aaaaaaaaaaaa'
const OPERATION = '22222222-bbbb-4bbb-8bbb-bbbbbbbbbbbb'
const HASH = `0x${'ab'.repeat(32)}`

function actor(sessionId: string, machine: string, context: Record<string, Json>): ActorMessage {
  return {
    type: '@xstate.actor',
    sessionId,
    rootId: 'x:0',
    createdAt: '1',
    id: sessionId,
    _version: '0',
    name: machine,
    parentId: null,
    definition: '{}',
    machine,
    snapshot: { status: 'active', context },
    states: [`${machine}.Pending`],
  }
}

const world = [
  actor('x:1', 'pendingBatch', {
    batchId: BATCH,
    operations: [{ id: OPERATION, kind: 'update_authenticator', lane: '42:7', receivedAt: 1, tries: 0 }],
    attempts: [{ hash: HASH }],
    inclusion: { txHash: HASH, blockNumber: 977, blockHash: '0x' },
    kept: 1,
  }),
  actor('x:2', 'nonceTracker', { gaps: [{ leaf: '9', missing: 3, waiting: [4], since: 1 }] }),
].reduce(apply, fromWelcome(WELCOME))

describe('a search', () => {
  const routes = (text: string) => find(world, text).map(({ route }) => route.join('/'))

  it.each([
    ['an operation', OPERATION, `operation/${OPERATION}`],
    ['an operation as the gateway writes it', ` GW_${OPERATION.toUpperCase()} `, `operation/${OPERATION}`],
    ['the beginning of an operation', '2222', `operation/${OPERATION}`],
    ['a batch', BATCH, `batch/${BATCH}`],
    ['a transaction', HASH, `batch/${BATCH}`],
    ['the beginning of a transaction', '0xabab', `batch/${BATCH}`],
    ['the leaf index of an operation in a batch', '42', `operation/${OPERATION}`],
    ['the leaf index of a waiting operation', '9', 'lanes/9'],
    ['a block', '977', `batch/${BATCH}`],
  ])('finds %s', (_, text, route) => {
    expect(routes(text)).toEqual([route])
  })

  it.each(['', '  ', 'nothing', '0xff', '<img>', '43', '333'])('finds nothing for %j', (text) => {
    expect(routes(text)).toEqual([])
  })
})

describe('a state', () => {
  it.each([
    [
      [
        'pendingBatch.Submitted',
        'pendingBatch.Submitted.Evidence',
        'pendingBatch.Submitted.Evidence.Watching',
      ],
      'Submitted',
      'flight',
      'Submitted › Evidence › Watching',
    ],
    [
      ['pendingBatch.Submitted', 'pendingBatch.Submitted.Reading', 'pendingBatch.Submitted.Reading.Running'],
      'Reading',
      'included',
      'Submitted › Reading › Running',
    ],
    [
      [
        'pendingBatch.Submitted',
        'pendingBatch.Submitted.Delivery',
        'pendingBatch.Submitted.Delivery.Resting',
        'pendingBatch.Submitted.Evidence',
        'pendingBatch.Submitted.Evidence.Watching',
      ],
      'Submitted',
      'flight',
      'Submitted › Delivery › Resting, Evidence › Watching',
    ],
    [
      [
        'pendingBatch.Submitted',
        'pendingBatch.Submitted.Delivery',
        'pendingBatch.Submitted.Evidence',
        'pendingBatch.Submitted.Delivery.BackingOff',
        'pendingBatch.Submitted.Evidence.Checking',
      ],
      'BackingOff',
      'warn',
      'Submitted › Delivery › BackingOff, Evidence › Checking',
    ],
    [
      [
        'pendingBatch.Submitted',
        'pendingBatch.Submitted.Delivery',
        'pendingBatch.Submitted.Delivery.Delivered',
        'pendingBatch.Submitted.Evidence',
        'pendingBatch.Submitted.Evidence.Confirming',
      ],
      'Confirming',
      'included',
      'Submitted › Delivery › Delivered, Evidence › Confirming',
    ],
    [['wallet.LowFunds', 'wallet.LowFunds.Waiting'], 'LowFunds', 'bad', 'LowFunds › Waiting'],
    [['pendingBatch.Brooding'], 'Brooding', 'calm', 'Brooding'],
  ])('%j is shown as %s', (states, name, tone, words) => {
    expect(tellingState(states)).toEqual({ name, tone })
    expect(stateWords(states)).toBe(words)
  })

  it('of the gateway is the state of the region Service', () => {
    const states = [
      'gateway.Active',
      'gateway.Active.Service',
      'gateway.Active.Service.Draining',
      'gateway.Active.Ticker',
    ]
    expect(stateWords(states)).toBe('Draining')
    expect(stateWords(['gateway.Recovering'])).toBe('Recovering')
  })

  it('counts as a single stay, together with the inner states', () => {
    const step = (at: number, ...path: readonly string[]) => ({
      at,
      states: path.map((_, index) => `pendingBatch.${path.slice(0, index + 1).join('.')}`),
      event: '',
      transitions: [],
    })
    const run = {
      ...newRun(actor('x:9', 'pendingBatch', {}), 0),
      steps: [
        step(0, 'Pending', 'Restoring'),
        step(5, 'Submitted', 'Broadcasting'),
        step(7, 'Submitted', 'Evidence'),
        step(20, 'Resubmitting'),
        step(25, 'Submitted', 'Broadcasting'),
      ],
    }
    const stays = longStaysOf(run, 40).map(({ states, from, to }) => [tellingState(states).name, from, to])
    expect(stays).toEqual([
      ['Pending', 0, 5],
      ['Submitted', 5, 20],
      ['Resubmitting', 20, 25],
      ['Submitted', 25, 40],
    ])
  })
})
