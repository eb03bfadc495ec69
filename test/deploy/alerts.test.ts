/** The alert rules, evaluated by promtool over the metrics of a gateway with problems. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { GatewayEvent } from '../../src/domain/events.ts'
import { CATALOGUE } from '../../src/metrics/catalogue.ts'
import { HASH } from '../metrics/samples.ts'
import { checkRules, RULES, testRules, WITHOUT_PROMTOOL } from './promtool.ts'
import { type Minute, simulate, WELL } from './simulation.ts'

const unwell = { ok: false, state: 'Unwell', message: 'a reason' }

/** A chain that does not answer: nothing is sent, and an operation that arrived at the start waits. */
const CHAIN_OUTAGE: Minute = {
  isChainUp: false,
  health: {
    ok: false,
    chain: unwell,
    batcher: { ...WELL.batcher, throttled: 'ChainStalled', oldestReceivedAt: 720_000 },
  },
}

const cancelled: GatewayEvent = {
  type: 'batch.resubmitted',
  batchId: 'b',
  reason: 'Timeout',
  replaced: true,
  purpose: 'cancel',
  txHash: HASH,
  at: 0,
}

const settled = (cost: Extract<GatewayEvent, { type: 'operation.settled' }>['cost']): GatewayEvent => ({
  type: 'operation.settled',
  id: 'o',
  kind: 'create_account',
  status: { type: 'Finalized', txHash: HASH, blockNumber: 77, gasUsed: 1 },
  cost,
  receivedAt: 0,
  at: 100_000,
})

const price = { effectiveGasPrice: 1e9, l1Fee: null, operatorFee: null }

const overhead: GatewayEvent = {
  type: 'batch.failed',
  batch: {
    batchId: 'b',
    txHash: HASH,
    blockNumber: 77,
    gasUsed: 21_000,
    cost: { ...price, gasFee: '9000000000000000', shares: {} },
    statuses: {},
    timing: {
      createdAt: 0,
      simulationCompletedAt: null,
      submittedAt: 0,
      finalizedAt: 1,
      totalDuration: 1,
      resubmissionCount: 1,
    },
    failure: 'cancelled',
  },
  at: 0,
}

const crash: GatewayEvent = {
  type: 'actor.crashed',
  actor: 'wallet',
  message: 'a defect',
  stack: null,
  restarts: 1,
  at: 0,
}

/** Scripts, and the alerts that fire at a minute of the script. The other minutes are those of a gateway without problems. */
const SCENARIOS: readonly {
  readonly name: string
  readonly from: number
  readonly to: number
  readonly minute: Minute
  readonly firing: Readonly<Record<number, readonly string[]>>
}[] = [
  { name: 'no problem', from: 0, to: 0, minute: {}, firing: { 5: [], 30: [], 59: [] } },
  {
    name: 'the chain does not answer',
    from: 10,
    to: 40,
    minute: CHAIN_OUTAGE,
    firing: {
      9: [],
      11: [],
      14: ['OpsBatcherChainHeadOld', 'OpsBatcherChainUnhealthy'],
      20: [
        'OpsBatcherChainHeadOld',
        'OpsBatcherChainUnhealthy',
        'OpsBatcherNotSending',
        'OpsBatcherQueueOld',
        'OpsBatcherUnhealthy',
      ],
      30: [
        'OpsBatcherChainHeadOld',
        'OpsBatcherChainUnhealthy',
        'OpsBatcherEndpointDown',
        'OpsBatcherNotSending',
        'OpsBatcherQueueOld',
        'OpsBatcherUnhealthy',
      ],
      42: [],
    },
  },
  {
    name: 'the process is gone',
    from: 10,
    to: 20,
    minute: { isUp: false },
    firing: { 11: [], 12: ['OpsBatcherDown'], 21: [] },
  },
  {
    name: 'the balance is too low to send',
    from: 10,
    to: 20,
    minute: { runway: 0, health: { wallet: unwell } },
    firing: { 11: [], 13: ['OpsBatcherWalletCannotSend'], 21: [] },
  },
  {
    name: 'the balance lasts for less than a day',
    from: 10,
    to: 40,
    minute: { runway: 80_000 },
    firing: { 19: [], 21: ['OpsBatcherRunwayShort'] },
  },
  {
    name: 'another program uses the key',
    from: 10,
    to: 11,
    minute: { events: [{ type: 'wallet.foreignTransactions', nonces: 1, nextNonce: 4, at: 0 }] },
    firing: { 9: [], 11: ['OpsBatcherForeignTransactions'], 40: [] },
  },
  {
    name: 'transactions are replaced and cancelled again and again',
    from: 10,
    to: 30,
    minute: { events: [cancelled] },
    firing: { 9: [], 28: ['OpsBatcherFeesTooLow'] },
  },
  {
    name: 'a reorg orphans settled work',
    from: 10,
    to: 11,
    minute: { events: [{ type: 'batch.revived', batchId: 'b', operations: 3, blockNumber: 7, at: 0 }] },
    firing: { 9: [], 11: ['OpsBatcherWorkRevived'] },
  },
  {
    name: 'one nonce gap',
    from: 10,
    to: 11,
    minute: { events: [{ type: 'wallet.healing', batchId: 'b', nonce: 3, at: 0 }] },
    firing: { 11: [], 30: [] },
  },
  {
    name: 'three nonce gaps',
    from: 10,
    to: 13,
    minute: { events: [{ type: 'wallet.healing', batchId: 'b', nonce: 3, at: 0 }] },
    firing: { 9: [], 14: ['OpsBatcherNonceGaps'] },
  },
  {
    name: 'an effect keeps failing',
    from: 10,
    to: 13,
    minute: {
      health: {
        failures: [{ actor: 'wallet', batchId: null, effect: 'signAttempt', reason: 'throttled', since: 0 }],
      },
    },
    firing: { 9: [], 10: ['OpsBatcherPersistentFailure'], 13: [] },
  },
  {
    name: 'the first crash of an actor',
    from: 10,
    to: 11,
    minute: { events: [crash] },
    firing: { 9: [], 10: ['OpsBatcherActorCrashed'], 30: [] },
  },
  {
    name: 'the disk is full',
    from: 10,
    to: 15,
    minute: { events: [{ type: 'store.failing', message: 'disk full', at: 0 }] },
    firing: { 9: [], 13: ['OpsBatcherStoreFailing'], 30: [] },
  },
  {
    name: 'every tenth answer is an error',
    from: 10,
    to: 40,
    minute: { answers: { 200: 54, 503: 6 } },
    firing: { 9: [], 30: ['OpsBatcherServerErrors'] },
  },
  {
    name: 'verdicts take more than a minute',
    from: 10,
    to: 50,
    minute: { events: [settled(null)] },
    firing: { 9: [], 40: ['OpsBatcherSlowVerdicts'] },
  },
  {
    name: 'cancels cost more than operations',
    from: 2,
    to: 60,
    minute: { events: [overhead, settled({ ...price, gasFee: '1000000000' })] },
    firing: { 59: ['OpsBatcherOverheadHigh', 'OpsBatcherSlowVerdicts'] },
  },
]

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly annotations: Readonly<Record<string, string>>
}

const RULE_LIST: readonly Rule[] = parse(readFileSync(RULES, 'utf8')).groups.flatMap(
  ({ rules }: { readonly rules: readonly Rule[] }) => rules,
)

describe('the alert rules', () => {
  it('name only existing metrics', () => {
    const known = Object.values(CATALOGUE).flatMap(({ name, type }) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
    )
    for (const { alert, expr } of RULE_LIST) {
      const named = expr.match(/ops_batcher_\w+/g) ?? []
      expect(alert === 'OpsBatcherDown' || named.length > 0, alert).toBe(true)
      for (const name of named) expect(known, alert).toContain(name)
    }
  })

  it('each fire in a scenario', () => {
    const firing = new Set(SCENARIOS.flatMap(({ firing }) => Object.values(firing).flat()))
    expect([...firing].sort()).toEqual(RULE_LIST.map(({ alert }) => alert).sort())
  })
})

describe.skipIf(WITHOUT_PROMTOOL !== null)(`the alert rules in promtool ${WITHOUT_PROMTOOL ?? ''}`, () => {
  it('are valid', () => expect(checkRules(RULES)).toBe(''))

  it.each(SCENARIOS)('fire as expected: $name', async ({ from, to, minute, firing }) => {
    const series = await simulate(60, (now) => (now >= from && now < to ? minute : {}))
    expect(testRules(series, firing)).toBe('')
  })
})
