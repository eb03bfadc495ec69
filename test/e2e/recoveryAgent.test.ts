/** One account through every kind of operation, on version 1, on version 2, and across an upgrade of the registry. */
import { afterEach, describe, expect, it } from 'vitest'
import { toBody } from '../../src/load/client.ts'
import { createKey } from '../../src/load/key.ts'
import type {
  InsertAuthenticatorOp,
  RecoverAccountOp,
  RemoveAuthenticatorOp,
  UpdateRecoveryAgentOp,
} from '../../src/registry/worldId/operations.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { domainOf, signedBy } from '../support/accounts.ts'
import { eventually } from '../support/eventually.ts'
import {
  agentOf,
  createLife,
  deployV2,
  type Life,
  openStage,
  passCooldown,
  type Stage,
  settle,
  upgradeFirst,
  verdict,
} from '../support/stage.ts'

const ZERO = `0x${'0'.repeat(40)}` as const
const random = seededRandom(14)

let stage: Stage | null = null

afterEach(async () => {
  await stage?.end()
  stage = null
})

async function open(registryVersion: 'v1' | 'v2', settings: NodeJS.Dict<string> = {}): Promise<Stage> {
  stage = await openStage({ registryVersion, random, settings })
  return stage
}

const finalized = (kind: string) => ({ kind, status: { state: 'finalized' } })

/** Posts the next change of a kind, and waits until it is finalized. */
async function change(on: Stage, life: Life, kind: Parameters<Life['next']>[0], path: string) {
  const operation = life.next(kind)
  expect(await settle(on, path, toBody(operation))).toMatchObject(finalized(operation.kind))
}

/** An update to a known agent, signed by an authenticator. The agent counts from the end of the cooldown on. */
function updateTo(on: Stage, life: Life) {
  const agent = createKey(on.random)
  const update = life.next('update_recovery_agent') as UpdateRecoveryAgentOp
  const [{ key }] = life.account.authenticators
  const signed = signedBy(key, update, domainOf(on.chain), { newRecoveryAgent: agent.address })
  return { agent, body: toBody(signed) }
}

describe('an account on registry V1', () => {
  it('lives through every kind', async () => {
    const on = await open('v1')
    const life = await createLife(on)
    await change(on, life, 'insert_authenticator', '/insert-authenticator')
    await change(on, life, 'update_authenticator', '/update-authenticator')
    await change(on, life, 'remove_authenticator', '/remove-authenticator')
    await change(on, life, 'update_recovery_agent', '/initiate-recovery-agent-update')
    await change(on, life, 'update_recovery_agent', '/cancel-recovery-agent-update')

    const { agent, body } = updateTo(on, life)
    expect(await settle(on, '/initiate-recovery-agent-update', body)).toMatchObject(
      finalized('update_recovery_agent'),
    )
    const execution = { leaf_index: life.account.leafIndex }
    expect(await on.service.post('/execute-recovery-agent-update', execution)).toMatchObject({
      status: 400,
      body: { code: 'bad_request', message: expect.stringContaining('RecoveryAgentUpdateStillInCooldown') },
    })
    await passCooldown(on.chain)
    expect(await settle(on, '/execute-recovery-agent-update', execution)).toMatchObject(
      finalized('execute_recovery_agent_update'),
    )
    expect(await agentOf(on.chain, life.account)).toBe(agent.address)

    const recover = life.next('recover_account') as RecoverAccountOp
    expect(await on.service.post('/recover-account', toBody(recover))).toMatchObject({ status: 400 })
    const byAgent = signedBy(agent, recover, domainOf(on.chain))
    expect(await settle(on, '/recover-account', toBody(byAgent))).toMatchObject(finalized('recover_account'))
  })

  it('has one execution of an update in flight, however many are sent', async () => {
    const on = await open('v1')
    const life = await createLife(on)
    await change(on, life, 'update_recovery_agent', '/initiate-recovery-agent-update')
    await passCooldown(on.chain)
    await on.miner.pause()
    const execution = { leaf_index: life.account.leafIndex }
    const first = await on.service.post('/execute-recovery-agent-update', execution)
    expect(first.status).toBe(200)
    const second = await on.service.post('/execute-recovery-agent-update', execution)
    expect(second).toMatchObject({ status: 400, body: { code: 'duplicate_request_in_flight' } })
    on.miner.resume()
    const { request_id } = first.body as { request_id: string }
    expect(await verdict(on, request_id)).toMatchObject({ status: { state: 'finalized' } })
    expect(await on.service.post('/execute-recovery-agent-update', execution)).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('NoPendingRecoveryAgentUpdate') },
    })
  })

  it('has no direct update of a recovery agent', async () => {
    const { service } = await open('v1')
    const body = {
      leaf_index: '1',
      new_recovery_agent: ZERO,
      signature: `0x${'5a'.repeat(64)}1b`,
      nonce: '0',
    }
    const text = (path: string, instead: string) =>
      `POST ${path} requires the registry to be on V2 (WIP-102). The current registry is V1; use POST ${instead} instead.`
    for (const [path, instead] of [
      ['/update-recovery-agent', '/initiate-recovery-agent-update'],
      ['/revert-recovery-agent-update', '/cancel-recovery-agent-update'],
    ] as const) {
      expect(await service.post(path, body)).toMatchObject({
        status: 501,
        body: { code: 'method_not_available', message: text(path, instead) },
      })
      // The body is read first.
      expect(await service.post(path, { leaf_index: 1 })).toMatchObject({ status: 422 })
    }
  })
})

describe('an account on registry V2', () => {
  it('lives through every kind', async () => {
    const on = await open('v2')
    const { chain, service } = on
    const life = await createLife(on)
    const [{ key }] = life.account.authenticators
    await change(on, life, 'insert_authenticator', '/insert-authenticator')

    // An authenticator without address, in the next free slot.
    const inserted = life.sketch('insert_authenticator') as InsertAuthenticatorOp
    const proving = signedBy(key, inserted, domainOf(chain), {
      newAuthenticatorAddress: ZERO,
      newOffchainSignerCommitment: '0x77',
    })
    expect(await settle(on, '/insert-authenticator', toBody(proving))).toMatchObject(
      finalized('insert_authenticator'),
    )
    const removed: RemoveAuthenticatorOp = {
      kind: 'remove_authenticator',
      leafIndex: life.account.leafIndex,
      authenticatorAddress: ZERO,
      pubkeyId: proving.pubkeyId,
      authenticatorPubkey: proving.newAuthenticatorPubkey,
      oldOffchainSignerCommitment: '0x77',
      newOffchainSignerCommitment: life.account.commitment,
      nonce: `0x${(life.account.nonce + 1).toString(16)}`,
      signature: '0x',
    }
    const removal = signedBy(key, removed, domainOf(chain))
    expect(await settle(on, '/remove-authenticator', toBody(removal))).toMatchObject(
      finalized('remove_authenticator'),
    )
    life.skipNonce()
    life.skipNonce()

    expect(
      await service.post('/update-authenticator', toBody(life.sketch('update_authenticator'))),
    ).toMatchObject({
      status: 501,
      body: {
        code: 'method_not_available',
        message: 'POST /update-authenticator is not supported on registry V2; use insert/remove instead.',
      },
    })
    await change(on, life, 'remove_authenticator', '/remove-authenticator')
    await change(on, life, 'recover_account', '/recover-account')
  })

  it('changes its recovery agent by the routes of both versions', async () => {
    const on = await open('v2')
    const { chain, service } = on
    const life = await createLife(on)
    for (const path of [
      '/update-recovery-agent',
      '/revert-recovery-agent-update',
      '/initiate-recovery-agent-update',
      '/cancel-recovery-agent-update',
    ]) {
      await change(on, life, 'update_recovery_agent', path)
      // Within the window the agent before counts.
      expect(await agentOf(chain, life.account)).toBe(life.account.recovery.address)
    }
    const { agent, body } = updateTo(on, life)
    expect(await settle(on, '/update-recovery-agent', body)).toMatchObject(finalized('update_recovery_agent'))
    await passCooldown(chain)
    expect(await agentOf(chain, life.account)).toBe(agent.address)

    const execution = { leaf_index: life.account.leafIndex }
    const answer = await service.post('/execute-recovery-agent-update', execution)
    const status = { state: 'finalized', tx_hash: '' }
    expect(answer).toMatchObject({ status: 200, body: { kind: 'execute_recovery_agent_update', status } })
    const { request_id } = answer.body as { request_id: string }
    expect((await service.status(request_id)).status).toEqual(status)
  })

  it('is recovered by the agent before, within the window of an update', async () => {
    const on = await open('v2')
    const life = await createLife(on)
    const { agent, body } = updateTo(on, life)
    expect(await settle(on, '/update-recovery-agent', body)).toMatchObject(finalized('update_recovery_agent'))
    const recover = life.sketch('recover_account') as RecoverAccountOp
    const byNew = signedBy(agent, recover, domainOf(on.chain))
    expect(await on.service.post('/recover-account', toBody(byNew))).toMatchObject({ status: 400 })
    await change(on, life, 'recover_account', '/recover-account')
    expect(await agentOf(on.chain, life.account)).toBe(life.account.recovery.address)
  })
})

describe('an upgrade while the gateway runs', () => {
  it('keeps the operations that the new version has, and fails the others', async () => {
    const on = await open('v1')
    const { chain, miner, service } = on
    const [one, two, three] = [await createLife(on), await createLife(on), await createLife(on)]
    const implementation = await deployV2(chain)
    await miner.pause()
    const inFlight = await Promise.all([
      service.accept(one.next('update_authenticator')),
      service.accept(two.next('update_recovery_agent')),
      service.accept(three.next('insert_authenticator')),
    ])
    await eventually(
      'the batch to be sent',
      async () => Promise.all(inFlight.map((id) => service.status(id))),
      (states) => states.every(({ status }) => status.state === 'submitted'),
    )
    await upgradeFirst(chain, implementation)
    miner.resume()
    const verdicts = await Promise.all(inFlight.map((id) => verdict(on, id)))
    expect(verdicts.map(({ status }) => status.state)).toEqual(['failed', 'finalized', 'finalized'])
    expect(verdicts[0]?.status).toMatchObject({ error_code: 'method_not_available' })
    expect(await service.get('/chain')).toMatchObject({ body: { registry: 'WorldIDRegistry V2' } })
    await change(on, two, 'update_recovery_agent', '/revert-recovery-agent-update')
  })

  it('is noticed by the next request that the new version answers differently', async () => {
    const on = await open('v1')
    const life = await createLife(on)
    await upgradeFirst(on.chain, await deployV2(on.chain))
    await on.chain.client.mine({ blocks: 1 })
    await change(on, life, 'update_recovery_agent', '/initiate-recovery-agent-update')
  })
})

describe('REGISTRY_VERSION', () => {
  it('stops the start if the contract has another version', async () => {
    await expect(open('v2', { REGISTRY_VERSION: 'v1' })).rejects.toThrow(
      'REGISTRY_VERSION stands for WorldIDRegistry V1, but the contract at REGISTRY_ADDRESS is WorldIDRegistry V2. Set REGISTRY_VERSION=auto, or the version of the contract.',
    )
  })
})
