/** Reads batches and operations from the HTTP API, for data that is not in the stream. */
import { useEffect, useState } from 'preact/hooks'
import type { Counts } from '../world/outcomes.ts'

/** `BatchSummary` of the OpenAPI document. The types below contain only fields shown on the page. */
export interface RemoteBatchSummary {
  readonly id: string
  readonly state: string
  readonly operations: number
  readonly gas_limit: number | null
  readonly gas_used: number | null
  /** Cost of the included transaction in wei. Null until the batch is settled. */
  readonly total_cost: string | null
  readonly inclusion: { readonly tx_hash: string; readonly block_number: number } | null
  readonly created_at: number
  readonly simulation_completed_at: number | null
  readonly submitted_at: number | null
  readonly included_at: number | null
  readonly finalized_at: number | null
  readonly total_duration: number | null
  readonly resubmission_count: number | null
  readonly outcomes: Counts | null
  readonly failure: string | null
}

export interface RemoteAttempt {
  readonly tx_hash: string
  readonly nonce: number
  readonly purpose: string
  readonly gas_limit: number
  readonly max_fee_per_gas: number
  readonly max_priority_fee_per_gas: number
  readonly signed_at: number
  readonly refusal: { readonly class: string; readonly words: string; readonly endpoint: string } | null
}

export type RemoteOutcome =
  | {
      readonly type: 'Finalized'
      readonly tx_hash: string
      readonly block_number: number
      readonly gas_used: number
    }
  | { readonly type: 'Failed'; readonly reason: RemoteReason; readonly tx_hash: string | null }
  | { readonly type: 'Evicted'; readonly reason: string }

interface RemoteReason {
  readonly type: string
  readonly message?: string
  readonly expected?: number
  readonly revert?: { readonly name: string; readonly args: readonly string[]; readonly data: string } | null
}

export interface RemoteBatch {
  readonly batch: RemoteBatchSummary
  readonly operations: readonly { readonly request_id: string; readonly outcome: RemoteOutcome | null }[]
  readonly calls: readonly {
    readonly target: string
    readonly operations: readonly string[]
    readonly gas: number
  }[]
  readonly attempts: readonly RemoteAttempt[]
}

export interface RemoteOperation {
  readonly request_id: string
  readonly kind: string
  readonly status: { readonly state: string; readonly tx_hash?: string; readonly error?: string }
  readonly received_at: number
  readonly updated_at: number
  readonly signer: string | null
  readonly account: { readonly leaf_index: string; readonly nonce: number } | null
  readonly claims: readonly string[]
  readonly tries: number
  readonly operation: Readonly<Record<string, string | readonly string[]>>
  readonly outcome: RemoteOutcome | null
  /** In wei, as decimal strings. Null until a transaction with the operation is settled. */
  readonly cost: { readonly total: string } | null
  readonly batch: RemoteBatchSummary | null
  readonly attempts: readonly RemoteAttempt[]
}

export interface RemoteBatchList {
  readonly batches: readonly RemoteBatchSummary[]
  readonly next: string | null
}

/** State of a request. While a request repeats, the last value stays available. */
export type Answer<T> =
  | { readonly state: 'loading' | 'here'; readonly value: T | null }
  | { readonly state: 'missing' | 'unreachable'; readonly value: null }

/** @returns null for 404
 * @throws TypeError if the gateway does not answer, or answers with an error */
export async function ask<T>(path: string): Promise<T | null> {
  const answer = await fetch(path)
  if (answer.status === 404) return null
  if (!answer.ok) throw new TypeError(`${path} was answered ${answer.status}`)
  return answer.json()
}

/**
 * Requests a path from the gateway, and repeats the request when `version` changes.
 * @param path null makes no request. Use null for a recording.
 */
export function useRemote<T>(path: string | null, version: unknown): Answer<T> {
  const [found, setFound] = useState<{ path: string | null; answer: Answer<T> }>({
    path: null,
    answer: LOADING,
  })
  useEffect(() => {
    if (path === null) return
    let isWanted = true
    const settle = (answer: Answer<T>) => isWanted && setFound({ path, answer })
    ask<T>(path).then(
      (value) => settle(value === null ? { state: 'missing', value: null } : { state: 'here', value }),
      () => settle({ state: 'unreachable', value: null }),
    )
    return () => {
      isWanted = false
    }
  }, [path, version])
  if (path === null) return { state: 'missing', value: null }
  return found.path === path ? found.answer : LOADING
}

const LOADING = { state: 'loading', value: null } as const

/** The reason in the notation of the stream: `MismatchedSignatureNonce(42, 8, 7)`. */
export function reasonWords(outcome: RemoteOutcome): string | null {
  if (outcome.type === 'Finalized') return null
  if (outcome.type === 'Evicted') return outcome.reason
  const { type, message, expected, revert } = outcome.reason
  if (revert)
    return revert.name === 'Unknown' ? `Unknown(${revert.data})` : `${revert.name}(${revert.args.join(', ')})`
  if (expected !== undefined) return `${type}(${expected})`
  return message ?? type
}
