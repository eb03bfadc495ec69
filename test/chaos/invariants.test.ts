/** Each invariant can fail: correct evidence passes, and each falsified part is reported by the right invariant. */
import { describe, expect, it } from 'vitest'
import type { Hash } from '../../src/domain/primitives.ts'
import { createIdleAccount, type LiveAccount } from '../../src/load/account.ts'
import { createKey } from '../../src/load/key.ts'
import { registryDomain } from '../../src/registry/worldId/typedData.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { changes } from '../support/accounts.ts'
import type { Broadcast, ChainEvidence, Evidence, Landing } from './evidence.ts'
import { findViolations, type INVARIANTS } from './invariants.ts'
import type { Expectation, Task } from './traffic.ts'
import type { Sighting } from './witness.ts'

const random = seededRandom(1)
const ACCOUNT: LiveAccount = {
  leafIndex: '0x1',
  authenticators: [{ key: createKey(random), pubkeyId: 0, pubkey: '0x1' }],
  recovery: createKey(random),
  hasAgentUpdate: false,
  commitment: '0x1',
  nonce: 0,
}
const [firstInsert, secondInsert] = changes(ACCOUNT, ['insert_authenticator', 'insert_authenticator'], {
  domain: registryDomain(1, ACCOUNT.recovery.address),
  random,
})

const hash = (number: number): Hash => `0x${number.toString(16).padStart(64, '0')}`

function task(
  name: string,
  operation: Task['operation'] | undefined,
  expectation: Expectation = 'lands',
): Task {
  return { name, operation: operation ?? createIdleAccount(random), expectation, rival: null }
}

const FIRST = task('first of a lane', firstInsert)
const SECOND = task('second of a lane', secondInsert)
const CREATE = task('create', createIdleAccount(random))
const BROKEN = task('broken', createIdleAccount(random), 'never')

const landing = (tx: number, logIndex = 0): Landing => ({
  txHash: hash(tx),
  blockNumber: 10 + tx,
  logIndex,
  isOurs: true,
})

const broadcast = (nonce: number): Broadcast => ({
  hash: hash(nonce),
  raw: '0x02',
  nonce,
  maxFeePerGas: 5n,
  maxPriorityFeePerGas: 1n,
  isCancel: false,
  verdicts: [null],
})

const finalized = (tx: number, depth = 2): readonly Sighting[] => [
  { state: 'queued', txHash: null, depth: null },
  { state: 'finalized', txHash: hash(tx), depth },
]

const CHAIN: ChainEvidence = {
  head: 30,
  landings: new Map([
    [FIRST, [landing(0)]],
    [SECOND, [landing(0, 1)]],
    [CREATE, [landing(1)]],
    [BROKEN, []],
  ]),
  possible: new Set(),
  marketPrice: 6n,
  ourEffects: 3,
  walletTransactions: [
    { hash: hash(0), nonce: 0 },
    { hash: hash(1), nonce: 1 },
  ],
  pool: [],
}

/** Two transactions; three successful operations, a refused operation and a failed operation. */
const SOUND: Evidence = {
  confirmations: 2,
  feeCap: 10n,
  deliveries: [
    { task: FIRST, answers: [{ type: 'accepted', id: 'a' }] },
    {
      task: SECOND,
      answers: [
        { type: 'lost', why: 'timeout' },
        { type: 'accepted', id: 'b' },
      ],
    },
    { task: CREATE, answers: [{ type: 'accepted', id: 'c' }] },
    { task: BROKEN, answers: [{ type: 'accepted', id: 'd' }] },
  ],
  sightings: new Map([
    ['a', finalized(0)],
    ['b', finalized(0)],
    ['c', finalized(1)],
    ['d', [{ state: 'failed', txHash: null, depth: null }]],
  ]),
  broadcasts: [broadcast(0), broadcast(1)],
  recorded: new Set([hash(0), hash(1)]),
  intrusions: new Set(),
  isFinalityBroken: false,
  wallet: { inFlight: [], next: 2 },
  isAtRest: true,
  tries: new Map(),
  alarms: [],
  crashes: [],
  exitCode: 0,
  chain: CHAIN,
  afterReplay: CHAIN,
}

type Forgery = Partial<Evidence>

const seen = (id: string, sightings: readonly Sighting[]): Forgery => ({
  sightings: new Map([...SOUND.sightings, [id, sightings]]),
})

const landed = (
  changed: Task,
  landings: readonly Landing[],
  rest: Partial<ChainEvidence> = {},
): ChainEvidence => ({
  ...CHAIN,
  landings: new Map([...CHAIN.landings, [changed, landings]]),
  ...rest,
})

/** The expected reports of each invariant. */
const FORGERIES: Readonly<Record<keyof typeof INVARIANTS, readonly Forgery[]>> = {
  acknowledgedEnds: [
    seen('c', [{ state: 'submitted', txHash: hash(1), depth: null }]),
    seen('c', []),
    seen('c', [...finalized(1), { state: 'unknown', txHash: null, depth: null }]),
    { isAtRest: false },
  ],
  endsOnce: [
    seen('c', [{ state: 'failed', txHash: null, depth: null }, ...finalized(1)]),
    seen('c', [...finalized(1), { state: 'submitted', txHash: hash(1), depth: null }, ...finalized(1)]),
    seen('c', [...finalized(0), ...finalized(1)]),
  ],
  finalizedHasLanded: [
    seen('c', finalized(0)),
    { chain: landed(CREATE, []) },
    { chain: { ...CHAIN, head: 12 } },
  ],
  finalizedIsSaidInTime: [seen('c', finalized(1, 1)), seen('c', finalized(1, -1))],
  failedHasNotLanded: [
    { chain: landed(BROKEN, [landing(1, 1)]) },
    { chain: landed(BROKEN, [{ ...landing(1, 1), isOurs: false }]) },
  ],
  refusedHasNotLanded: [
    {
      deliveries: [
        ...SOUND.deliveries.filter((delivery) => delivery.task !== CREATE),
        {
          task: CREATE,
          answers: [
            { type: 'turnedAway', code: 'chain_unavailable' },
            { type: 'refused', code: 'bad_request' },
          ],
        },
      ],
    },
  ],
  nothingTwice: [{ chain: landed(CREATE, [landing(1), landing(0, 2)]) }],
  nothingUnasked: [{ chain: { ...CHAIN, ourEffects: 4 } }],
  brokenNeverLands: [{ chain: landed(BROKEN, [landing(1, 1)]) }],
  soundLands: [{ chain: landed(CREATE, []) }, seen('c', [{ state: 'failed', txHash: null, depth: null }])],
  failuresAreOwn: [
    {
      ...seen('c', [{ state: 'failed', txHash: null, depth: null }]),
      chain: { ...CHAIN, possible: new Set([CREATE]) },
    },
  ],
  chargedWithProof: [{ tries: new Map([['a', 1]]) }],
  noFalseAlarm: [{ alarms: ['another program uses the wallet key'] }],
  pricesHaveACause: [
    {
      broadcasts: [
        { ...broadcast(0), verdicts: ['txpool is full'] },
        broadcast(1),
        { ...broadcast(0), hash: hash(7), maxFeePerGas: 7n },
      ],
      recorded: new Set([hash(0), hash(1), hash(7)]),
    },
  ],
  noncesAreConsumed: [
    { broadcasts: [...SOUND.broadcasts, broadcast(2)] },
    { chain: { ...CHAIN, walletTransactions: [{ hash: hash(1), nonce: 1 }] } },
    {
      chain: {
        ...CHAIN,
        pool: [{ hash: hash(9), nonce: '0x2', maxFeePerGas: '0x1', maxPriorityFeePerGas: '0x1' }],
      },
    },
    { wallet: { inFlight: [1], next: 2 } },
    { wallet: { inFlight: [], next: 3 } },
  ],
  feesAreCapped: [
    { broadcasts: [broadcast(0), { ...broadcast(1), maxFeePerGas: 11n }] },
    { broadcasts: [broadcast(0), { ...broadcast(1), maxPriorityFeePerGas: 6n }] },
  ],
  lanesAreInOrder: [
    {
      chain: {
        ...CHAIN,
        landings: new Map([...CHAIN.landings, [FIRST, [landing(0, 1)]], [SECOND, [landing(0)]]]),
      },
    },
    { chain: landed(FIRST, [landing(1, 1)]) },
  ],
  signedIsRecorded: [{ recorded: new Set([hash(0)]) }],
  walletIsOurs: [{ broadcasts: [broadcast(0)] }],
  gatewaySurvives: [{ crashes: ['code 1'] }, { exitCode: 1 }, { exitCode: null }],
  pastStaysPast: [
    { afterReplay: landed(BROKEN, [landing(1, 1)]) },
    {
      afterReplay: {
        ...CHAIN,
        walletTransactions: [...CHAIN.walletTransactions, { hash: hash(2), nonce: 2 }],
      },
    },
  ],
}

describe('the invariants of a chaos run', () => {
  it('hold for correct evidence', () => {
    expect(findViolations(SOUND)).toEqual([])
  })

  it.each(
    Object.entries(FORGERIES).flatMap(([invariant, forgeries]) =>
      forgeries.map((forgery, index) => [invariant, index + 1, forgery] as const),
    ),
  )('%s finds forgery %i', (invariant, _, forgery) => {
    const found = findViolations({ ...SOUND, ...forgery })
    expect(found.map((violation) => violation.invariant)).toContain(invariant)
  })

  it('allow a changed verdict only after a reorg of a final block', () => {
    const left = seen('c', [
      ...finalized(1),
      { state: 'submitted', txHash: hash(1), depth: null },
      ...finalized(1),
    ])
    expect(findViolations({ ...SOUND, ...left, isFinalityBroken: true })).toEqual([])
  })

  it('allow a foreign transaction of the wallet', () => {
    const intruded = { broadcasts: [broadcast(0)], intrusions: new Set([hash(1)]) }
    expect(findViolations({ ...SOUND, ...intruded })).toEqual([])
  })
})
