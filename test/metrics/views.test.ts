import { describe, expect, it } from 'vitest'
import type { ThrottleReason } from '../../src/domain/events.ts'
import { CATALOGUE } from '../../src/metrics/catalogue.ts'
import { createMetrics } from '../../src/metrics/metrics.ts'
import { ADDRESS, HEALTH, NOW, scrape, views } from './samples.ts'

describe('gauges', () => {
  it('read the gateway at scrape time', async () => {
    const samples = await scrape(createMetrics({ gateway: views(), now: () => NOW }))
    const gauges = Object.values(CATALOGUE).filter(
      ({ type, labels }) => type === 'gauge' && labels.length === 0,
    )
    expect(
      Object.fromEntries(gauges.map(({ name }) => [name, samples.get(name.replace('ops_batcher_', ''))])),
    ).toEqual({
      ops_batcher_queue_depth: 42,
      ops_batcher_queue_oldest_age_seconds: 2.5,
      ops_batcher_lane_waiting: 12,
      ops_batcher_intake_pending: 5,
      ops_batcher_intake_capacity: 512,
      ops_batcher_batches_in_flight: 2,
      ops_batcher_chain_head_number: 77,
      ops_batcher_chain_head_age_seconds: 1,
      ops_batcher_base_fee_gwei: 1.5,
      ops_batcher_fee_pressure: 0.25,
      ops_batcher_base_fee_trend: -0.5,
      ops_batcher_block_utilization_ratio: 0.25,
      ops_batcher_gas_price_gwei: undefined,
      ops_batcher_tx_in_flight: 1,
      ops_batcher_signer_balance_eth: 2.5,
      ops_batcher_signer_runway_seconds: 7_200,
      ops_batcher_signer_nonce: 9,
      ops_batcher_failing_effects: 1,
      ops_batcher_leading: 1,
      ops_batcher_healthy: 1,
      ops_batcher_chain_healthy: 1,
      ops_batcher_store_healthy: 0,
      ops_batcher_wallet_healthy: 1,
    })
  })

  it('name the reason for which nothing is sent, and no reason afterwards', async () => {
    let throttled: ThrottleReason | null = 'NoPermit'
    const health = async () => ({ ...HEALTH, batcher: { ...HEALTH.batcher, throttled } })
    const metrics = createMetrics({ gateway: views({ health }), now: () => NOW })
    const reasons = async () =>
      [...(await scrape(metrics)).keys()].filter((name) => name.startsWith('throttle_reason'))
    expect(await reasons()).toEqual(['throttle_reason{reason="NoPermit"}'])
    throttled = 'ChainStalled'
    expect(await reasons()).toEqual(['throttle_reason{reason="ChainStalled"}'])
    throttled = null
    expect(await reasons()).toEqual([])
  })

  it('have a value per RPC endpoint, by host', async () => {
    let state: 'Up' | 'Slow' = 'Slow'
    const endpoint = { name: 'c.example', message: null, retryAt: null, roundTrip: null }
    const chain = () => ({ ...views().chain(), endpoints: [{ ...endpoint, state }] })
    const several = await scrape(createMetrics({ gateway: views(), now: () => NOW }))
    expect(several.get('rpc_endpoint_up{endpoint="node.example:8545"}')).toBe(1)
    expect(several.get('rpc_endpoint_up{endpoint="other.example"}')).toBe(0)
    expect(several.get('rpc_endpoint_round_trip_seconds{endpoint="node.example:8545"}')).toBe(0.04)
    expect(several.has('rpc_endpoint_round_trip_seconds{endpoint="other.example"}')).toBe(false)
    const metrics = createMetrics({ gateway: views({ chain }), now: () => NOW })
    expect((await scrape(metrics)).get('rpc_endpoint_up{endpoint="c.example"}')).toBe(0)
    state = 'Up'
    expect((await scrape(metrics)).get('rpc_endpoint_up{endpoint="c.example"}')).toBe(1)
  })

  it('read the health once per scrape', async () => {
    let asked = 0
    const health = async () => {
      asked++
      return HEALTH
    }
    const metrics = createMetrics({ gateway: views({ health }), now: () => NOW })
    await scrape(metrics)
    expect(asked).toBe(1)
    await scrape(metrics)
    expect(asked).toBe(2)
  })

  it('are absent while their value is unknown', async () => {
    const unknown = views({
      chain: () => ({
        state: 'Connecting',
        chainId: 480,
        registry: 'WorldIDRegistry V1',
        registryAddress: ADDRESS,
        head: null,
        fees: null,
        endpoints: [],
      }),
      wallet: () => ({ state: 'Syncing', address: ADDRESS, balance: null, nextNonce: null, inFlight: [] }),
    })
    const samples = await scrape(createMetrics({ gateway: unknown, now: () => NOW }))
    const absent = ['chain_head_number', 'chain_head_age_seconds', 'base_fee_gwei', 'base_fee_trend']
    for (const name of [...absent, 'block_utilization_ratio', 'signer_balance_eth', 'signer_nonce']) {
      expect(samples.has(name), name).toBe(false)
    }
    expect(samples.get('tx_in_flight')).toBe(0)
  })

  it('are removed after their value becomes unknown', async () => {
    let nextNonce: number | null = 9
    const wallet = () => ({ state: 'Healing', address: ADDRESS, balance: null, nextNonce, inFlight: [] })
    const metrics = createMetrics({ gateway: views({ wallet }), now: () => NOW })
    expect((await scrape(metrics)).get('signer_nonce')).toBe(9)
    nextNonce = null
    expect((await scrape(metrics)).has('signer_nonce')).toBe(false)
  })

  it('report age 0 for an empty queue', async () => {
    const batcher = { ...HEALTH.batcher, ready: 0, oldestReceivedAt: null }
    const metrics = createMetrics({
      gateway: views({ health: async () => ({ ...HEALTH, batcher }) }),
      now: () => NOW,
    })
    expect((await scrape(metrics)).get('queue_oldest_age_seconds')).toBe(0)
  })

  it('report a gateway as not healthy if reading the health fails', async () => {
    const health = () => Promise.reject(new Error('stopped'))
    const chain = () => {
      throw new Error('stopped')
    }
    const samples = await scrape(createMetrics({ gateway: views({ health, chain }), now: () => NOW }))
    expect(samples.get('healthy')).toBe(0)
    expect(samples.has('queue_depth')).toBe(false)
    expect(samples.has('base_fee_gwei')).toBe(false)
    expect(samples.get('signer_nonce')).toBe(9)
  })
})
