/** The levels of finality on a real node. Its tag `safe` is 32 blocks below the head, and `finalized` 64 blocks. */
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../load/seededRandom.ts'
import { reorganise } from '../support/chain.ts'
import type { OperationDetail } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { hashOf, useScene } from './scene.ts'

type Level = keyof OperationDetail['finality']

const scene = useScene(seededRandom(63))

function levelsOf({ finality }: OperationDetail): readonly string[] {
  return Object.entries(finality).flatMap(([level, reached]) => (reached === null ? [] : [level]))
}

/** Waits until an operation has reached a level. */
function climbs(id: string, level: Level): Promise<OperationDetail> {
  return eventually(
    `${id} to be ${level}`,
    () => scene.service.operation(id),
    ({ finality }) => finality[level] !== null,
  )
}

async function mine(blocks: number): Promise<void> {
  await scene.chain.client.mine({ blocks })
}

describe('the verdict', () => {
  it.each([
    ['safe', 32],
    ['finalized', 64],
  ] as const)('waits for the block tag with FINALITY=%s', async (level, depth) => {
    await scene.start({ FINALITY: level, PRECONFIRMATIONS: 'off' })
    const { id } = await scene.submitted()
    await mine(1)
    await climbs(id, 'included')
    await mine(depth - 1)
    const before = await climbs(id, 'confirmed')
    expect(before.status.state).toBe('submitted')
    expect(before.finality[level]).toBeNull()
    await mine(1)
    const { status, finality, batch } = await scene.service.waitUntilTerminal(id)
    expect(status.state).toBe('finalized')
    expect(finality[level]?.block_number).toBe(batch?.inclusion?.block_number)
  })

  it('comes at the depth of FINALITY=depth:N, and the levels go on after a restart', async () => {
    await scene.start({ FINALITY: 'depth:2' })
    const { id } = await scene.submitted()
    await mine(3)
    const settled = await scene.service.waitUntilTerminal(id)
    const included = settled.finality.included?.block_number ?? 0
    expect(settled.finality.confirmed?.block_number).toBe(included + 2)
    expect(levelsOf(settled)).not.toContain('safe')
    await scene.service.stop()
    await mine(30)
    await scene.start({ FINALITY: 'depth:2' })
    const safe = await climbs(id, 'safe')
    expect(safe.finality.included).toEqual(settled.finality.included)
    expect(safe.finality.finalized).toBeNull()
    await mine(32)
    const detail = await climbs(id, 'finalized')
    expect(detail.finality.finalized?.block_number).toBeGreaterThanOrEqual(included)
    expect(detail.batch?.finality).toEqual(detail.finality)
  })
})

describe('a reorg', () => {
  it('takes back the levels of a settled operation, until it is included again', async () => {
    await scene.start({ FINALITY: 'depth:0', PRECONFIRMATIONS: 'off' })
    const { id } = await scene.submitted()
    await mine(1)
    await climbs(id, 'confirmed')
    await scene.service.reaches(id, 'finalized')
    await reorganise(scene.chain, 1)
    await scene.counts('batches_revived_total', 1)
    const lost = await eventually(
      'the levels to be taken back',
      () => scene.service.operation(id),
      (detail) => levelsOf(detail).length === 0,
    )
    expect(lost.status.state).toBe('submitted')
    const { body } = await scene.service.get('/metrics')
    expect(body).toContain('\nops_batcher_finality_levels_lost_total{level="confirmed"} 1\n')
    scene.miner.resume()
    const again = await climbs(id, 'confirmed')
    expect(levelsOf(again)).toEqual(['included', 'confirmed'])
  })
})

describe('a preconfirmation', () => {
  it('shows an operation in the pending block before any block includes it', async () => {
    await scene.start()
    const { id } = await scene.submitted()
    const head = Number(await scene.chain.client.getBlockNumber())
    const { finality, status } = await climbs(id, 'preconfirmed')
    expect(finality.preconfirmed?.block_number).toBe(head + 1)
    expect(finality.included).toBeNull()
    expect(status.state).toBe('submitted')
    await mine(1)
    const included = await climbs(id, 'included')
    expect(included.finality.preconfirmed).toEqual(finality.preconfirmed)
    expect(await scene.counter('preconfirmations_failed_total')).toBe(0)
  })

  it('that does not come true is told and counted', async () => {
    await scene.start({ RESUBMIT_TIMEOUT_MS: '3600000' })
    const { id } = await scene.submitted()
    const { attempts } = await climbs(id, 'preconfirmed')
    await scene.chain.client.dropTransaction({ hash: hashOf(attempts[0]) })
    await mine(1)
    await scene.counts('preconfirmations_failed_total', 1)
    scene.miner.resume()
    await scene.service.reaches(id, 'finalized')
  })

  it('is not asked for with PRECONFIRMATIONS=off', async () => {
    await scene.start({ PRECONFIRMATIONS: 'off' })
    const { id } = await scene.submitted()
    await mine(1)
    await climbs(id, 'included')
    const blocks = scene.proxy.seen.filter(({ method }) => method === 'eth_getBlockByNumber')
    expect(blocks.map(({ params }) => params[0])).not.toContain('pending')
  })
})

describe('a request that waits for a level', () => {
  it('is answered when the level is reached, from the submission on, and at the verdict', async () => {
    await scene.start({ FINALITY: 'depth:1', BATCH_WINDOW_MS: '500' })
    await scene.miner.pause()
    const { id } = await scene.accepted()
    const included = scene.service.get(`/operations/${id}?wait=30&until=included`)
    const settled = scene.service.get(`/status/${id}?wait=30&until=finalized`)
    await scene.service.reaches(id, 'submitted')
    await mine(1)
    expect((await included).body).toMatchObject({
      status: { state: 'submitted' },
      finality: { included: { block_number: expect.any(Number) }, confirmed: null },
    })
    await mine(1)
    expect((await settled).body).toMatchObject({ request_id: id, status: { state: 'finalized' } })
  })

  it('is answered when the gateway stops', async () => {
    await scene.start()
    const { id } = await scene.submitted()
    const waiting = scene.service.get(`/status/${id}?wait=30&until=included`)
    await scene.service.health()
    scene.miner.resume()
    await scene.service.stop()
    expect((await waiting).status).toBe(200)
  })
})
