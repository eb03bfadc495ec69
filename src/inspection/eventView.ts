/**
 * The visible part of an event between actors. The table lists the events with nested fields. Of all other events, only fields
 * with numbers, booleans and texts are visible, because a payload must never be shown by accident.
 */
import type { AnyEventObject } from 'xstate'
import type { EventView, Json } from '../../inspector/src/wire.ts'
import type { BlockHead } from '../domain/chain.ts'
import type { QueuedOperation } from '../domain/operation.ts'
import type { OpStatus } from '../domain/status.ts'
import type { WatchEvent } from '../machines/chainMonitor/context.ts'
import type { CallersAnswered } from '../machines/intake/setup.ts'
import type {
  AdmissionRefused,
  BatchAddressed,
  BatchMessage,
  BatchTrimmed,
  BlockObserved,
  ChainReorged,
  OperationSubmitted,
  OperationsAdmitted,
  OperationsExpired,
  OperationsLeft,
  OperationsReady,
  OperationsRecorded,
  OperationsWithdrawn,
  RecordRequested,
  SignatureRequested,
  SignatureWithdrawn,
  TagsObserved,
  TransactionsChanged,
} from '../machines/protocol.ts'
import { outcomesOf } from './facts.ts'
import { firstLine, shorten } from './text.ts'

type Known =
  | AdmissionRefused
  | BatchAddressed
  | BatchTrimmed
  | BatchMessage
  | BlockObserved
  | CallersAnswered
  | ChainReorged
  | OperationSubmitted
  | OperationsAdmitted
  | OperationsRecorded
  | OperationsReady
  | OperationsExpired
  | OperationsLeft
  | OperationsWithdrawn
  | RecordRequested
  | SignatureRequested
  | SignatureWithdrawn
  | TagsObserved
  | TransactionsChanged
  | WatchEvent

type Fields = Readonly<Record<string, Json>>

type Views = { readonly [T in Known['type']]?: (event: Extract<Known, { readonly type: T }>) => Fields }

/** Maximum number of operation ids per event. */
const MAX_IDS = 50

const VIEWS: Views = {
  'block.seen': ({ head }) => headFields(head),
  'block.observed': ({ head }) => headFields(head),
  'chain.reorged': ({ depth, orphanedFrom, head }) => ({ depth, orphanedFrom, ...headFields(head) }),
  'tags.seen': ({ safe, finalized }) => ({
    safe: safe?.blockNumber ?? null,
    finalized: finalized?.blockNumber ?? null,
  }),
  'tags.observed': ({ tags: { safe, finalized } }) => ({ safe, finalized }),
  'transactions.changed': ({ batchId, hashes, inclusion, isSettled }) => ({
    batchId,
    attempts: hashes.length,
    blockNumber: inclusion?.blockNumber ?? null,
    isSettled,
  }),
  'operation.submitted': ({ envelope, chainNonce }) => ({
    id: envelope.id,
    kind: envelope.kind,
    lane: laneOf(envelope),
    chainNonce,
  }),
  'operations.admitted': ({ ids }) => someIds(ids),
  'admission.refused': ({ id, refusal }) => ({ id, code: refusal.code, message: shorten(refusal.message) }),
  'callers.answered': ({ ids, refusal }) => ({ code: refusal?.code ?? 'accepted', ...someIds(ids) }),
  'operations.recorded': ({ ids }) => someIds(ids),
  'operations.ready': ({ operations }) => someOf(operations),
  'operations.withdrawn': ({ operations }) => someOf(operations),
  'operations.expired': ({ operations }) => someOf(operations),
  'operations.left': ({ operations, statuses }) => ({
    operations: operations.length,
    ...countOutcomes(statuses),
  }),
  'batch.trimmed': ({ batchId, statuses }) => ({ batchId, outcomes: { ...outcomesOf(statuses) } }),
  'batch.addressed': ({ batchId, message }) => ({ batchId, message: message.type }),
  'record.requested': ({ writes, reply, onFailure }) => ({
    writes: writes.map(({ type }) => type),
    token: reply?.token ?? null,
    onFailure,
  }),
  'signature.requested': ({ request, nonce, highest }) => ({
    batchId: request.batchId,
    purpose: request.purpose,
    nonce,
    maxFeePerGas: highest?.maxFeePerGas ?? null,
    maxPriorityFeePerGas: highest?.maxPriorityFeePerGas ?? null,
  }),
  'signature.withdrawn': ({ batchId }) => ({ batchId }),
  'transaction.signed': ({ attempt }) => ({
    hash: attempt.hash,
    nonce: attempt.nonce,
    purpose: attempt.purpose,
    maxFeePerGas: attempt.maxFeePerGas,
    maxPriorityFeePerGas: attempt.maxPriorityFeePerGas,
  }),
}

/** @param event an event. For an unknown shape, only the type is visible. */
export function viewEvent(event: AnyEventObject): EventView {
  const { type } = event
  try {
    return { type, ...fieldsOf(event) }
  } catch {
    return { type }
  }
}

function fieldsOf(event: AnyEventObject): Fields {
  if (isViewed(event.type)) return viewAs(event.type, event)
  const { error, output } = event
  if (event.type.startsWith('xstate.error.')) return { error: firstLine(error) }
  if (event.type.startsWith('xstate.done.')) return outputFields(output)
  return plainFields(event)
}

function isViewed(type: string): type is Known['type'] {
  return Object.hasOwn(VIEWS, type)
}

function viewAs<T extends Known['type']>(type: T, event: AnyEventObject): Fields {
  const view: ((event: Extract<Known, { readonly type: T }>) => Fields) | undefined = VIEWS[type]
  return view?.(event as AnyEventObject & Extract<Known, { readonly type: T }>) ?? {}
}

/** The result of an effect: a plain value, or the plain fields of an object. */
function outputFields(output: unknown): Fields {
  const plain = plainOf(output)
  if (plain !== undefined) return { output: plain }
  return typeof output === 'object' && output !== null ? { output: plainFields(output) } : {}
}

function plainFields(object: object): Fields {
  return Object.fromEntries(
    Object.entries(object).flatMap(([name, value]) => {
      const plain = plainOf(value)
      return plain === undefined || name === 'type' ? [] : [[name, plain]]
    }),
  )
}

/** A number, boolean, text or null. Undefined for any other value. */
function plainOf(value: unknown): Json | undefined {
  switch (typeof value) {
    case 'number':
    case 'boolean':
      return value
    case 'bigint':
      return value.toString()
    case 'string':
      return shorten(value)
    default:
      return value === null ? null : undefined
  }
}

function headFields({ number, hash, baseFee, gasUsed, gasLimit, transactions }: BlockHead): Fields {
  return { number, hash, baseFee, gasUsed, gasLimit, transactions: transactions.length }
}

/** The number of operations and the first ids. The page reads the times of an operation from the ids. */
function someOf(operations: readonly QueuedOperation[]): Fields {
  return someIds(operations.map(({ id }) => id))
}

function someIds(ids: readonly string[]): Fields {
  return { operations: ids.length, ids: ids.slice(0, MAX_IDS) }
}

function laneOf({ lane }: Pick<QueuedOperation, 'lane'>): string | null {
  return lane === null ? null : `${lane.leaf}:${lane.nonce}`
}

function countOutcomes(statuses: Readonly<Record<string, OpStatus>>): Fields {
  const count = (type: OpStatus['type']) =>
    Object.values(statuses).filter((status) => status.type === type).length
  return { finalized: count('Finalized'), failed: count('Failed'), evicted: count('Evicted') }
}
