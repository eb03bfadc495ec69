/** `opsbatcher load` against a real chain, on both versions of the registry: every kind that the version has. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from '../cli/command.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { openStage, type Stage } from '../support/stage.ts'

let stage: Stage

/** Runs `load`, and counts its finalized operations of each kind. */
async function load(operations: number, ...args: readonly string[]) {
  const { service, chain } = stage
  const before = (await service.batches()).length
  const flags = [
    '--url',
    service.url,
    '--rpc-url',
    chain.rpcUrl,
    '--operations',
    String(operations),
    '--json',
  ]
  const { code, stdout, stderr } = await runCommand(['load', ...flags, ...args])
  const landed: Record<string, number> = {}
  for (const batch of (await service.batches()).slice(before)) {
    for (const { request_id } of batch.operations) {
      const { kind, status } = await service.status(request_id)
      if (status.state === 'finalized') landed[kind] = (landed[kind] ?? 0) + 1
    }
  }
  return { code, report: stdout === '' ? null : JSON.parse(stdout), stderr, landed }
}

const allFinalized = (operations: number) => ({
  code: 0,
  report: { accepted: operations, rejected: 0, finalized: operations, failed: 0 },
})

const VERSIONS = [
  ['v1', 'create:4,update:2', { update_authenticator: 2 }],
  ['v2', 'create:6', {}],
] as const

describe.each(VERSIONS)('opsbatcher load on registry %s', (registryVersion, mix, others) => {
  beforeAll(async () => {
    stage = await openStage({ registryVersion, random: seededRandom(31) })
  })

  afterAll(() => stage.end())

  it('finalizes every kind of the version', async () => {
    const { landed, ...run } = await load(22, '--mix', `${mix},insert:4,remove:2,recover:2,agent:8`)
    expect(run).toMatchObject(allFinalized(22))
    const { create_account, update_recovery_agent = 0, cancel_recovery_agent_update = 0, ...changes } = landed
    expect(changes).toEqual({
      insert_authenticator: 4,
      remove_authenticator: 2,
      recover_account: 2,
      ...others,
    })
    expect(update_recovery_agent + cancel_recovery_agent_update).toBe(8)
    expect(create_account).toBeGreaterThan(0)
  })

  it('alternates an update of the recovery agent of an account with its cancellation', async () => {
    const { landed, ...run } = await load(5, '--mix', 'create:1,agent:4')
    expect(run).toMatchObject(allFinalized(5))
    expect(landed).toMatchObject({ update_recovery_agent: 2, cancel_recovery_agent_update: 2 })
  })

  it('reads the version, and has a mix of its kinds by default', async () => {
    expect(await load(20)).toMatchObject(allFinalized(20))
  })

  if (registryVersion === 'v1') return

  it('refuses a mix with a kind that the version does not have', async () => {
    expect(await load(4, '--mix', 'create:1,update:1')).toMatchObject({
      code: 1,
      report: null,
      stderr: expect.stringContaining(
        'registry V2 has no update of an authenticator; leave update out of --mix',
      ),
      landed: {},
    })
  })
})
