import { describe, expect, it } from 'vitest'
import { summarize } from '../../../src/domain/batch.ts'
import { expectProblem, testApp } from '../api.ts'
import {
  ATTEMPT,
  address,
  BATCH_ID,
  COMPANION_ID,
  FINALIZED_BATCH,
  hash,
  OPERATION_ID,
  PENDING_BATCH,
  storeIsDown,
  UNKNOWN_ID,
  WIRE_ATTEMPT,
  WIRE_BATCH,
  WIRE_FINALITY,
  WIRE_OUTCOME,
} from '../fixtures.ts'

describe('GET /batches', () => {
  it('returns a page and the start of the next page', async () => {
    const asked: unknown[] = []
    const { get } = testApp({
      batches: async (...args) => {
        asked.push(args)
        return [PENDING_BATCH, FINALIZED_BATCH].map(summarize)
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
          total_cost: null,
          inclusion: null,
          included_at: null,
          finality: { ...WIRE_FINALITY, included: null, confirmed: null },
          simulation_completed_at: null,
          submitted_at: null,
          finalized_at: null,
          total_duration: null,
          resubmission_count: null,
          outcomes: null,
        },
        WIRE_BATCH,
      ],
      next: BATCH_ID,
    })
    expect(asked).toEqual([[2, UNKNOWN_ID]])
  })

  it('returns no next page after the last page', async () => {
    const { get } = testApp({ batches: async (limit) => (limit === 20 ? [summarize(FINALIZED_BATCH)] : []) })
    expect(await (await get('/batches')).json()).toEqual({ batches: [WIRE_BATCH], next: null })
  })

  it.each(['0', '101', '-1', '1.5', '', 'ten', '1e1', ' 5'])('refuses the limit "%s"', async (limit) => {
    const response = await testApp().get(`/batches?limit=${encodeURIComponent(limit)}`)
    await expectProblem(response, 400, 'bad_request', 'limit must be an integer from 1 to 100.')
  })

  it('refuses a value of before without the form of an id', async () => {
    const response = await testApp().get('/batches?before=latest')
    await expectProblem(
      response,
      400,
      'bad_request',
      'before must be the id of a batch: a UUID in lower case.',
    )
  })

  it('answers 503 if the store does not answer', async () => {
    await expectProblem(
      await testApp({ batches: storeIsDown }).get('/batches'),
      503,
      'store_unavailable',
      /store/,
    )
  })
})

describe('GET /batches/{id}', () => {
  it('returns the status of each operation', async () => {
    const response = await testApp().get(`/batches/${BATCH_ID}`)
    expect(await response.json()).toEqual({
      batch: WIRE_BATCH,
      operations: [
        {
          request_id: `gw_${OPERATION_ID}`,
          outcome: WIRE_OUTCOME,
          cost: {
            total: '1230690000000011',
            gas_fee: '1224690000000000',
            l1_fee: '6000000000000',
            operator_fee: '11',
          },
        },
        {
          request_id: `gw_${COMPANION_ID}`,
          cost: { total: '1000000000000', gas_fee: '0', l1_fee: '1000000000000', operator_fee: '0' },
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
      cost: {
        total: '1231690000000011',
        gas_fee: '1224690000000000',
        l1_fee: '7000000000000',
        operator_fee: '11',
        effective_gas_price: 2_000_000_000,
      },
    })
  })

  it('returns null for the unknown parts of a new batch', async () => {
    const { get } = testApp({ batch: async () => ({ batch: PENDING_BATCH, attempts: [ATTEMPT] }) })
    expect(await (await get(`/batches/${BATCH_ID}`)).json()).toMatchObject({
      operations: [
        { request_id: `gw_${OPERATION_ID}`, outcome: null, cost: null },
        { request_id: `gw_${COMPANION_ID}`, outcome: null, cost: null },
      ],
      calls: [],
      cost: null,
    })
  })

  it.each([UNKNOWN_ID, 'nonsense', `gw_${BATCH_ID}`])('answers 404 for %s', async (id) => {
    await expectProblem(await testApp().get(`/batches/${id}`), 404, 'not_found', /^No batch has this id\./)
  })
})
