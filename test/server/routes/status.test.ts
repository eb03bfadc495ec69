import { describe, expect, it } from 'vitest'
import type { GatewayRequestState, OpStatus } from '../../../src/domain/status.ts'
import { expectProblem, testApp, UUID } from '../api.ts'
import {
  address,
  DETAIL,
  hash,
  OPERATION_ID,
  storeIsDown,
  UNKNOWN_ID,
  WIRE_ATTEMPT,
  WIRE_BATCH,
  WIRE_FINALITY,
  WIRE_OUTCOME,
} from '../fixtures.ts'

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
  ] as const satisfies readonly (readonly [GatewayRequestState, string])[])(
    'returns exactly %o',
    async (state, status) => {
      const { get } = testApp({ status: async () => ({ kind: 'recover_account', state }) })
      const response = await get(`/status/gw_${OPERATION_ID}`)
      expect(response.status).toBe(200)
      expect(await response.text()).toBe(
        `{"request_id":"gw_${OPERATION_ID}","kind":"recover_account","status":${status}}`,
      )
    },
  )

  it.each([OPERATION_ID, `gw_${OPERATION_ID}`])('accepts the id %s', async (id) => {
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
  ])('answers 404 for %s', async (id) => {
    await expectProblem(await testApp().get(`/status/${id}`), 404, 'not_found', 'Not found.')
  })

  it('answers 503 if the store does not answer, not 404', async () => {
    const response = await testApp({ status: storeIsDown }).get(`/status/${OPERATION_ID}`)
    expect(response.headers.get('Retry-After')).toBe('1')
    await expectProblem(response, 503, 'store_unavailable', 'The store does not answer.')
  })
})

describe('GET /operations/{id}', () => {
  it('returns all details except signatures and signed bytes', async () => {
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
      outcome: WIRE_OUTCOME,
      finality: WIRE_FINALITY,
      cost: {
        total: '1230690000000012',
        gas_fee: '1224690000000001',
        l1_fee: '6000000000000',
        operator_fee: '11',
      },
      batch: WIRE_BATCH,
      attempts: [WIRE_ATTEMPT],
    })
  })

  it('returns null for the unknown parts of a queued operation', async () => {
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
        cost: null,
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
  ])('returns the status %o as its outcome', async (status) => {
    const { get } = testApp({ operation: async () => ({ ...DETAIL, status }) })
    const { outcome } = (await (await get(`/operations/${OPERATION_ID}`)).json()) as { outcome: object }
    if (status.type === 'Failed')
      expect(outcome).toEqual({ type: 'Failed', reason: status.reason, tx_hash: null })
    else expect(outcome).toEqual({ type: 'Evicted', reason: 'DependencyNotReady', next_nonce: 6 })
  })

  it('answers 404 for an unknown id', async () => {
    const { get } = testApp()
    await expectProblem(
      await get(`/operations/${UNKNOWN_ID}`),
      404,
      'not_found',
      /^No operation has this id\./,
    )
    await expectProblem(await get('/operations/nonsense'), 404, 'not_found', /^No operation has this id\./)
  })

  it('answers 503 if the store does not answer', async () => {
    const response = await testApp({ operation: storeIsDown }).get(`/operations/${OPERATION_ID}`)
    await expectProblem(response, 503, 'store_unavailable', 'The store does not answer.')
  })
})
