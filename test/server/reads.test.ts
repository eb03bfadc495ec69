import { describe, expect, it } from 'vitest'
import { UnavailableError } from '../../src/domain/errors.ts'
import type { OpStatus, RequestState } from '../../src/domain/status.ts'
import { expectProblem, testApp, UUID } from './api.ts'
import {
  ATTEMPT,
  address,
  BATCH_ID,
  COMPANION_ID,
  DETAIL,
  FINALIZED_BATCH,
  hash,
  OPERATION_ID,
  PENDING_BATCH,
  WELL,
} from './fixtures.ts'

const UNKNOWN_ID = '00000000-0000-4000-8000-000000000000'
const storeIsDown = () =>
  Promise.reject(new UnavailableError('store_unavailable', 'The store does not answer.'))

const WIRE_BATCH = {
  id: BATCH_ID,
  state: 'Finalized',
  operations: 2,
  gas_budget: 12_000_000,
  gas_limit: 700_000,
  gas_used: 612_345,
  inclusion: { tx_hash: hash('d'), block_number: 99, block_hash: hash('e') },
  created_at: 1_000,
  simulation_completed_at: 1_100,
  submitted_at: 1_200,
  finalized_at: 5_000,
  total_duration: 4_000,
  resubmission_count: 1,
  failure: null,
}

const WIRE_ATTEMPT = {
  tx_hash: hash('d'),
  nonce: 3,
  purpose: 'batch',
  batch_id: BATCH_ID,
  gas_limit: 700_000,
  max_fee_per_gas: 2_000_000_000,
  max_priority_fee_per_gas: 1_000_000,
  signed_at: 1_150,
}

const FINALIZED_OUTCOME = { type: 'Finalized', tx_hash: hash('d'), block_number: 99, gas_used: 612_345 }

describe('GET /status/{id}', () => {
  it.each([
    [{ state: 'queued' }, '{"state":"queued"}'],
    [{ state: 'batching' }, '{"state":"batching"}'],
    [{ state: 'submitted', txHash: hash('d') }, `{"state":"submitted","tx_hash":"${hash('d')}"}`],
    [{ state: 'finalized', txHash: hash('d') }, `{"state":"finalized","tx_hash":"${hash('d')}"}`],
    [
      { state: 'failed', error: 'reverted', errorCode: 'transaction_reverted' },
      '{"state":"failed","error":"reverted","error_code":"transaction_reverted"}',
    ],
    [{ state: 'failed', error: 'lost', errorCode: null }, '{"state":"failed","error":"lost"}'],
  ] as const satisfies readonly (readonly [RequestState, string])[])(
    'answers %o exactly',
    async (state, status) => {
      const { get } = testApp({ status: async () => ({ kind: 'recover_account', state }) })
      const response = await get(`/status/gw_${OPERATION_ID}`)
      expect(response.status).toBe(200)
      expect(await response.text()).toBe(
        `{"request_id":"gw_${OPERATION_ID}","kind":"recover_account","status":${status}}`,
      )
    },
  )

  it.each([OPERATION_ID, `gw_${OPERATION_ID}`])('takes the id %s', async (id) => {
    const asked: string[] = []
    const { get } = testApp({
      status: async (id) => {
        asked.push(id)
        return { kind: 'create_account', state: { state: 'queued' } }
      },
    })
    const response = await get(`/status/${id}`)
    expect(await response.json()).toMatchObject({ request_id: `gw_${OPERATION_ID}` })
    expect(response.headers.get('X-Request-Id')).toMatch(UUID)
    expect(asked).toEqual([OPERATION_ID])
  })

  it.each([
    UNKNOWN_ID,
    OPERATION_ID.toUpperCase(),
    `GW_${OPERATION_ID}`,
    `gw_gw_${OPERATION_ID}`,
    'nonsense',
    '%00',
    '%zz',
    `${OPERATION_ID}%0a`,
  ])('does not know %s', async (id) => {
    await expectProblem(await testApp().get(`/status/${id}`), 404, 'not_found', 'Not found.')
  })

  it('says so when the store does not answer, rather than that the operation is unknown', async () => {
    const response = await testApp({ status: storeIsDown }).get(`/status/${OPERATION_ID}`)
    expect(response.headers.get('Retry-After')).toBe('1')
    await expectProblem(response, 503, 'store_unavailable', 'The store does not answer.')
  })
})

describe('GET /operations/{id}', () => {
  it('tells everything but signatures and signed bytes', async () => {
    const response = await testApp().get(`/operations/gw_${OPERATION_ID}`)
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({
      request_id: `gw_${OPERATION_ID}`,
      kind: 'insert_authenticator',
      status: { state: 'finalized', tx_hash: hash('d') },
      received_at: 900,
      updated_at: 5_000,
      signer: address('f'),
      account: { leaf_index: '42', nonce: 7 },
      claims: [address('3')],
      tries: 0,
      operation: {
        leaf_index: '0x2a',
        old_offchain_signer_commitment: '0x1',
        new_offchain_signer_commitment: '0x2',
        nonce: '0x7',
        new_authenticator_address: address('3'),
        pubkey_id: '0x1',
        new_authenticator_pubkey: '0xc8',
      },
      outcome: FINALIZED_OUTCOME,
      batch: WIRE_BATCH,
      attempts: [WIRE_ATTEMPT],
    })
  })

  it('tells what little is known of an operation that waits', async () => {
    const { get } = testApp({
      operation: async () => ({
        envelope: {
          ...DETAIL.envelope,
          kind: 'create_account',
          lane: null,
          signer: null,
          operation: {
            kind: 'create_account',
            recoveryAddress: address('0'),
            authenticatorAddresses: [address('2')],
            authenticatorPubkeys: ['0xb'],
            offchainSignerCommitment: '0xc',
          },
        },
        state: { state: 'queued' },
        status: null,
        updatedAt: 900,
        batch: null,
        attempts: [],
      }),
    })
    expect(await (await get(`/operations/${OPERATION_ID}`)).json()).toMatchObject({
      status: { state: 'queued' },
      signer: null,
      account: null,
      operation: {
        recovery_address: address('0'),
        authenticator_addresses: [address('2')],
        authenticator_pubkeys: ['0xb'],
        offchain_signer_commitment: '0xc',
      },
      outcome: null,
      batch: null,
      attempts: [],
    })
  })

  const revert = { name: 'PubkeyIdInUse', args: [], data: '0x0e5ff1d1' } as const
  const failed = (reason: Extract<OpStatus, { type: 'Failed' }>['reason']): OpStatus => ({
    type: 'Failed',
    reason,
    txHash: null,
  })
  it.each<OpStatus>([
    failed({ type: 'SimulationReverted', revert }),
    failed({ type: 'ExecutionReverted', revert: null }),
    failed({ type: 'ExecutionReverted', revert }),
    failed({ type: 'NonceTooLow', expected: 3 }),
    failed({ type: 'NonceTooHigh', expected: 3 }),
    failed({ type: 'InsufficientBalance' }),
    failed({ type: 'InvalidSignature' }),
    failed({ type: 'ContractError', code: 'pubkey_id_in_use', revert }),
    failed({ type: 'Unknown', message: 'no idea' }),
    { type: 'Evicted', reason: 'DependencyNotReady', nextNonce: 6 },
  ])('tells the outcome %o as it is', async (status) => {
    const { get } = testApp({ operation: async () => ({ ...DETAIL, status }) })
    const { outcome } = (await (await get(`/operations/${OPERATION_ID}`)).json()) as { outcome: object }
    if (status.type === 'Failed')
      expect(outcome).toEqual({ type: 'Failed', reason: status.reason, tx_hash: null })
    else expect(outcome).toEqual({ type: 'Evicted', reason: 'DependencyNotReady', next_nonce: 6 })
  })

  it('does not know what there is not', async () => {
    const { get } = testApp()
    await expectProblem(await get(`/operations/${UNKNOWN_ID}`), 404, 'not_found', 'Not found.')
    await expectProblem(await get('/operations/nonsense'), 404, 'not_found', 'Not found.')
  })

  it('says so when the store does not answer', async () => {
    const response = await testApp({ operation: storeIsDown }).get(`/operations/${OPERATION_ID}`)
    await expectProblem(response, 503, 'store_unavailable', 'The store does not answer.')
  })
})

describe('GET /batches', () => {
  it('answers with a page, and where the next one begins', async () => {
    const asked: unknown[] = []
    const { get } = testApp({
      batches: async (...args) => {
        asked.push(args)
        return [PENDING_BATCH, FINALIZED_BATCH]
      },
    })
    const response = await get(`/batches?limit=2&before=${UNKNOWN_ID}`)
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({
      batches: [
        {
          ...WIRE_BATCH,
          state: 'Pending',
          gas_limit: null,
          gas_used: null,
          inclusion: null,
          simulation_completed_at: null,
          submitted_at: null,
          finalized_at: null,
          total_duration: null,
          resubmission_count: null,
        },
        WIRE_BATCH,
      ],
      next: BATCH_ID,
    })
    expect(asked).toEqual([[2, UNKNOWN_ID]])
  })

  it('ends with the last page', async () => {
    const { get } = testApp({ batches: async (limit) => (limit === 20 ? [FINALIZED_BATCH] : []) })
    expect(await (await get('/batches')).json()).toEqual({ batches: [WIRE_BATCH], next: null })
  })

  it.each(['0', '101', '-1', '1.5', '', 'ten', '1e1', ' 5'])('refuses the limit "%s"', async (limit) => {
    const response = await testApp().get(`/batches?limit=${encodeURIComponent(limit)}`)
    await expectProblem(response, 400, 'bad_request', 'limit must be an integer from 1 to 100')
  })

  it('refuses a beginning that is no id', async () => {
    const response = await testApp().get('/batches?before=latest')
    await expectProblem(response, 400, 'bad_request', 'before must be the id of a batch')
  })

  it('says so when the store does not answer', async () => {
    await expectProblem(
      await testApp({ batches: storeIsDown }).get('/batches'),
      503,
      'store_unavailable',
      /store/,
    )
  })
})

describe('GET /batches/{id}', () => {
  it('tells what became of each operation', async () => {
    const response = await testApp().get(`/batches/${BATCH_ID}`)
    expect(await response.json()).toEqual({
      batch: WIRE_BATCH,
      operations: [
        { request_id: `gw_${OPERATION_ID}`, outcome: FINALIZED_OUTCOME },
        {
          request_id: `gw_${COMPANION_ID}`,
          outcome: {
            type: 'Failed',
            tx_hash: hash('d'),
            reason: {
              type: 'ContractError',
              code: 'mismatched_signature_nonce',
              revert: { name: 'MismatchedSignatureNonce', args: ['42', '8', '7'], data: '0xf8c6b45a' },
            },
          },
        },
      ],
      calls: [
        { target: address('a'), operations: [`gw_${OPERATION_ID}`, `gw_${COMPANION_ID}`], gas: 540_000 },
      ],
      attempts: [WIRE_ATTEMPT],
    })
  })

  it('tells what there is of a batch that has only begun', async () => {
    const { get } = testApp({ batch: async () => ({ batch: PENDING_BATCH, attempts: [ATTEMPT] }) })
    expect(await (await get(`/batches/${BATCH_ID}`)).json()).toMatchObject({
      operations: [
        { request_id: `gw_${OPERATION_ID}`, outcome: null },
        { request_id: `gw_${COMPANION_ID}`, outcome: null },
      ],
      calls: [],
    })
  })

  it.each([UNKNOWN_ID, 'nonsense', `gw_${BATCH_ID}`])('does not know %s', async (id) => {
    await expectProblem(await testApp().get(`/batches/${id}`), 404, 'not_found', 'Not found.')
  })
})

describe('GET /chain and /wallet', () => {
  it('tell what the chain monitor sees', async () => {
    expect(await (await testApp().get('/chain')).json()).toEqual({
      state: 'Following',
      chain_id: 480,
      registry_address: address('a'),
      head: { number: 100, hash: hash('e'), seen_at: 6_000 },
      fees: {
        block_number: 100,
        base_fee: 1_000_000,
        base_fee_ema: 1_100_000.5,
        base_fee_trend: -0.25,
        block_gas_limit: 60_000_000,
        recent_utilization: 0.5,
        last_updated: 6_000,
      },
    })
  })

  it('tell what the wallet holds', async () => {
    expect(await (await testApp().get('/wallet')).json()).toEqual({
      state: 'Ready',
      address: address('f'),
      balance: '1500000000000000000',
      next_nonce: 4,
      in_flight: [{ nonce: 3, batch_id: BATCH_ID, tx_hashes: [hash('d')] }],
    })
  })

  it('say null for what is not known yet', async () => {
    const { get } = testApp({
      chain: () => ({
        state: 'Connecting',
        chainId: 480,
        registryAddress: address('a'),
        head: null,
        fees: null,
      }),
      wallet: () => ({
        state: 'Syncing',
        address: address('f'),
        balance: null,
        nextNonce: null,
        inFlight: [],
      }),
    })
    expect(await (await get('/chain')).json()).toMatchObject({ head: null, fees: null })
    expect(await (await get('/wallet')).json()).toMatchObject({
      balance: null,
      next_nonce: null,
      in_flight: [],
    })
  })
})

describe('GET /health', () => {
  const wireHealth = {
    success: true,
    version: '1.2.3',
    state: 'Running',
    chain: { ok: true, state: 'Following', message: null },
    store: { ok: true, state: 'Open', message: null },
    wallet: { ok: true, state: 'Ready', message: null },
    batcher: {
      state: 'Collecting',
      ready: 3,
      waiting: 2,
      batches: 1,
      throttled: null,
      oldest_received_at: 900,
    },
    intake: { pending: 4, capacity: 512 },
  }

  it('is a success when the gateway is well', async () => {
    const response = await testApp().get('/health')
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual(wireHealth)
  })

  it('is none when it is not, and says what is the matter', async () => {
    const chain = { ok: false, state: 'Stalled', message: 'no new block for 30 s' }
    const batcher = { ...WELL.batcher, state: 'Throttled', throttled: 'ChainStalled' } as const
    const { get } = testApp({ health: async () => ({ ...WELL, ok: false, chain, batcher }) })
    const response = await get('/health')
    expect(response.status).toBe(503)
    expect(await response.json()).toEqual({
      ...wireHealth,
      success: false,
      chain,
      batcher: { ...wireHealth.batcher, state: 'Throttled', throttled: 'ChainStalled' },
    })
  })
})

describe('GET /metrics', () => {
  it('is Prometheus text', async () => {
    const response = await testApp().get('/metrics')
    expect(response.status).toBe(200)
    expect(response.headers.get('Content-Type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(await response.text()).toBe('up 1\n')
  })
})
