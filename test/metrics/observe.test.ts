import { describe, expect, it } from 'vitest'
import type { FinalizedBatch } from '../../src/domain/batch.ts'
import type { Cost } from '../../src/domain/cost.ts'
import type { GatewayEvent } from '../../src/domain/events.ts'
import type { OpStatus } from '../../src/domain/status.ts'
import { createMetrics } from '../../src/metrics/metrics.ts'
import { HASH, NOW, samplesAfter, scrape } from './samples.ts'

const settled = (status: OpStatus, cost: Cost | null = null): GatewayEvent => ({
  type: 'operation.settled',
  id: 'o',
  kind: 'insert_authenticator',
  status,
  cost,
  receivedAt: 1_000,
  at: 8_000,
})

type Resubmitted = Extract<GatewayEvent, { type: 'batch.resubmitted' }>

const resubmitted = (traits: Partial<Resubmitted>): Resubmitted => ({
  type: 'batch.resubmitted',
  batchId: 'b',
  reason: 'Timeout',
  replaced: true,
  purpose: 'batch',
  txHash: HASH,
  at: 0,
  ...traits,
})

const BATCH: FinalizedBatch = {
  batchId: 'b',
  txHash: HASH,
  blockNumber: 77,
  gasUsed: 3_000_000,
  cost: {
    effectiveGasPrice: 2e9,
    gasFee: '6000000000000000',
    l1Fee: '5000000000000000',
    operatorFee: null,
    shares: { one: { gasFee: '6000000000000000', l1Fee: '5000000000000000', operatorFee: null } },
  },
  statuses: {
    one: { type: 'Finalized', txHash: HASH, blockNumber: 77, gasUsed: 3_000_000 },
    two: { type: 'Evicted', reason: 'BatchFull', nextNonce: null },
  },
  timing: {
    createdAt: 1_000,
    simulationCompletedAt: 1_500,
    submittedAt: 2_000,
    finalizedAt: 9_000,
    totalDuration: 8_000,
    resubmissionCount: 2,
  },
  failure: null,
}

describe('metrics count', () => {
  it('admitted and refused operations, by kind', async () => {
    const samples = await samplesAfter(
      { type: 'operation.accepted', id: 'a', kind: 'create_account', at: 0 },
      { type: 'operation.accepted', id: 'b', kind: 'create_account', at: 0 },
      { type: 'operation.refused', kind: 'create_account', code: 'authenticator_already_exists', at: 0 },
      { type: 'operation.refused', kind: 'recover_account', code: 'chain_unavailable', at: 0 },
    )
    expect(samples.get('ops_received_total{type="create_account"}')).toBe(3)
    expect(samples.get('ops_received_total{type="recover_account"}')).toBe(1)
    expect(samples.get('ops_refused_total{type="create_account",code="authenticator_already_exists"}')).toBe(
      1,
    )
    expect(samples.get('ops_refused_total{type="recover_account",code="chain_unavailable"}')).toBe(1)
  })

  it('finalized operations, with latency and gas', async () => {
    const samples = await samplesAfter(
      settled({ type: 'Finalized', txHash: HASH, blockNumber: 77, gasUsed: 323_000 }),
    )
    expect(samples.get('ops_finalized_total')).toBe(1)
    expect(samples.get('op_latency_seconds_sum{type="insert_authenticator"}')).toBe(7)
    expect(samples.get('op_latency_seconds_bucket{le="6",type="insert_authenticator"}')).toBe(0)
    expect(samples.get('op_latency_seconds_bucket{le="8",type="insert_authenticator"}')).toBe(1)
    expect(samples.get('op_gas_used_sum{type="insert_authenticator"}')).toBe(323_000)
  })

  it('failed operations, by reason', async () => {
    const samples = await samplesAfter(
      settled({ type: 'Failed', reason: { type: 'NonceTooLow', expected: 3 }, txHash: null }),
      settled({ type: 'Failed', reason: { type: 'ExecutionReverted', revert: null }, txHash: HASH }),
    )
    expect(samples.get('ops_failed_total{reason="NonceTooLow"}')).toBe(1)
    expect(samples.get('ops_failed_total{reason="ExecutionReverted"}')).toBe(1)
    expect(samples.get('ops_finalized_total')).toBe(0)
  })

  it('each eviction once, by reason, independent of the verdict of the batch', async () => {
    const samples = await samplesAfter(
      settled({ type: 'Evicted', reason: 'BatchFull', nextNonce: null }),
      settled({ type: 'Evicted', reason: 'BatchFull', nextNonce: null }),
      settled({ type: 'Evicted', reason: 'DependencyNotReady', nextNonce: 4 }),
      { type: 'batch.finalized', batch: BATCH, at: 0 },
    )
    expect(samples.get('ops_evicted_total{reason="BatchFull"}')).toBe(2)
    expect(samples.get('ops_evicted_total{reason="DependencyNotReady"}')).toBe(1)
    expect(samples.get('ops_finalized_total')).toBe(0)
    expect(samples.has('op_latency_seconds_sum{type="insert_authenticator"}')).toBe(false)
  })

  it('batches in flight', async () => {
    const samples = await samplesAfter(
      { type: 'batch.spawned', batchId: 'b', slot: 0, operations: ['1', '2', '3'], gasBudget: 1, at: 0 },
      {
        type: 'batch.simulated',
        batchId: 'b',
        kept: 3,
        failed: 0,
        evicted: 0,
        gasLimit: 1,
        duration: 150,
        at: 0,
      },
      {
        type: 'batch.submitted',
        batchId: 'b',
        operations: [],
        txHash: HASH,
        nonce: 1,
        purpose: 'batch',
        maxFeePerGas: 2_500_000_000,
        maxPriorityFeePerGas: 1,
        duration: 40,
        at: 0,
      },
      resubmitted({ reason: 'Timeout' }),
      resubmitted({ reason: 'Underpriced', replaced: false }),
      {
        type: 'batch.included',
        batchId: 'b',
        operations: [],
        txHash: HASH,
        blockNumber: 77,
        blocksWaited: 2,
        duration: 4_000,
        at: 0,
      },
      { type: 'batch.reorged', batchId: 'b', txHash: HASH, at: 0 },
    )
    expect(samples.get('batches_spawned_total')).toBe(1)
    expect(samples.get('batch_size_sum')).toBe(3)
    expect(samples.get('simulation_duration_seconds_sum')).toBe(0.15)
    expect(samples.get('submission_duration_seconds_sum')).toBe(0.04)
    expect(samples.get('gas_price_gwei')).toBe(2.5)
    expect(samples.get('tx_resubmissions_total')).toBe(2)
    expect(samples.get('tx_replacements_total{reason="Timeout"}')).toBe(1)
    expect(samples.has('tx_replacements_total{reason="Underpriced"}')).toBe(false)
    expect(samples.get('inclusion_duration_seconds_sum')).toBe(4)
    expect(samples.get('inclusion_blocks_sum')).toBe(2)
    expect(samples.get('batches_reorged_total')).toBe(1)
    expect(samples.get('tx_cancels_total')).toBe(0)
  })

  it('cancels and resubmissions', async () => {
    const samples = await samplesAfter(
      {
        type: 'batch.submitted',
        batchId: 'b',
        operations: [],
        txHash: HASH,
        nonce: 1,
        purpose: 'cancel',
        maxFeePerGas: 3_500_000_000,
        maxPriorityFeePerGas: 1,
        duration: null,
        at: 0,
      },
      resubmitted({ purpose: 'cancel' }),
      resubmitted({ purpose: 'cancel', replaced: false }),
    )
    expect(samples.get('submission_duration_seconds_count')).toBe(0)
    expect(samples.get('gas_price_gwei')).toBe(3.5)
    expect(samples.get('tx_cancels_total')).toBe(1)
    expect(samples.get('tx_resubmissions_total')).toBe(2)
    expect(samples.get('tx_replacements_total{reason="Timeout"}')).toBe(1)
  })

  it('revived batches, filled gaps and foreign transactions', async () => {
    const samples = await samplesAfter(
      { type: 'batch.revived', batchId: 'b', operations: 3, blockNumber: 70, at: 0 },
      { type: 'wallet.healing', batchId: 'h', nonce: 4, at: 0 },
      { type: 'batch.displaced', batchId: 'b', nonce: 5, txHash: HASH, at: 0 },
      { type: 'wallet.foreignTransactions', nonces: 3, nextNonce: 9, at: 0 },
    )
    expect(samples.get('batches_revived_total')).toBe(1)
    expect(samples.get('nonces_healed_total')).toBe(1)
    expect(samples.get('foreign_transactions_total')).toBe(4)
  })

  it('the shares of operations by kind and part, whatever the status', async () => {
    const samples = await samplesAfter(
      settled(
        { type: 'Finalized', txHash: HASH, blockNumber: 77, gasUsed: 1 },
        { gasFee: '3000000000000000', l1Fee: '1000000000000000', operatorFee: '7000000000000000' },
      ),
      settled(
        { type: 'Evicted', reason: 'DependencyNotReady', nextNonce: null },
        { gasFee: '2000000000000000', l1Fee: null, operatorFee: null },
      ),
      settled({ type: 'Failed', reason: { type: 'InvalidSignature' }, txHash: null }),
    )
    const share = (part: string) =>
      samples.get(`op_cost_eth_total{type="insert_authenticator",part="${part}"}`)
    expect(share('gas')).toBeCloseTo(0.005, 12)
    expect(share('l1')).toBeCloseTo(0.001, 12)
    expect(share('operator')).toBeCloseTo(0.007, 12)
  })

  it('the cost of a cancel as overhead, and among the fees', async () => {
    const cost = {
      effectiveGasPrice: 2e9,
      gasFee: '42000000000000',
      l1Fee: '1',
      operatorFee: '2',
      shares: {},
    }
    const samples = await samplesAfter(
      { type: 'batch.finalized', batch: BATCH, at: 0 },
      { type: 'batch.failed', batch: { ...BATCH, cost, failure: 'cancelled' }, at: 0 },
    )
    expect(samples.get('overhead_fees_eth_total')).toBeCloseTo(0.000042, 12)
    expect(samples.get('tx_fees_eth_total{part="gas"}')).toBeCloseTo(0.006042, 12)
    expect(samples.get('tx_fees_eth_total{part="operator"}')).toBeCloseTo(2e-18, 24)
  })

  it('finalized batches', async () => {
    const samples = await samplesAfter({ type: 'batch.finalized', batch: BATCH, at: 0 })
    expect(samples.get('batches_finalized_total')).toBe(1)
    expect(samples.get('batches_failed_total')).toBe(0)
    expect(samples.get('batch_duration_seconds_sum')).toBe(8)
    expect(samples.get('confirmation_duration_seconds_sum')).toBe(7)
    expect(samples.get('tx_gas_used_sum')).toBe(3_000_000)
    expect(samples.get('tx_fees_eth_total{part="gas"}')).toBeCloseTo(0.006, 12)
    expect(samples.get('tx_fees_eth_total{part="l1"}')).toBeCloseTo(0.005, 12)
    expect(samples.get('tx_attempts_sum')).toBe(3)
  })

  it('nothing of a batch without a transaction', async () => {
    const batch = { ...BATCH, txHash: null, blockNumber: null, gasUsed: 0 }
    const samples = await samplesAfter({ type: 'batch.finalized', batch, at: 0 })
    expect(samples.get('batches_finalized_total')).toBe(0)
    expect(samples.get('batch_duration_seconds_count')).toBe(0)
    expect(samples.get('tx_gas_used_count')).toBe(0)
    expect(samples.get('tx_attempts_count')).toBe(0)
  })

  it('failed batches, without the durations of a transaction', async () => {
    const batch = { ...BATCH, txHash: null, blockNumber: null, gasUsed: 0, failure: 'nothing left to send' }
    const samples = await samplesAfter({ type: 'batch.failed', batch, at: 0 })
    expect(samples.get('batches_failed_total')).toBe(1)
    expect(samples.get('batches_finalized_total')).toBe(0)
    expect(samples.get('batch_duration_seconds_count')).toBe(0)
    expect(samples.get('tx_gas_used_count')).toBe(0)
  })

  it('events of the chain, the batcher, the store and the supervisor', async () => {
    const samples = await samplesAfter(
      { type: 'chain.reorged', depth: 2, orphanedFrom: 75, blockNumber: 75, at: 0 },
      { type: 'chain.stalled', message: 'no block', at: 0 },
      { type: 'chain.followed', at: 0 },
      { type: 'batcher.throttled', reason: 'FeeAboveCeiling', at: 0 },
      { type: 'departure.judged', batchId: 'b', isMissed: false, lead: 250, at: 0 },
      { type: 'departure.judged', batchId: 'c', isMissed: true, lead: 350, at: 0 },
      { type: 'store.committed', writes: 60, duration: 3, at: 0 },
      { type: 'store.failing', message: 'disk full', at: 0 },
      { type: 'store.readFailed', message: 'malformed', isNew: true, at: 0 },
      { type: 'transition.ignored', id: 'op-1', batchId: null, from: 'failed', to: 'failed', at: 0 },
      { type: 'actor.crashed', actor: 'wallet', message: 'a defect', stack: null, restarts: 1, at: 0 },
      { type: 'actor.crashed', actor: 'wallet', message: 'a defect', stack: null, restarts: 2, at: 0 },
    )
    expect(samples.get('departures_total{outcome="made"}')).toBe(1)
    expect(samples.get('departures_total{outcome="missed"}')).toBe(1)
    expect(samples.get('departure_lead_seconds')).toBe(0.35)
    expect(samples.get('reorgs_detected_total')).toBe(1)
    expect(samples.get('chain_stalls_total')).toBe(1)
    expect(samples.get('throttled_total{reason="FeeAboveCeiling"}')).toBe(1)
    expect(samples.get('store_commit_writes_sum')).toBe(60)
    expect(samples.get('store_commit_duration_seconds_sum')).toBe(0.003)
    expect(samples.get('store_failures_total')).toBe(1)
    expect(samples.get('store_read_failures_total')).toBe(1)
    expect(samples.get('store_transitions_ignored_total')).toBe(1)
    expect(samples.get('actor_restarts_total{actor="wallet"}')).toBe(2)
  })

  it('RPC calls, by host and without the secrets of a URL', async () => {
    const called = (endpoint: string): GatewayEvent => ({
      type: 'rpc.called',
      endpoint,
      method: 'eth_call',
      outcome: 'unavailable',
      duration: 250,
    })
    const samples = await samplesAfter(
      called('https://user:pass@node.example:8545/v2/s3cret?key=s3cret'),
      called('primary'),
    )
    const labels = (endpoint: string) => `{method="eth_call",endpoint="${endpoint}",outcome="unavailable"}`
    expect(samples.get(`rpc_duration_seconds_sum${labels('node.example:8545')}`)).toBe(0.25)
    expect(samples.get(`rpc_duration_seconds_sum${labels('primary')}`)).toBe(0.25)
    expect([...samples.keys()].join()).not.toMatch(/s3cret|pass/)
  })

  it('nothing after observation stops', () => {
    let stopped = false
    const stop = createMetrics({ now: () => NOW }).observeEvents(() => () => {
      stopped = true
    })
    stop()
    expect(stopped).toBe(true)
  })
})

describe('HTTP requests', () => {
  it('are measured by route, method and class of status', async () => {
    const metrics = createMetrics({ now: () => NOW })
    metrics.observeRequest({ route: '/status/{id}', method: 'GET', status: 200, duration: 2 })
    metrics.observeRequest({ route: '/status/{id}', method: 'GET', status: 404, duration: 1 })
    metrics.observeRequest({ route: '/status/{id}', method: 'GET', status: 503, duration: 1 })
    metrics.observeRequest({ route: '/status/{id}', method: 'GET', status: 504, duration: 3 })
    const samples = await scrape(metrics)
    const sum = (status: string) =>
      samples.get(
        `http_request_duration_seconds_sum{route="/status/{id}",method="GET",status_class="${status}"}`,
      )
    expect([sum('2xx'), sum('4xx'), sum('5xx')]).toEqual([0.002, 0.001, 0.004])
  })
})
