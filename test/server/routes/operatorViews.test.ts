import { describe, expect, it } from 'vitest'
import { createMetrics } from '../../../src/metrics/metrics.ts'
import { expectProblem, testApp } from '../api.ts'
import { address, BATCH_ID, hash, storeIsDown, WELL } from '../fixtures.ts'

describe('GET /chain and /wallet', () => {
  it('return the view of the chain monitor', async () => {
    expect(await (await testApp().get('/chain')).json()).toEqual({
      state: 'Following',
      chain_id: 480,
      registry: 'WorldIDRegistry V1',
      registry_address: address('a'),
      head: { number: 100, hash: hash('e'), seen_at: 6_000 },
      fees: {
        block_number: 100,
        base_fee: 1_000_000,
        base_fee_ema: 1_100_000.5,
        base_fee_trend: -0.25,
        fee_pressure: 0.25,
        block_gas_limit: 60_000_000,
        recent_utilization: 0.5,
        last_updated: 6_000,
      },
      endpoints: [
        { name: 'node.example', state: 'Up', message: null, retry_at: null, round_trip: 40 },
        {
          name: 'other.example',
          state: 'Down',
          message: 'no answer in time',
          retry_at: 7_000,
          round_trip: null,
        },
      ],
    })
  })

  it('return the view of the wallet', async () => {
    expect(await (await testApp().get('/wallet')).json()).toEqual({
      state: 'Ready',
      address: address('f'),
      balance: '1500000000000000000',
      runway: { seconds: 90, spent_last_hour: '60000000000000000000' },
      next_nonce: 4,
      in_flight: [{ nonce: 3, batch_id: BATCH_ID, tx_hashes: [hash('d')] }],
    })
  })

  it('return null for unknown values', async () => {
    const { get } = testApp({
      chain: () => ({
        state: 'Connecting',
        chainId: 480,
        registry: 'WorldIDRegistry V1',
        registryAddress: address('a'),
        head: null,
        fees: null,
        endpoints: [],
      }),
      runway: async () => null,
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
      runway: null,
      next_nonce: null,
      in_flight: [],
    })
  })

  it('answer 503 for the wallet while the store does not answer: the spending is not known', async () => {
    const { get } = testApp({ runway: storeIsDown })
    await expectProblem(await get('/wallet'), 503, 'store_unavailable', /does not answer/)
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
    seat: null,
    batcher: {
      state: 'Collecting',
      ready: 3,
      waiting: 2,
      batches: 1,
      throttled: null,
      oldest_received_at: 900,
    },
    intake: { pending: 4, capacity: 512 },
    failures: [],
    supervision: { restarts: 0, last_crash: null },
  }

  it('answers 200 if the gateway is healthy', async () => {
    const response = await testApp().get('/health')
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual(wireHealth)
  })

  it('answers 503 with the cause if the gateway is not healthy', async () => {
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

  it('returns the crashes and restarts of actors', async () => {
    const crash = { actor: 'wallet', message: 'TypeError: a defect', at: 800 }
    const supervision = { restarts: 3, lastCrash: crash }
    const { get } = testApp({ health: async () => ({ ...WELL, supervision }) })
    expect(await (await get('/health')).json()).toEqual({
      ...wireHealth,
      supervision: { restarts: 3, last_crash: crash },
    })
  })
})

describe('GET /metrics', () => {
  it('returns Prometheus text', async () => {
    const response = await testApp().get('/metrics')
    expect(response.status).toBe(200)
    expect(response.headers.get('Content-Type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(await response.text()).toBe('up 1\n')
  })

  it('returns the metrics of the gateway, including the answered requests', async () => {
    const { registry, observeRequest } = createMetrics({ now: () => 0 })
    const { get } = testApp({}, { metrics: registry, onAnswered: observeRequest })
    await get('/chain')
    const response = await get('/metrics')
    expect(response.headers.get('Content-Type')).toBe(registry.contentType)
    expect(await response.text()).toContain(
      'ops_batcher_http_request_duration_seconds_count{route="/chain",method="GET",status_class="2xx"} 1\n',
    )
  })
})
