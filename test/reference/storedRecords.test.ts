/** The cases of `test_with_redis.rs` and `test_orphan_sweeper.rs`. The gateway stores operations in a database, without a sweeper. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAccount } from '../../src/load/account.ts'
import { toBody } from '../../src/load/client.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { openStage, type Stage, verdict } from '../support/stage.ts'

/** A stop waits only briefly for batches in flight. */
const STOPS_SOON = { DRAIN_TIMEOUT_SECS: '1' }
/** The service collects operations, and sends none. */
const COLLECTING = { ...STOPS_SOON, BATCH_WINDOW_MS: '60000', BATCH_MAX_WAIT_SECS: '600' }

const random = seededRandom(25)
let stage: Stage

beforeAll(async () => {
  stage = await openStage({ registryVersion: 'v2', random, settings: STOPS_SOON })
})

afterAll(() => stage.end())

const post = async () => {
  const answer = await stage.service.post('/create-account', toBody(createAccount(1, random).operation))
  return answer.body as { request_id: string; kind: string; status: object }
}

describe('test_with_redis.rs', () => {
  it('redis_integration', async () => {
    await stage.miner.pause()
    const accepted = await post()
    expect(accepted).toMatchObject({ kind: 'create_account', status: { state: 'queued' } })
    const { kind } = await stage.service.status(accepted.request_id)
    expect(kind).toBe('create_account')
    stage.miner.resume()
    const { status } = await verdict(stage, accepted.request_id)
    expect(status).toMatchObject({ state: 'finalized', tx_hash: expect.stringMatching(/^0x[0-9a-f]{64}$/) })
    expect((await stage.service.status(accepted.request_id)).status).toEqual(status)
  })
})

describe('test_orphan_sweeper.rs', () => {
  it('orphan sweeper: stale queued goes on after a restart', async () => {
    await stage.restart(COLLECTING)
    const { request_id } = await post()
    await stage.restart()
    expect((await verdict(stage, request_id)).status.state).toBe('finalized')
  })

  it('orphan sweeper: fresh queued untouched', async () => {
    await stage.restart(COLLECTING)
    const { request_id } = await post()
    await stage.restart(COLLECTING)
    expect((await stage.service.status(request_id)).status).toEqual({ state: 'queued' })
    await stage.restart()
    expect((await verdict(stage, request_id)).status.state).toBe('finalized')
  })

  it('orphan sweeper: fresh submitted untouched', async () => {
    await stage.miner.pause()
    const { request_id } = await post()
    const { status } = await stage.service.reaches(request_id, 'submitted')
    await stage.restart()
    expect((await stage.service.status(request_id)).status).toEqual(status)
    stage.miner.resume()
    expect((await verdict(stage, request_id)).status).toEqual({ ...status, state: 'finalized' })
  })

  it('orphan sweeper: submitted with a real receipt', async () => {
    await stage.miner.pause()
    const { request_id } = await post()
    const { status } = await stage.service.reaches(request_id, 'submitted')
    await stage.service.stop()
    // The block comes while nobody looks.
    await stage.chain.client.mine({ blocks: 2 })
    await stage.restart()
    stage.miner.resume()
    expect((await verdict(stage, request_id)).status).toEqual({ ...status, state: 'finalized' })
  })
})
