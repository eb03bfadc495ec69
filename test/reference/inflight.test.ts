/** The cases of `test_inflight.rs`: one operation of a place is in flight. The reference keeps locks in Redis. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createIdleAccount } from '../../src/load/account.ts'
import { toBody } from '../../src/load/client.ts'
import { worldIdV1 } from '../../src/registry/worldId/worldId.ts'
import { seededRandom } from '../load/seededRandom.ts'
import type { AuthenticatorChange } from '../support/accounts.ts'
import { createLife, openStage, type Stage, verdict } from '../support/stage.ts'

const KINDS: readonly AuthenticatorChange[] = [
  'insert_authenticator',
  'update_authenticator',
  'remove_authenticator',
  'recover_account',
]
const DUPLICATE = {
  status: 400,
  body: { code: 'duplicate_request_in_flight', message: 'duplicate_request_in_flight' },
}

const random = seededRandom(22)
let stage: Stage

beforeAll(async () => {
  stage = await openStage({ registryVersion: 'v1', random })
})

afterAll(() => stage.end())

const post = (kind: string, body: object) => stage.service.post(worldIdV1.pathOf(kind), body)

describe('test_inflight.rs', () => {
  it('test_lock_created_on_submit', async () => {
    const lives = [
      await createLife(stage),
      await createLife(stage),
      await createLife(stage),
      await createLife(stage),
    ]
    await stage.miner.pause()
    const operations = [
      createIdleAccount(random),
      ...lives.map((life, index) => life.sketch(KINDS[index] ?? 'recover_account')),
    ]
    const ids: string[] = []
    for (const operation of operations) {
      const request_id = await stage.service.accept(operation)
      ids.push(request_id)
      expect(await post(operation.kind, toBody(operation))).toMatchObject({
        ...DUPLICATE,
        body: { request_id },
      })
    }
    stage.miner.resume()
    for (const id of ids) expect((await verdict(stage, id)).status.state).toBe('finalized')
  })

  it('test_same_leaf_conflict_matrix', async () => {
    for (const first of KINDS) {
      const life = await createLife(stage)
      const sketches = KINDS.map((kind) => [kind, toBody(life.sketch(kind))] as const)
      await stage.miner.pause()
      const answer = await post(first, toBody(life.sketch(first)))
      expect(answer.status).toBe(200)
      for (const [second, body] of sketches) {
        expect([first, second, await post(second, body)]).toMatchObject([first, second, DUPLICATE])
      }
      stage.miner.resume()
      const { request_id } = answer.body as { request_id: string }
      expect((await verdict(stage, request_id)).status.state).toBe('finalized')
    }
  })

  it('test_lock_removed_after_finalization', async () => {
    const life = await createLife(stage)
    for (const kind of KINDS) {
      const id = await stage.service.accept(life.next(kind))
      expect((await verdict(stage, id)).status.state).toBe('finalized')
    }
    // Nothing holds the account any more.
    const id = await stage.service.accept(life.next('insert_authenticator'))
    expect((await verdict(stage, id)).status.state).toBe('finalized')
  })
})
