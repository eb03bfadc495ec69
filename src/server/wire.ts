/**
 * Converts views of the gateway to the JSON of the HTTP API: names in snake case, operation ids with the prefix `gw_`.
 * Signed bytes and signatures are left out.
 */
import type { z } from '@hono/zod-openapi'
import { type BatchSummary, summarize, type TransactionAttempt } from '../domain/batch.ts'
import { type Cost, type Runway, totalCost } from '../domain/cost.ts'
import type { LevelReached, Levels } from '../domain/finality.ts'
import type { BatchDetail, ChainView, Health, OperationDetail, WalletView } from '../domain/handle.ts'
import type { Operation, OperationId, OperationKind } from '../domain/operation.ts'
import type { Hash } from '../domain/primitives.ts'
import { levelsOf } from '../domain/progress.ts'
import { type GatewayRequestState, NO_TRANSACTION, type OpStatus } from '../domain/status.ts'
import type * as schemas from './schemas.ts'

/** The JSON value that a schema describes. */
type Wire<S extends z.ZodType> = z.infer<S>

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const REQUEST_ID_PREFIX = 'gw_'

export function requestIdToWire(id: OperationId): string {
  return REQUEST_ID_PREFIX + id
}

/** @returns the id without its optional prefix, or null if the text is not an id. Upper case is refused, as in the reference. */
export function requestIdFromWire(text: string): OperationId | null {
  return uuidFromWire(text.startsWith(REQUEST_ID_PREFIX) ? text.slice(REQUEST_ID_PREFIX.length) : text)
}

/** @returns the text, or null for any text except a lower-case UUID */
export function uuidFromWire(text: string): string | null {
  return UUID.test(text) ? text : null
}

export function statusToWire(
  id: OperationId,
  kind: OperationKind,
  state: GatewayRequestState,
): Wire<typeof schemas.status> {
  return { request_id: requestIdToWire(id), kind, status: stateToWire(state) }
}

function stateToWire(state: GatewayRequestState): Wire<typeof schemas.state> {
  switch (state.state) {
    case 'queued':
    case 'batching':
      return { state: state.state }
    case 'submitted':
    case 'finalized':
      return { state: state.state, tx_hash: hashToWire(state.txHash) }
    case 'failed':
      return {
        state: 'failed',
        error: state.error,
        ...(state.errorCode !== null && { error_code: state.errorCode }),
      }
  }
}

/** Empty for an operation that needed no transaction, as in the reference API. */
function hashToWire(hash: Hash): string {
  return hash === NO_TRANSACTION ? '' : hash
}

export function operationToWire(detail: OperationDetail): Wire<typeof schemas.operation> {
  const { envelope, state, status, cost, updatedAt, batch, attempts } = detail
  const { id, kind, receivedAt, signer, lane, claims, tries, operation } = envelope
  return {
    ...statusToWire(id, kind, state),
    received_at: receivedAt,
    updated_at: updatedAt,
    signer,
    account: lane && { leaf_index: lane.leaf, nonce: lane.nonce },
    claims: [...claims],
    tries,
    operation: payloadToWire(operation),
    outcome: status && outcomeToWire(status),
    finality: levelsToWire(levelsOf(detail)),
    cost: cost && costToWire(cost),
    batch: batch && batchToWire(summarize(batch)),
    attempts: attempts.map(attemptToWire),
  }
}

function levelsToWire(levels: Levels): Wire<typeof schemas.finality> {
  return {
    preconfirmed: levelToWire(levels.preconfirmed),
    included: levelToWire(levels.included),
    confirmed: levelToWire(levels.confirmed),
    safe: levelToWire(levels.safe),
    finalized: levelToWire(levels.finalized),
  }
}

function levelToWire(reached: LevelReached | undefined) {
  return reached === undefined ? null : { block_number: reached.blockNumber, at: reached.at }
}

/** The fields of the operation, with the names of the request body. */
function payloadToWire(operation: Operation): Wire<typeof schemas.operation>['operation'] {
  const { kind: _kind, ...fields } = operation
  const entries = Object.entries(fields).filter(([name]) => name !== 'signature')
  return Object.fromEntries(entries.map(([name, value]) => [snakeCase(name), fieldToWire(value)]))
}

/** Fields are strings, small numbers, or lists of strings: the store keeps them as JSON. */
function fieldToWire(value: unknown): string | string[] {
  if (typeof value === 'number') return `0x${value.toString(16)}`
  return Array.isArray(value) ? value.map(String) : String(value)
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function outcomeToWire(status: OpStatus): Wire<typeof schemas.outcome> {
  switch (status.type) {
    case 'Finalized':
      return {
        type: 'Finalized',
        tx_hash: hashToWire(status.txHash),
        block_number: status.blockNumber,
        gas_used: status.gasUsed,
      }
    case 'Failed':
      return { type: 'Failed', reason: reasonToWire(status.reason), tx_hash: status.txHash }
    case 'Evicted':
      return { type: 'Evicted', reason: status.reason, next_nonce: status.nextNonce }
  }
}

type FailureReason = Extract<OpStatus, { type: 'Failed' }>['reason']
type WireReason = Extract<Wire<typeof schemas.outcome>, { type: 'Failed' }>['reason']

/** The field names of a reason are unchanged in JSON. The lists are copied because the JSON type is mutable. */
function reasonToWire(reason: FailureReason): WireReason {
  switch (reason.type) {
    case 'SimulationReverted':
    case 'ContractError':
      return { ...reason, revert: { ...reason.revert, args: [...reason.revert.args] } }
    case 'ExecutionReverted':
      return { ...reason, revert: reason.revert && { ...reason.revert, args: [...reason.revert.args] } }
    default:
      return reason
  }
}

export function batchToWire(batch: BatchSummary): Wire<typeof schemas.batchSummary> {
  const { inclusion } = batch
  return {
    id: batch.id,
    state: batch.state,
    operations: batch.operationCount,
    gas_budget: batch.gasBudget,
    gas_limit: batch.gasLimit,
    gas_used: batch.gasUsed,
    total_cost: batch.totalCost,
    inclusion: inclusion && {
      tx_hash: inclusion.txHash,
      block_number: inclusion.blockNumber,
      block_hash: inclusion.blockHash,
    },
    created_at: batch.createdAt,
    simulation_completed_at: batch.simulationCompletedAt,
    submitted_at: batch.submittedAt,
    included_at: batch.includedAt,
    finality: levelsToWire(batch.finality?.levels ?? {}),
    finalized_at: batch.finalizedAt,
    total_duration: batch.totalDuration,
    resubmission_count: batch.resubmissionCount,
    outcomes: batch.outcomes && {
      finalized: batch.outcomes.Finalized,
      failed: batch.outcomes.Failed,
      evicted: batch.outcomes.Evicted,
    },
    failure: batch.failure,
  }
}

export function batchDetailToWire({ batch, attempts }: BatchDetail): Wire<typeof schemas.batch> {
  const cost = batch.result?.cost
  return {
    batch: batchToWire(summarize(batch)),
    operations: batch.operations.map((id) => {
      const status = batch.result?.statuses[id]
      const share = cost?.shares[id]
      return {
        request_id: requestIdToWire(id),
        outcome: status ? outcomeToWire(status) : null,
        cost: share ? costToWire(share) : null,
      }
    }),
    calls: callsOf(batch, attempts).map(({ target, operations, gas }) => ({
      target,
      operations: operations.map(requestIdToWire),
      gas,
    })),
    attempts: attempts.map(attemptToWire),
    cost: cost === undefined ? null : { ...costToWire(cost), effective_gas_price: cost.effectiveGasPrice },
  }
}

function costToWire(cost: Cost): Wire<typeof schemas.cost> {
  const { gasFee, l1Fee, operatorFee } = cost
  return { total: totalCost(cost), gas_fee: gasFee, l1_fee: l1Fee, operator_fee: operatorFee }
}

/** The calls of the included attempt, or of the newest plan. */
function callsOf({ plans, inclusion }: BatchDetail['batch'], attempts: BatchDetail['attempts']) {
  const included = attempts.find(({ hash }) => hash === inclusion?.txHash)
  return plans[included?.plan ?? plans.length - 1]?.calls ?? []
}

/** Leaves out the signed bytes, because anyone with these bytes can broadcast the transaction. */
function attemptToWire(attempt: TransactionAttempt): Wire<typeof schemas.attempt> {
  return {
    tx_hash: attempt.hash,
    nonce: attempt.nonce,
    purpose: attempt.purpose,
    batch_id: attempt.batchId,
    gas_limit: attempt.gasLimit,
    max_fee_per_gas: attempt.maxFeePerGas,
    max_priority_fee_per_gas: attempt.maxPriorityFeePerGas,
    signed_at: attempt.signedAt,
    refusal: attempt.refusal && {
      class: attempt.refusal.class,
      words: attempt.refusal.words,
      code: attempt.refusal.code,
      endpoint: attempt.refusal.endpoint,
    },
  }
}

export function chainToWire({
  state,
  chainId,
  registry,
  registryAddress,
  head,
  fees,
  endpoints,
}: ChainView): Wire<typeof schemas.chain> {
  return {
    state,
    chain_id: chainId,
    registry,
    registry_address: registryAddress,
    head: head && { number: head.number, hash: head.hash, seen_at: head.seenAt },
    fees: fees && {
      block_number: fees.blockNumber,
      base_fee: fees.baseFee,
      base_fee_ema: fees.baseFeeEma,
      base_fee_trend: fees.baseFeeTrend,
      fee_pressure: fees.feePressure,
      block_gas_limit: fees.blockGasLimit,
      recent_utilization: fees.recentUtilization,
      last_updated: fees.lastUpdated,
    },
    endpoints: endpoints.map(({ retryAt, roundTrip, ...endpoint }) => ({
      ...endpoint,
      retry_at: retryAt,
      round_trip: roundTrip,
    })),
  }
}

export function walletToWire(
  { state, address, balance, nextNonce, inFlight }: WalletView,
  runway: Runway | null,
): Wire<typeof schemas.wallet> {
  return {
    state,
    address,
    balance,
    runway: runway && { seconds: Math.floor(runway.duration / 1000), spent_last_hour: runway.spent },
    next_nonce: nextNonce,
    in_flight: inFlight.map(({ nonce, batchId, hashes }) => ({
      nonce,
      batch_id: batchId,
      tx_hashes: [...hashes],
    })),
  }
}

export function healthToWire(health: Health, version: string): Wire<typeof schemas.health> {
  const { ok, state, chain, store, wallet, seat, batcher, intake, failures, supervision } = health
  const { oldestReceivedAt, ...batching } = batcher
  return {
    success: ok,
    version,
    state,
    chain,
    store,
    wallet,
    seat: seat && { is_leading: seat.isLeading, leader: seat.leader, failure: seat.failure },
    batcher: { ...batching, oldest_received_at: oldestReceivedAt },
    intake,
    failures: failures.map(({ batchId, ...failure }) => ({ ...failure, batch_id: batchId })),
    supervision: { restarts: supervision.restarts, last_crash: supervision.lastCrash },
  }
}
