/**
 * What is shown of an event that an actor is sent. The table says it for events whose fields are more than numbers and
 * names; of any other event only such fields are shown, so that a payload is never shown by accident.
 */
import type { AnyEventObject } from 'xstate'
import type { EventView, Json } from '../../inspector/src/wire.ts'
import type { BlockHead } from '../domain/chain.ts'
import type { QueuedOperation } from '../domain/operation.ts'
import type { OpStatus } from '../domain/status.ts'
import type { WatchEvent } from '../machines/chainMonitor/context.ts'
import type {
  BatchAddressed,
  BatchMessage,
  BatchTrimmed,
  BlockObserved,
  ChainReorged,
  OperationSubmitted,
  OperationsLeft,
  OperationsReady,
  OperationsRecorded,
  OperationsWithdrawn,
  RecordRequested,
  SignatureRequested,
} from '../machines/protocol.ts'
import { outcomesOf } from './facts.ts'
import { firstLine, shorten } from './text.ts'

type Known =
  | BatchAddressed
  | BatchTrimmed
  | BatchMessage
  | BlockObserved
  | ChainReorged
  | OperationSubmitted
  | OperationsRecorded
  | OperationsReady
  | OperationsLeft
  | OperationsWithdrawn
  | RecordRequested
  | SignatureRequested
  | WatchEvent

type Fields = Readonly<Record<string, Json>>

type Views = { readonly [T in Known['type']]?: (event: Extract<Known, { readonly type: T }>) => Fields }

/** Most operations of one event that are named. */
const MOST_IDS = 50

const VIEWS: Views = {
  'block.seen': ({ head }) => headFields(head),
  'block.observed': ({ head }) => headFields(head),
  'chain.reorged': ({ depth, orphanedFrom, head }) => ({ depth, orphanedFrom, ...headFields(head) }),
  'operation.submitted': ({ envelope, chainNonce }) => ({
    id: envelope.id,
    kind: envelope.kind,
    lane: laneOf(envelope),
    chainNonce,
  }),
  'operations.recorded': ({ ids }) => ({ operations: ids.length, ids: ids.slice(0, MOST_IDS) }),
  'operations.ready': ({ operations }) => someOf(operations),
  'operations.withdrawn': ({ operations }) => someOf(operations),
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
  'transaction.signed': ({ attempt }) => ({
    hash: attempt.hash,
    nonce: attempt.nonce,
    purpose: attempt.purpose,
    maxFeePerGas: attempt.maxFeePerGas,
    maxPriorityFeePerGas: attempt.maxPriorityFeePerGas,
  }),
}

/** @param event of whatever shape: what cannot be read is shown by its type */
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

/** An effect's result: its fields that are numbers and names, or itself when it is one. */
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

/** A number, a truth, a text or null; undefined for anything else. */
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

/** How many they are, and which: what an operation's own times are read from. */
function someOf(operations: readonly QueuedOperation[]): Fields {
  return { operations: operations.length, ids: operations.slice(0, MOST_IDS).map(({ id }) => id) }
}

function laneOf({ lane }: Pick<QueuedOperation, 'lane'>): string | null {
  return lane === null ? null : `${lane.leaf}:${lane.nonce}`
}

function countOutcomes(statuses: Readonly<Record<string, OpStatus>>): Fields {
  const count = (type: OpStatus['type']) =>
    Object.values(statuses).filter((status) => status.type === type).length
  return { finalized: count('Finalized'), failed: count('Failed'), evicted: count('Evicted') }
}
