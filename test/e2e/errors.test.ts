/** Refused and waiting operations with their answers: the cases of the reference API, on the whole service. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createAccount, createIdleAccount, type LiveAccount } from '../../src/load/account.ts'
import { toBody } from '../../src/load/client.ts'
import { worldIdV1 } from '../../src/registry/worldId/worldId.ts'
import { seededRandom } from '../load/seededRandom.ts'
import {
  type AuthenticatorChange,
  domainOf,
  nextChange,
  seedAccounts,
  signedBy,
} from '../support/accounts.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { eventually } from '../support/eventually.ts'
import { type Miner, startMiner } from '../support/miner.ts'
import { startTestService, type TestService, temporaryFolder } from '../support/service.ts'

const random = seededRandom(3)

let chain: TestChain
let miner: Miner
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let service: TestService
let seeds: LiveAccount[]

beforeAll(async () => {
  chain = await startTestChain()
  seeds = [...(await seedAccounts(chain, { count: 30, authenticators: 2, random }))]
  miner = await startMiner(chain)
  folder = await temporaryFolder()
  service = await startTestService({ chain, dataDir: folder.path })
})

afterAll(async () => {
  await service.stop()
  await miner.pause()
  await chain.stop()
  await folder.remove()
})

function nextSeed(): LiveAccount {
  const account = seeds.pop()
  if (account === undefined) throw new RangeError('more accounts are needed')
  return account
}

const change = <K extends AuthenticatorChange>(account: LiveAccount, kind: K) =>
  nextChange(account, kind, { domain: domainOf(chain), random })

const ownerOf = ({ authenticators: [{ key }] }: LiveAccount) => key

const refusalOf = (code: string, message: string = code) => ({ status: 400, body: { code, message } })

describe('an address that is already an authenticator', () => {
  it('is refused at once, for an insert and for a second create', async () => {
    const { operation } = createAccount(1, random)
    const [taken = '0x'] = operation.authenticatorAddresses
    expect((await service.waitUntilTerminal(await service.accept(operation))).status.state).toBe('finalized')

    const again = { ...createIdleAccount(random), authenticatorAddresses: [taken] }
    const account = nextSeed()
    const insert = signedBy(
      ownerOf(account),
      change(account, 'insert_authenticator').operation,
      domainOf(chain),
      { newAuthenticatorAddress: taken },
    )
    for (const late of [operation, again, insert]) {
      expect(await service.submit(late)).toMatchObject(refusalOf('authenticator_already_exists'))
    }
  })
})

const CHANGES: readonly AuthenticatorChange[] = [
  'insert_authenticator',
  'update_authenticator',
  'remove_authenticator',
  'recover_account',
]

describe('two simultaneous operations of an account', () => {
  const pairs = CHANGES.flatMap((first) => CHANGES.map((second) => [first, second] as const))

  beforeEach(() => miner.pause())

  afterEach(async () => {
    miner.resume()
    await eventually('the batches to land', service.health, ({ batcher }) => batcher.batches === 0)
  })

  it.each(pairs)('%s and %s with the same nonce: the second is a duplicate', async (first, second) => {
    const account = nextSeed()
    const id = await service.accept(change(account, first).operation)
    const duplicate = change(account, second).operation
    expect(await service.submit(duplicate)).toMatchObject(refusalOf('duplicate_request_in_flight'))
    expect((await service.status(id)).status.state).not.toBe('failed')
  })

  it.each(CHANGES)('after %s the next nonce is accepted, waits, and is included', async (first) => {
    const account = nextSeed()
    const one = change(account, first)
    const two = change(one.account, 'insert_authenticator')
    const id = await service.accept(one.operation)
    await service.reaches(id, 'submitted')
    const next = await service.accept(two.operation)
    const isHeldBack = ({ batcher }: { batcher: { throttled: string | null } }) =>
      batcher.throttled === 'LanesBusy'
    await eventually('the next to be held back', service.health, isHeldBack)
    expect((await service.status(next)).status).toEqual({ state: 'queued' })

    miner.resume()
    const [landed, followed] = [await service.waitUntilTerminal(id), await service.waitUntilTerminal(next)]
    expect([landed.status.state, followed.status.state]).toEqual(['finalized', 'finalized'])
    expect(followed.batch?.id).not.toBe(landed.batch?.id)
    expect(followed.tries).toBe(0)
  })
})

describe('a nonce ahead of its account', () => {
  it('waits for all earlier nonces, and is included after the last', async () => {
    const first = change(nextSeed(), 'insert_authenticator')
    const second = change(first.account, 'update_authenticator')
    const third = change(second.account, 'recover_account')
    const late = [await service.accept(third.operation), await service.accept(second.operation)]
    expect((await service.health()).batcher).toMatchObject({ ready: 0, waiting: 2 })

    const ids = [...late, await service.accept(first.operation)]
    const ends = await Promise.all(ids.map((id) => service.waitUntilTerminal(id)))
    expect(ends.map(({ status }) => status.state)).toEqual(['finalized', 'finalized', 'finalized'])
    expect(ends.map(({ account }) => account?.nonce)).toEqual([2, 1, 0])
    expect((await service.health()).batcher.waiting).toBe(0)
  })

  it('by more than a hundred is refused', async () => {
    const account = nextSeed()
    const { operation } = change(account, 'insert_authenticator')
    const farther = signedBy(ownerOf(account), operation, domainOf(chain), { nonce: '0x65' })
    expect(await service.submit(farther)).toMatchObject(
      refusalOf(
        'mismatched_signature_nonce',
        "nonce 101 is more than 100 ahead of the account's next nonce 0",
      ),
    )
  })

  it('by a hundred waits until its deadline', async () => {
    const impatient = await startTestService({
      chain,
      dataDir: `${folder.path}/impatient`,
      settings: { LANE_TIMEOUT_SECS: '1' },
    })
    const account = nextSeed()
    const { operation } = change(account, 'insert_authenticator')
    const far = signedBy(ownerOf(account), operation, domainOf(chain), { nonce: '0x64' })
    const { status, outcome } = await impatient.waitUntilTerminal(await impatient.accept(far))
    await impatient.stop()
    expect(status).toMatchObject({ state: 'failed', error_code: 'mismatched_signature_nonce' })
    expect(outcome).toMatchObject({ reason: { type: 'NonceTooHigh', expected: 0 } })
  })

  it('in the past is refused', async () => {
    const first = change(nextSeed(), 'insert_authenticator')
    await service.waitUntilTerminal(await service.accept(first.operation))
    const again = signedBy(
      ownerOf(first.account),
      change(first.account, 'insert_authenticator').operation,
      domainOf(chain),
      { nonce: '0x0' },
    )
    expect(await service.submit(again)).toMatchObject(refusalOf('mismatched_signature_nonce'))
  })
})

describe('a field rule', () => {
  const zero = `0x${'00'.repeat(20)}`
  const rules: readonly (readonly ['create_account' | AuthenticatorChange, string, object])[] = [
    [
      'create_account',
      'authenticators cannot be more than 7',
      { authenticator_addresses: Array(8).fill(`0x${'11'.repeat(20)}`) },
    ],
    ['create_account', 'authenticators cannot be empty', { authenticator_addresses: [] }],
    [
      'create_account',
      'authenticators addresses must be equal to authenticators pubkeys',
      { authenticator_pubkeys: [] },
    ],
    ['create_account', 'authenticator address cannot be zero', { authenticator_addresses: [zero] }],
    ['create_account', 'offchain signer commitment cannot be zero', { offchain_signer_commitment: '0' }],
    [
      'insert_authenticator',
      'new_authenticator_address cannot be zero on V1',
      { new_authenticator_address: zero },
    ],
    ['insert_authenticator', 'pubkey_id must be less than 7', { pubkey_id: '7' }],
    ['insert_authenticator', 'leaf_index cannot be zero', { leaf_index: '0x0' }],
    ['update_authenticator', 'new_authenticator_address cannot be zero', { new_authenticator_address: zero }],
    ['update_authenticator', 'pubkey_id must be less than 7', { pubkey_id: '0xffffffff' }],
    ['update_authenticator', 'leaf_index cannot be zero', { leaf_index: '0' }],
    [
      'update_authenticator',
      'signature must be from the authenticator being replaced',
      { old_authenticator_address: `0x${'11'.repeat(20)}` },
    ],
    ['remove_authenticator', 'authenticator_address cannot be zero on V1', { authenticator_address: zero }],
    ['remove_authenticator', 'pubkey_id must be less than 7', { pubkey_id: '8' }],
    ['remove_authenticator', 'leaf_index cannot be zero', { leaf_index: '0' }],
    ['recover_account', 'new_authenticator_address cannot be zero', { new_authenticator_address: zero }],
    ['recover_account', 'leaf_index cannot be zero', { leaf_index: '0' }],
    ...CHANGES.flatMap((kind) =>
      ['old', 'new'].map(
        (which) =>
          [
            kind,
            'offchain signer commitment cannot be zero',
            { [`${which}_offchain_signer_commitment`]: '0x0' },
          ] as const,
      ),
    ),
  ]

  it.each(rules)('of %s: %s', async (kind, message, fields) => {
    const body = kind === 'create_account' ? toBody(createIdleAccount(random)) : bodyOf(kind)
    const answer = await service.post(worldIdV1.pathOf(kind), { ...body, ...fields })
    expect(answer).toMatchObject(refusalOf('bad_request', message))
  })

  it.each(CHANGES)('of %s: the signature must be that of a key', async (kind) => {
    const body = { ...bodyOf(kind), signature: `0x${'00'.repeat(64)}1b` }
    const answer = await service.post(worldIdV1.pathOf(kind), body)
    expect(answer.body).toMatchObject({ code: 'bad_request' })
    expect(answer.body).toHaveProperty('message', expect.stringMatching(/^signature recovery failed: /))
  })

  /** A valid request. The account stays usable. */
  function bodyOf(kind: AuthenticatorChange): Record<string, unknown> {
    const [account] = seeds
    if (account === undefined) throw new RangeError('more accounts are needed')
    return toBody(change(account, kind).operation)
  }
})

describe('an unknown id', () => {
  it.each([
    'gw_00000000-0000-4000-8000-000000000000',
    '00000000-0000-4000-8000-000000000000',
    'gw_nonsense',
    'GW_00000000-0000-4000-8000-000000000000',
  ])('is not found: %s', async (id) => {
    for (const path of [`/status/${id}`, `/operations/${id}`]) {
      expect(await service.get(path)).toMatchObject({
        status: 404,
        body: {
          code: 'not_found',
          message: expect.stringMatching(/^(Not found\.$|No operation has this id\.)/),
        },
      })
    }
  })
})

describe('a wallet that cannot pay', () => {
  it('is reported, fails no operation, and sends again when its balance is sufficient', async () => {
    const { address } = await service.wallet()
    await chain.client.setBalance({ address: `0x${address.slice(2)}`, value: 0n })
    const id = await service.accept(createIdleAccount(random))
    const health = await eventually('the wallet to be unwell', service.health, ({ wallet }) => !wallet.ok)
    expect(health).toMatchObject({ success: false, wallet: { state: expect.stringMatching(/^LowFunds\./) } })
    expect((await service.status(id)).status.state).toMatch(/queued|batching/)

    await chain.client.setBalance({ address: `0x${address.slice(2)}`, value: 10n ** 20n })
    expect((await service.waitUntilTerminal(id)).status.state).toBe('finalized')
    expect((await service.health()).success).toBe(true)
  })
})
