/** Every invariant can fail: for each, the evidence of a correct run is falsified. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { OperationRecord } from '../../src/store/port.ts'
import { effectOf } from './callData.ts'
import { type Evidence, findViolations, INVARIANTS } from './invariants.ts'
import { planRun } from './plan.ts'
import { run } from './world.ts'

let sound: Evidence

/**
 * The first run with enough to falsify: several operations of an account in several blocks, a failed operation and a refused
 * operation. Which seed has them changes with every call that the gateway makes.
 */
beforeAll(async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    sound = (await run(planRun(seed))).evidence
    if (Object.values(FALSIFIED).every(isPossible)) return
  }
  throw new Error('no seed has a run with enough to falsify')
})

function isPossible(falsify: () => Evidence): boolean {
  try {
    falsify()
    return true
  } catch {
    return false
  }
}

const ELSEWHERE = `0x${'e'.repeat(64)}` as const

const FAILED = { state: 'failed', error: 'made up', errorCode: 'internal_server_error' } as const

/** The first record with the given state. */
function recordIn(state: 'finalized' | 'failed', matches = (_: OperationRecord) => true): OperationRecord {
  const found = [...sound.records.values()].find((record) => record.state.state === state && matches(record))
  if (found === undefined) throw new Error(`the run has nothing ${state}`)
  return found
}

function withRecord(record: OperationRecord): Evidence {
  return { ...sound, records: new Map(sound.records).set(record.envelope.id, record) }
}

function withoutRecord({ envelope: { id } }: OperationRecord): Evidence {
  return { ...sound, records: new Map([...sound.records].filter(([each]) => each !== id)) }
}

function withLandings(record: OperationRecord, blockNumbers: readonly number[]): Evidence {
  const landings = blockNumbers.map((blockNumber, index) => ({ hash: hashOf(index), blockNumber }))
  return { ...sound, landings: new Map(sound.landings).set(effectOf(record.envelope.operation), landings) }
}

function hashOf(index: number) {
  return `0x${index.toString(16).padStart(64, '0')}` as const
}

/** The last finalized operation of an account with several. */
function lastOfLane(): OperationRecord {
  const first = recordIn('finalized', ({ envelope }) => envelope.lane?.nonce === 0)
  return recordIn(
    'finalized',
    ({ envelope: { lane } }) => lane?.leaf === first.envelope.lane?.leaf && lane?.nonce !== 0,
  )
}

const FALSIFIED: Readonly<Record<keyof typeof INVARIANTS, () => Evidence>> = {
  storedEnds: () => withRecord({ ...recordIn('finalized'), state: { state: 'queued' } }),
  acknowledgedIsStored: () =>
    withoutRecord(recordIn('finalized', ({ envelope: { id } }) => answerOf(id) === 'accepted')),
  refusedIsNotStored: () => {
    const { id } = recordIn('finalized').envelope
    return {
      ...sound,
      submissions: sound.submissions.map((each) => (each.id === id ? { ...each, answer: 'refused' } : each)),
    }
  },
  finalizedHasLanded: () =>
    withRecord({ ...recordIn('finalized'), state: { state: 'finalized', txHash: ELSEWHERE } }),
  failedHasNotLanded: () => withLandings(recordIn('failed'), [7]),
  soundLands: () => {
    const created = recordIn('finalized', ({ envelope }) => isSoundCreation(envelope.id))
    return withRecord({ ...created, state: FAILED })
  },
  nothingTwice: () => withLandings(recordIn('finalized'), [7, 8]),
  nothingUnasked: () => withoutRecord(recordIn('finalized')),
  noncesAreConsumed: () => ({
    ...sound,
    attempts: sound.attempts.map((each) => ({ ...each, nonce: 10_000 })),
  }),
  walletIsOurs: () => ({ ...sound, attempts: sound.attempts.slice(1) }),
  feesAreCapped: () => ({
    ...sound,
    attempts: sound.attempts.map((each) => ({ ...each, maxFeePerGas: sound.feeCap + 1 })),
  }),
  failuresAreOwn: () => {
    const created = recordIn('finalized', ({ envelope }) => isSoundCreation(envelope.id))
    const { operation } = created.envelope
    if (operation.kind !== 'create_account') throw new Error('the operation is no create')
    // A create that nobody sent: the registry would accept it.
    const unsent = { ...operation, authenticatorAddresses: [`0x${'1'.repeat(40)}`] as const }
    const envelope = { ...created.envelope, operation: unsent, claims: [`0x${'1'.repeat(40)}`] }
    return withRecord({ ...created, envelope, status: null, state: FAILED })
  },
  pricesHaveACause: () => {
    const [first] = sound.attempts
    if (first === undefined) throw new Error('the run has no attempt')
    const raised = { ...first, hash: ELSEWHERE, maxFeePerGas: sound.marketPrice + 1 }
    return {
      ...sound,
      attempts: [first, raised],
      fates: new Map([[first.hash, [{ type: 'refused', why: 'txpool is full' }]]]),
    }
  },
  lanesAreInOrder: () => withLandings(lastOfLane(), [0]),
  nothingIsHeld: () => ({ ...sound, leftovers: ['1 lanes are kept'] }),
}

function answerOf(id: string) {
  return sound.submissions.find((submission) => submission.id === id)?.answer
}

function isSoundCreation(id: string): boolean {
  const submission = sound.submissions.find((each) => each.id === id)
  if (submission === undefined || submission.answer !== 'accepted') return false
  const { planned } = submission.errand
  return planned.type === 'create' && !planned.twin && !sound.meddled.has(effectOf(submission.operation))
}

describe('the invariants', () => {
  it('hold for the evidence of a correct run', () => {
    expect(findViolations(sound)).toEqual([])
  })

  it.each(Object.keys(INVARIANTS) as (keyof typeof INVARIANTS)[])(
    'report falsified evidence: %s',
    (invariant) => {
      const violated = findViolations(FALSIFIED[invariant]()).map((violation) => violation.invariant)
      expect(violated).toContain(invariant)
    },
  )

  it('report a priority fee above the maximum fee', () => {
    const attempts = sound.attempts.map((each) => ({ ...each, maxPriorityFeePerGas: each.maxFeePerGas + 1 }))
    expect(findViolations({ ...sound, attempts }).map(({ invariant }) => invariant)).toContain(
      'feesAreCapped',
    )
  })

  it('report too few confirmations and a wrong block', () => {
    const what = (evidence: Evidence) => findViolations(evidence).map((violation) => violation.what)
    expect(what({ ...sound, confirmations: 1_000 }).join()).toContain('is not deep enough')
    const record = recordIn('finalized')
    if (record.status?.type !== 'Finalized') throw new Error('no block is known')
    expect(what(withRecord({ ...record, status: { ...record.status, blockNumber: 1 } })).join()).toContain(
      'is finalized in block 1',
    )
  })
})
