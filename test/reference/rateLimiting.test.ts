/** The cases of `test_rate_limiting.rs`, on registry V2, and the routes that are counted on each version. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { seededRandom } from '../load/seededRandom.ts'
import { openStage, type Stage } from '../support/stage.ts'

const LIMITED = {
  status: 429,
  body: {
    code: 'rate_limit_exceeded',
    message: 'Rate limit exceeded: maximum 3 requests per 10 seconds for this leaf_index',
  },
}

let stage: Stage
let leaf = 100

function useStage(registryVersion: 'v1' | 'v2'): void {
  beforeAll(async () => {
    stage = await openStage({
      registryVersion,
      random: seededRandom(23),
      settings: { RATE_LIMIT_WINDOW_SECS: '10', RATE_LIMIT_MAX_REQUESTS: '3' },
    })
  })

  afterAll(() => stage.end())
}

beforeEach(() => {
  leaf += 1
})

const SIGNED = { signature: `0x${'5a'.repeat(64)}1b`, nonce: '0' }
const COMMITMENTS = { old_offchain_signer_commitment: '1', new_offchain_signer_commitment: '2' }
const ADDRESS = `0x${'a1'.repeat(20)}`

/** Requests with invalid signatures: they count, whatever else they are. */
const REQUESTS: Readonly<Record<string, object>> = {
  '/insert-authenticator': {
    ...SIGNED,
    ...COMMITMENTS,
    new_authenticator_address: ADDRESS,
    pubkey_id: '1',
    new_authenticator_pubkey: '3',
  },
  '/update-authenticator': {
    ...SIGNED,
    ...COMMITMENTS,
    old_authenticator_address: ADDRESS,
    new_authenticator_address: ADDRESS,
    pubkey_id: '1',
    new_authenticator_pubkey: '3',
  },
  '/remove-authenticator': { ...SIGNED, ...COMMITMENTS, authenticator_address: ADDRESS },
  '/recover-account': { ...SIGNED, ...COMMITMENTS, new_authenticator_address: ADDRESS },
  '/initiate-recovery-agent-update': { ...SIGNED, new_recovery_agent: ADDRESS },
  '/cancel-recovery-agent-update': SIGNED,
  '/execute-recovery-agent-update': {},
  '/update-recovery-agent': { ...SIGNED, new_recovery_agent: ADDRESS },
  '/revert-recovery-agent-update': SIGNED,
}

const post = (path: string, account = leaf) =>
  stage.service.post(path, { ...REQUESTS[path], leaf_index: String(account) })

/** Routes that a version answers before the limit, with the status of the answer. */
const NOT_COUNTED: Readonly<Record<'v1' | 'v2', Readonly<Record<string, number>>>> = {
  v1: { '/update-recovery-agent': 501, '/revert-recovery-agent-update': 501 },
  v2: { '/execute-recovery-agent-update': 200 },
}
const countedOn = (version: 'v1' | 'v2') =>
  Object.keys(REQUESTS).filter((path) => !(path in NOT_COUNTED[version]))
const COUNTED = { v1: countedOn('v1'), v2: countedOn('v2') }

describe('test_rate_limiting.rs', () => {
  useStage('v2')

  it('basic', async () => {
    for (let count = 0; count < 3; count += 1) {
      expect((await post('/insert-authenticator')).status).not.toBe(429)
    }
    expect(await post('/insert-authenticator')).toMatchObject(LIMITED)
  })

  it('separate budgets per leaf', async () => {
    for (let count = 0; count < 3; count += 1) await post('/insert-authenticator')
    expect(await post('/insert-authenticator')).toMatchObject(LIMITED)
    expect((await post('/insert-authenticator', 1_000_000 + leaf)).status).not.toBe(429)
  })

  it('budget shared across endpoints', async () => {
    // An update is counted before its 501.
    expect(await post('/update-authenticator')).toMatchObject({ status: 501 })
    await post('/insert-authenticator')
    await post('/cancel-recovery-agent-update')
    for (const path of COUNTED.v2) expect(await post(path)).toMatchObject(LIMITED)
  })
})

describe.each(['v1', 'v2'] as const)('the rate limit of accounts on registry %s', (version) => {
  useStage(version)

  it.each(COUNTED[version])('counts %s', async (path) => {
    const statuses: number[] = []
    for (let count = 0; count < 3; count += 1) statuses.push((await post(path)).status)
    expect(statuses).not.toContain(429)
    expect(await post(path)).toMatchObject(LIMITED)
  })

  it.each(Object.entries(NOT_COUNTED[version]))('does not count %s', async (path, status) => {
    for (let count = 0; count < 4; count += 1) expect((await post(path)).status).toBe(status)
    expect((await post('/insert-authenticator')).status).not.toBe(429)
  })
})
