/**
 * Schemas of the answers, for the OpenAPI document. `wire.ts` builds values of these types. Therefore the compiler finds a field
 * that is only sent or only described.
 */
import { z } from '@hono/zod-openapi'
import { BATCH_STATES } from '../domain/batch.ts'
import { ERROR_CODES, type GatewayErrorCode, type StatusErrorCode } from '../domain/errors.ts'
import { REFUSAL_CLASSES } from '../domain/refusal.ts'

const hex = (bytes: number, description: string) =>
  z
    .string()
    .regex(new RegExp(`^0x[0-9a-f]{${bytes * 2}}$`))
    .openapi({ description })
/** Use for named schemas and enumerations. `nullable()` would make the named schema nullable and drop the enumeration. */
const orNull = <S extends z.ZodType>(schema: S) => z.union([schema, z.null()])
const anyHex = z
  .string()
  .regex(/^0x[0-9a-f]*$/)
  .openapi({ example: '0xf8c6b45a' })
const EXAMPLE_HASH = `0x${'d1'.repeat(32)}`
const hash = hex(32, '32 bytes in hex').openapi({ example: EXAMPLE_HASH })
const hashOrNone = z
  .string()
  .regex(/^(0x[0-9a-f]{64})?$/)
  .openapi({
    description: '32 bytes in hex; empty for an operation that needed no transaction',
    example: EXAMPLE_HASH,
  })
const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .openapi({ description: '20 bytes in hex', example: '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266' })
const time = z
  .number()
  .openapi({ description: 'Milliseconds since the Unix epoch', example: 1_764_588_000_000 })
const duration = z.number().openapi({ description: 'Milliseconds', example: 4_000 })
const gas = z.int().nonnegative().openapi({ example: 612_345 })
const fee = z.number().nonnegative().openapi({ description: 'Wei per unit of gas', example: 1_000_000 })
const count = z.int().nonnegative()
const wei = z
  .string()
  .regex(/^\d+$/)
  .openapi({ description: 'Wei, as a decimal string', example: '612345000000' })
const blockNumber = z.int().nonnegative().openapi({ example: 19_500_000 })

export const EXAMPLE_REQUEST_ID = 'gw_3f0f8f1c-6c0e-4f4a-9a53-2b1f0f6c9d11'
const requestId = z
  .string()
  .regex(/^gw_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  .openapi('RequestId', { example: EXAMPLE_REQUEST_ID })
export const batchId = z.uuid().openapi('BatchId')
/** The document lists the kinds of the registry (`describeApi`). */
const kind = z.string().openapi('OperationKind')
const errorCode = z
  .enum(Object.keys(ERROR_CODES) as [GatewayErrorCode, ...GatewayErrorCode[]])
  .openapi('ErrorCode')

/** Error codes of a status. The client of the reference cannot read a status with an unknown code. */
const STATUS_ERROR_CODES = [
  'internal_server_error',
  'bad_request',
  'batcher_unavailable',
  'authenticator_already_exists',
  'authenticator_does_not_exist',
  'mismatched_signature_nonce',
  'pubkey_id_in_use',
  'pubkey_id_out_of_bounds',
  'authenticator_does_not_belong_to_account',
  'method_not_available',
  'transaction_reverted',
  'confirmation_error',
] as const satisfies readonly StatusErrorCode[]
const statusErrorCode = z.enum(STATUS_ERROR_CODES).openapi('StatusErrorCode')

export const problem = z
  .strictObject({
    code: errorCode,
    message: z.string(),
    request_id: requestId.optional().openapi({
      description:
        'Only with `duplicate_request_in_flight`: the operation in flight. Missing while it is being stored',
    }),
  })
  .openapi('Problem')

export const state = z
  .discriminatedUnion('state', [
    z.strictObject({ state: z.literal('queued') }),
    z.strictObject({ state: z.literal('batching') }),
    z.strictObject({ state: z.literal('submitted'), tx_hash: hash }),
    z.strictObject({ state: z.literal('finalized'), tx_hash: hashOrNone }),
    z.strictObject({ state: z.literal('failed'), error: z.string(), error_code: statusErrorCode.optional() }),
  ])
  .openapi('GatewayRequestState')

export const status = z.strictObject({ request_id: requestId, kind, status: state }).openapi('GatewayStatus')

const revert = z
  .strictObject({ name: z.string(), args: z.array(z.string()), data: anyHex })
  .openapi('Revert', {
    description: 'A decoded revert. The name is `Unknown` if no error of the ABI has the selector',
  })

const failureReason = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('SimulationReverted'), revert }),
    z.strictObject({ type: z.literal('ExecutionReverted'), revert: orNull(revert) }),
    z.strictObject({ type: z.literal('NonceTooLow'), expected: count }),
    z.strictObject({ type: z.literal('NonceTooHigh'), expected: count }),
    z.strictObject({ type: z.literal('InsufficientBalance') }),
    z.strictObject({ type: z.literal('InvalidSignature') }),
    z.strictObject({ type: z.literal('ContractError'), code: statusErrorCode, revert }),
    z.strictObject({ type: z.literal('Unknown'), message: z.string() }),
  ])
  .openapi('FailureReason')

export const outcome = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('Finalized'),
      tx_hash: hashOrNone,
      block_number: blockNumber,
      gas_used: gas,
    }),
    z.strictObject({ type: z.literal('Failed'), reason: failureReason, tx_hash: hash.nullable() }),
    z.strictObject({
      type: z.literal('Evicted'),
      reason: z.enum(['BatchFull', 'DependencyNotReady', 'GasLimitExceeded', 'Timeout']),
      next_nonce: count.nullable().openapi({ description: 'Next nonce of the account at simulation' }),
    }),
  ])
  .openapi('Outcome', {
    description:
      'Result of the operation in its last batch. Finalized and failed are verdicts. An evicted operation is tried again',
  })

const levelReached = z
  .strictObject({
    block_number: blockNumber.openapi({
      description:
        'The block that showed the level: the pending block, the including block, the head, or the block of the tag',
    }),
    at: time,
  })
  .openapi('LevelReached')

export const finality = z
  .strictObject({
    preconfirmed: orNull(levelReached),
    included: orNull(levelReached),
    confirmed: orNull(levelReached),
    safe: orNull(levelReached),
    finalized: orNull(levelReached),
  })
  .openapi('Finality', {
    description:
      'Levels of finality of the transaction. Null for a level that is not reached, or was taken back',
  })

const costParts = {
  total: wei,
  gas_fee: wei.openapi({ description: 'Fee for the gas in wei: base fee and tip' }),
  l1_fee: wei
    .nullable()
    .openapi({ description: 'Fee of a rollup for the data on L1, in wei. Null on other chains' }),
  operator_fee: wei
    .nullable()
    .openapi({ description: 'Fee of a rollup for its operator, in wei. Null if the receipt shows none' }),
}
export const cost = z.strictObject(costParts).openapi('Cost')

export const batchSummary = z
  .strictObject({
    id: batchId,
    state: z.enum(BATCH_STATES),
    operations: count.openapi({ description: 'Number of operations in the batch' }),
    gas_budget: gas,
    gas_limit: gas.nullable(),
    gas_used: gas.nullable(),
    total_cost: wei
      .nullable()
      .openapi({ description: 'Cost of the included transaction in wei. Null until the batch is settled' }),
    inclusion: z.strictObject({ tx_hash: hash, block_number: blockNumber, block_hash: hash }).nullable(),
    created_at: time,
    simulation_completed_at: time.nullable(),
    submitted_at: time.nullable(),
    included_at: time
      .nullable()
      .openapi({ description: 'Time at which its inclusion was observed. Null while it is not included' }),
    finality,
    finalized_at: time.nullable(),
    total_duration: duration.nullable(),
    resubmission_count: count.nullable(),
    outcomes: z
      .strictObject({ finalized: count, failed: count, evicted: count })
      .nullable()
      .openapi({ description: 'Number of operations by result. Null until the batch is settled' }),
    failure: z
      .string()
      .nullable()
      .openapi({ description: 'Why the batch failed: none of its own transactions consumed its nonce' }),
  })
  .openapi('BatchSummary')

export const attempt = z
  .strictObject({
    tx_hash: hash,
    nonce: count,
    purpose: z.enum(['batch', 'cancel']),
    batch_id: batchId,
    gas_limit: gas,
    max_fee_per_gas: fee,
    max_priority_fee_per_gas: fee,
    signed_at: time,
    refusal: z
      .strictObject({
        class: z.enum(REFUSAL_CLASSES),
        words: z.string().openapi({ description: 'Words of the node' }),
        code: z.int().nullable().openapi({ description: 'JSON-RPC code. Null without an answer' }),
        endpoint: z.string(),
      })
      .nullable()
      .openapi({ description: 'Last refusal of the transaction. Null if no broadcast was refused' }),
  })
  .openapi('TransactionAttempt')

export const operation = z
  .strictObject({
    ...status.shape,
    received_at: time,
    updated_at: time,
    signer: address.nullable(),
    account: z
      .strictObject({ leaf_index: z.string(), nonce: count })
      .nullable()
      .openapi({ description: 'Account and nonce of the operation. Null if its kind has no nonce' }),
    claims: z
      .array(z.string())
      .openapi({ description: 'Addresses that no other operation in flight may claim' }),
    tries: count.openapi({
      description: 'Charged tries: batches in which the operation exceeded its gas allowance',
    }),
    operation: z
      .record(z.string(), z.union([z.string(), z.array(z.string())]))
      .openapi({ description: 'Fields of the request body, without the signature' }),
    outcome: orNull(outcome),
    finality,
    cost: orNull(cost).openapi({
      description:
        'Shares of the operation in all settled transactions that carried it, as a sum. Null before the first',
    }),
    batch: orNull(batchSummary),
    attempts: z.array(attempt),
  })
  .openapi('OperationDetail')

export const batch = z
  .strictObject({
    batch: batchSummary,
    operations: z.array(
      z.strictObject({
        request_id: requestId,
        outcome: orNull(outcome),
        cost: orNull(cost).openapi({
          description:
            'Share of the operation in the cost of the included transaction. The shares sum up to the cost',
        }),
      }),
    ),
    calls: z
      .array(z.strictObject({ target: address, operations: z.array(requestId), gas }))
      .openapi({ description: 'Calls of the transaction, in order. Empty until the batch is simulated' }),
    attempts: z.array(attempt),
    cost: z
      .strictObject({ ...costParts, effective_gas_price: fee })
      .nullable()
      .openapi({
        description:
          'Cost of the included transaction. Null until the batch is settled. The cost of a cancel is overhead: no operation has a share',
      }),
  })
  .openapi('BatchDetail')

export const batches = z
  .strictObject({
    batches: z.array(batchSummary),
    next: orNull(batchId).openapi({
      description: 'Value of `before` for the next page. Null on the last page',
    }),
  })
  .openapi('BatchList')

export const chain = z
  .strictObject({
    state: z.string(),
    chain_id: z.int().nullable().openapi({ description: 'Null until an endpoint has answered' }),
    registry: z
      .string()
      .openapi({ description: 'The registry with its version', example: 'WorldIDRegistry V1' }),
    registry_address: address,
    head: z.strictObject({ number: blockNumber, hash, seen_at: time }).nullable(),
    fees: z
      .strictObject({
        block_number: blockNumber,
        base_fee: fee,
        base_fee_ema: fee,
        base_fee_trend: z
          .number()
          .openapi({ description: 'From -1 (the base fee halved over the recent blocks) to 1 (it doubled)' }),
        fee_pressure: z.number().openapi({
          description: 'From 0 (at or below TARGET_BASE_FEE_GWEI) to 1 (at or above MAX_BASE_FEE_GWEI)',
        }),
        block_gas_limit: gas,
        recent_utilization: z.number(),
        last_updated: time,
      })
      .nullable(),
    endpoints: z
      .array(
        z.strictObject({
          name: z
            .string()
            .openapi({ description: 'Host and port of the endpoint. The rest of the URL is not shown' }),
          state: z.enum(['Up', 'Slow', 'Down', 'Behind', 'Foreign']),
          message: z
            .string()
            .nullable()
            .openapi({ description: 'Why the endpoint is not preferred. Null while it is `Up`' }),
          retry_at: time.nullable(),
          round_trip: duration.nullable(),
        }),
      )
      .openapi({
        description:
          'RPC endpoints in order of preference. The first endpoint that is `Up` is used, else the fastest that is `Slow`',
      }),
  })
  .openapi('Chain')

export const wallet = z
  .strictObject({
    state: z.string(),
    address,
    balance: z.string().nullable().openapi({ description: 'Balance in wei, as a decimal string' }),
    runway: z
      .strictObject({
        seconds: z.number().nonnegative(),
        spent_last_hour: wei.openapi({
          description: 'Cost of all transactions settled in the last hour, cancels included, in wei',
        }),
      })
      .nullable()
      .openapi({
        description:
          'How long the balance lasts at the spending of the last hour. Null when nothing was spent, or the balance is not known',
      }),
    next_nonce: count.nullable(),
    in_flight: z.array(z.strictObject({ nonce: count, batch_id: batchId, tx_hashes: z.array(hash) })),
  })
  .openapi('Wallet')

const throttleReason = z
  .enum([
    'NoPermit',
    'BlockBudgetUsed',
    'LanesBusy',
    'FeeAboveCeiling',
    'ChainStalled',
    'WalletUnavailable',
    'AccountLimited',
  ])
  .openapi({ description: 'Why no batch is started although operations are ready' })

const part = z.strictObject({ ok: z.boolean(), state: z.string(), message: z.string().nullable() })

export const health = z
  .strictObject({
    success: z.boolean().openapi({ description: 'True if the gateway admits operations and can send them' }),
    version: z.string(),
    state: z.string(),
    chain: part,
    store: part,
    wallet: part,
    seat: z
      .strictObject({
        is_leading: z.boolean(),
        leader: z.strictObject({ name: z.string(), epoch: count, since: time }).nullable(),
        failure: z.string().nullable(),
      })
      .nullable()
      .openapi({ description: 'Who leads the processes that share the database. Null with SQLite' }),
    batcher: z.strictObject({
      state: z.string(),
      ready: count,
      waiting: count,
      batches: count,
      throttled: orNull(throttleReason),
      oldest_received_at: time.nullable(),
    }),
    intake: z.strictObject({ pending: count, capacity: count }),
    failures: z
      .array(
        z.strictObject({
          actor: z.string(),
          batch_id: batchId.nullable(),
          effect: z.string(),
          reason: z.string(),
          since: time,
        }),
      )
      .openapi({ description: 'Effects that have failed for the stall timeout without a success' }),
    supervision: z
      .strictObject({
        restarts: count,
        last_crash: z.strictObject({ actor: z.string(), message: z.string(), at: time }).nullable(),
      })
      .openapi({ description: 'Crashes of actors. A crashed actor is restarted' }),
  })
  .openapi('Health')
