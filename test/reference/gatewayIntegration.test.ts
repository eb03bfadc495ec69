/** The cases of `gateway_integration.rs` and of the client of the reference, on registry V1. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAccount } from '../../src/load/account.ts'
import { toBody } from '../../src/load/client.ts'
import type { InsertAuthenticatorOp } from '../../src/registry/worldId/operations.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { domainOf, signedBy } from '../support/accounts.ts'
import { accountAt, createLife, openStage, type Stage, settle, verdict } from '../support/stage.ts'

const random = seededRandom(21)
let stage: Stage

beforeAll(async () => {
  stage = await openStage({ registryVersion: 'v1', random })
})

afterAll(() => stage.end())

describe('gateway_integration.rs', () => {
  it('e2e_gateway_full_flow', async () => {
    const life = await createLife(stage, 1)
    const addressOf = (index: number) => life.account.authenticators[index]?.key.address ?? '0x'
    const first = addressOf(0)
    const land = async (kind: Parameters<typeof life.next>[0], path: string) => {
      const verdict = await settle(stage, path, toBody(life.next(kind)))
      expect(verdict).toMatchObject({
        kind,
        status: { state: 'finalized', tx_hash: expect.stringMatching(/^0x[0-9a-f]{64}$/) },
      })
    }
    await land('insert_authenticator', '/insert-authenticator')
    expect(await accountAt(stage.chain, addressOf(1))).toMatchObject({ pubkeyId: 1 })
    await land('remove_authenticator', '/remove-authenticator')
    expect((await accountAt(stage.chain, first)).leaf).toBe(0n)
    await land('recover_account', '/recover-account')
    const recovered = addressOf(0)
    expect(await accountAt(stage.chain, recovered)).toMatchObject({ pubkeyId: 0, recoveries: 1 })
    await land('update_authenticator', '/update-authenticator')
    expect((await accountAt(stage.chain, recovered)).leaf).toBe(0n)
    expect((await accountAt(stage.chain, addressOf(0))).leaf).toBe(BigInt(life.account.leafIndex))
  })

  it('test_authenticator_already_exists_error_code', async () => {
    const life = await createLife(stage, 1)
    const [{ key }] = life.account.authenticators
    const insert = life.sketch('insert_authenticator') as InsertAuthenticatorOp
    const taken = signedBy(key, insert, domainOf(stage.chain), { newAuthenticatorAddress: key.address })
    expect(await stage.service.post('/insert-authenticator', toBody(taken))).toMatchObject({
      status: 400,
      body: { code: 'authenticator_already_exists', message: 'authenticator_already_exists' },
    })
  })

  it('test_same_authenticator_different_accounts', async () => {
    const life = await createLife(stage, 1)
    const [{ key }] = life.account.authenticators
    const { operation } = createAccount(1, random)
    const again = { ...operation, authenticatorAddresses: [key.address] }
    expect(await stage.service.post('/create-account', toBody(again))).toMatchObject({
      status: 400,
      body: { code: 'authenticator_already_exists' },
    })
  })
})

describe('crates/core/tests', () => {
  it('authenticator_registration', async () => {
    const { operation, account } = createAccount(1, random)
    const id = await stage.service.accept(operation)
    expect(id).toMatch(/^gw_[0-9a-f-]{36}$/)
    expect((await verdict(stage, id)).status.state).toBe('finalized')
    // A finalized account is visible at `latest`: the client reads it at once.
    const [{ key }] = account.authenticators
    expect(await accountAt(stage.chain, key.address)).toMatchObject({ pubkeyId: 0, recoveries: 0 })
  })

  it('e2e_authenticator_insert_update_remove', async () => {
    const life = await createLife(stage, 1)
    for (const [kind, path] of [
      ['insert_authenticator', '/insert-authenticator'],
      ['update_authenticator', '/update-authenticator'],
      ['remove_authenticator', '/remove-authenticator'],
    ] as const) {
      expect(await settle(stage, path, toBody(life.next(kind)))).toMatchObject({
        status: { state: 'finalized' },
      })
    }
  })
})
