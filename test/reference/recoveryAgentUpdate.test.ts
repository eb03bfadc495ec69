/** The cases of `test_recovery_agent_update.rs`, on both versions of the registry. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toBody } from '../../src/load/client.ts'
import { seededRandom } from '../load/seededRandom.ts'
import {
  agentOf,
  createLife,
  openStage,
  passCooldown,
  pendingAgentOf,
  type Stage,
  settle,
} from '../support/stage.ts'

const NONE = [`0x${'0'.repeat(40)}`, 0n]

let stage: Stage

function useStage(registryVersion: 'v1' | 'v2'): void {
  beforeAll(async () => {
    stage = await openStage({ registryVersion, random: seededRandom(24) })
  })

  afterAll(() => stage.end())
}

const land = async (life: Awaited<ReturnType<typeof createLife>>, path: string) => {
  const operation = life.next('update_recovery_agent')
  expect(await settle(stage, path, toBody(operation))).toMatchObject({
    kind: operation.kind,
    status: { state: 'finalized' },
  })
  return 'newRecoveryAgent' in operation ? operation.newRecoveryAgent : null
}
const execute = (leaf_index: string) => settle(stage, '/execute-recovery-agent-update', { leaf_index })

describe('test_recovery_agent_update.rs, registry V1', () => {
  useStage('v1')

  it('V1 initiate, cancel', async () => {
    const life = await createLife(stage)
    const agent = await land(life, '/initiate-recovery-agent-update')
    const [pending, executeAfter] = await pendingAgentOf(stage.chain, life.account)
    expect([pending.toLowerCase(), executeAfter > 0n]).toEqual([agent, true])
    await land(life, '/cancel-recovery-agent-update')
    expect(await pendingAgentOf(stage.chain, life.account)).toEqual(NONE)
  })

  it('V1 initiate, 14 days, execute', async () => {
    const life = await createLife(stage)
    const agent = await land(life, '/initiate-recovery-agent-update')
    await passCooldown(stage.chain)
    expect(await execute(life.account.leafIndex)).toMatchObject({ status: { state: 'finalized' } })
    expect(await agentOf(stage.chain, life.account)).toBe(agent)
    expect(await pendingAgentOf(stage.chain, life.account)).toEqual(NONE)
  })
})

describe('test_recovery_agent_update.rs, registry V2', () => {
  useStage('v2')

  it('V2 legacy initiate and cancel translate', async () => {
    const life = await createLife(stage)
    await land(life, '/initiate-recovery-agent-update')
    expect(await agentOf(stage.chain, life.account)).toBe(life.account.recovery.address)
    await land(life, '/cancel-recovery-agent-update')
    expect(await agentOf(stage.chain, life.account)).toBe(life.account.recovery.address)
  })

  it('V2 window elapses without an execution', async () => {
    const life = await createLife(stage)
    const agent = await land(life, '/initiate-recovery-agent-update')
    await passCooldown(stage.chain)
    expect(await agentOf(stage.chain, life.account)).toBe(agent)
    expect(await pendingAgentOf(stage.chain, life.account)).toEqual(NONE)
    expect(await execute(life.account.leafIndex)).toMatchObject({
      status: { state: 'finalized', tx_hash: '' },
    })
  })

  it('V2 update-recovery-agent and revert-recovery-agent-update', async () => {
    const life = await createLife(stage)
    await land(life, '/update-recovery-agent')
    await land(life, '/revert-recovery-agent-update')
    expect(await agentOf(stage.chain, life.account)).toBe(life.account.recovery.address)
  })
})
