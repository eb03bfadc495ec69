import { readFile, rm } from 'node:fs/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { readRecording } from '../../../inspector/src/wire/recording.ts'
import { planQuietHour, planRun } from '../plan.ts'
import { run } from '../world.ts'
import { Crew } from './crew.ts'
import { folderOf, keepRun, keepShrunk, readPlan, readShrunk, tellPlan } from './keepsakes.ts'
import { broken, type Outcome } from './outcome.ts'
import { tellTotals } from './totals.ts'

const UNUSED_SEED = 999_999_999

describe('the processes of a campaign', () => {
  const crew = new Crew(2)
  afterAll(() => crew.close())

  it('run every seed once and report each result', async () => {
    const outcomes: Outcome[] = []
    const seeds = [11, 13, 18]
    await crew.perform(
      seeds.map((seed) => ({ type: 'run', seed })),
      (outcome) => outcomes.push(outcome),
    )
    expect(outcomes.map(({ seed }) => seed).sort()).toEqual(seeds)
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ violations: [], digest: expect.stringMatching(/^[0-9a-f]{64}$/) })
      expect(outcome.cpu).toBeGreaterThan(0)
    }
  })
})

describe('a failed run', () => {
  afterAll(() => rm(folderOf(UNUSED_SEED), { recursive: true, force: true }))

  it('is stored as a plan to run again, a trace, and a recording for the live view', async () => {
    const plan = { ...planRun(5), seed: UNUSED_SEED }
    const report = await run(plan, { isRecorded: true })
    await keepRun(plan, report)
    await keepShrunk(plan, report)
    const kept = await readPlan(`${folderOf(UNUSED_SEED)}/plan.json`)
    expect(kept).toEqual(plan)
    expect((await run(kept)).trace).toBe(report.trace)
    expect(await readShrunk(UNUSED_SEED)).toEqual({ plan: tellPlan(plan), trace: report.trace })
    const file = await readFile(`${folderOf(UNUSED_SEED)}/recording.json`, 'utf8')
    expect(readRecording(file)).toEqual(JSON.parse(JSON.stringify(report.recording)))
  })
})

describe('the recording of a run', () => {
  it('holds all gateway processes, and each ends before the next starts', async () => {
    const { recording, lives } = await run(planRun(5), { isRecorded: true })
    if (recording === null) throw new Error('nothing was recorded')
    const { messages } = recording
    const births = messages.filter((message) => message.type === '@xstate.actor')
    // A process with a crash during the start has no actors.
    const roots = births.filter(({ parentId }) => parentId === null)
    expect(roots.length).toBeGreaterThan(1)
    expect(roots.length).toBeLessThanOrEqual(lives)
    expect(new Set(messages.map(({ id }) => id)).size).toBe(messages.length)
    const living = new Set<string>()
    for (const message of messages) {
      if (message.type === '@xstate.actor') {
        if (message.parentId === null) expect([...living]).toEqual([])
        living.add(message.sessionId)
      } else if (message.type === '@xstate.snapshot' && message.snapshot.status !== 'active') {
        living.delete(message.sessionId)
      }
    }
    expect(living.size).toBeGreaterThan(5)
  })
})

it('a quiet hour has blocks, no operations and no faults', async () => {
  const report = await run(planQuietHour())
  expect(report).toMatchObject({ violations: [], lives: 1, operations: {}, kills: {}, strikes: {} })
  expect(report.duration).toBeGreaterThanOrEqual(3_600_000)
  expect(report.blocks).toBeGreaterThanOrEqual(1_800)
})

it('totals add up the results of all seeds', () => {
  const outcome: Outcome = {
    ...broken(1, 'it fell over'),
    operations: { finalized: 3, failed: 1 },
    kills: { 'after commit': 2, 'before commit': 1, 'at no effect': 1 },
    strikes: { delay: 5 },
    lives: 5,
    duration: 3_600_000,
    cpu: 500,
    blocks: 10,
  }
  const text = tellTotals([outcome, { ...outcome, violations: [] }], { ...outcome, cpu: 900, blocks: 1_800 })
  expect(text.replaceAll(/ {2,}/g, ': ').split('\n')).toEqual([
    'seeds: 2, 1 violated',
    'operations: finalized 6, failed 2',
    'world: 2.0 hours, 20 blocks, 0 events',
    'lives: 10, of which 8 were killed, in 2 of the seeds',
    'killed at: commit 2/4/0, no effect 2 (before/after/answered)',
    'faults: delay 10',
    'processor: 1.0 s, 0.500 s a seed, 0.50 s an hour',
    'a quiet hour: 0.90 s, 1800 blocks',
    'violations: runs 1',
    '',
  ])
})
