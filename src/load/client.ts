/** Client of the reference API. The client checks every answer, because any program may answer at the URL. */

import { createClient } from '../client/client.ts'
import type { Address, Hash, Wei } from '../domain/primitives.ts'
import type { WorldIdOperation } from '../registry/worldId/operations.ts'
import { worldIdV1, worldIdV2 } from '../registry/worldId/worldId.ts'
import { LoadError, NoGatewayError } from './error.ts'
import { type JsonAnswer, openConnection } from './http.ts'

/**
 * Maximum number of concurrent status requests. The number is small: status requests must not slow down submissions.
 */
const STATUS_CONNECTIONS = 8

/** Answer of a gateway to an operation. */
export type Submission =
  | { readonly type: 'accepted'; readonly id: string }
  | { readonly type: 'refused'; readonly code: string; readonly message: string }
  /** The operation was not stored. The same request may succeed later. */
  | { readonly type: 'busy'; readonly code: string; readonly message: string; readonly retryAfterMs: number }

export type Status =
  | { readonly state: 'pending' }
  | { readonly state: 'submitted'; readonly txHash: Hash }
  | { readonly state: 'finalized' }
  | { readonly state: 'failed'; readonly error: string }

export interface GatewayClient {
  /** @throws LoadError if no gateway answers at the URL */
  chain(): Promise<{
    readonly chainId: number
    readonly registryAddress: Address
    /** The registry has version 2. */
    readonly isV2: boolean
  }>
  /** A transport error counts as a refusal with the code `unreachable`, although the operation may have been stored. */
  submit(operation: WorldIdOperation): Promise<Submission>
  /** @returns null if the gateway gave no valid answer; the caller may repeat the request */
  status(id: string): Promise<Status | null>
  /**
   * The costs of an operation and of all operations of its last batch, by id. The cost is null for an operation that no
   * settled transaction carried.
   * @returns null if the gateway does not show them
   */
  costsWith(id: string): Promise<ReadonlyMap<string, Wei | null> | null>
  close(): void
}

/**
 * @param url URL of the gateway
 * @param connections maximum number of concurrent submissions
 * @param token the operator token; undefined for none
 */
export function connectGateway(url: string, connections: number, token?: string): GatewayClient {
  const submissions = openConnection(new URL(url), connections)
  const polls = openConnection(new URL(url), STATUS_CONNECTIONS)
  const api = createClient(url, { token })
  return {
    async chain() {
      const { data, response } = await api.GET('/chain').catch((cause: unknown) => {
        throw new NoGatewayError(`no gateway answers at ${url} (${reasonOf(cause)})`, { cause })
      })
      // Any program may answer.
      if (typeof data?.chain_id !== 'number' || !isHex(data.registry_address)) {
        throw new LoadError(
          `${url}/chain answers ${response.status}, but it is not an opsbatcher gateway; give the URL of a gateway with --url`,
        )
      }
      const { chain_id: chainId, registry_address: registryAddress, registry } = data
      return { chainId, registryAddress, isV2: registry === worldIdV2.name }
    },
    submit: (operation) =>
      submissions
        .post(worldIdV1.pathOf(operation.kind), toBody(operation))
        .then(readSubmission, (error: Error) => ({
          type: 'refused',
          code: 'unreachable',
          message: error.message,
        })),
    status: (id) => polls.get(`/status/${id}`).then(readStatus, () => null),
    async costsWith(id) {
      const operation = await api.GET('/operations/{id}', { params: { path: { id } } }).catch(() => null)
      if (operation?.data === undefined) return null
      const { batch, cost } = operation.data
      const members =
        batch === null
          ? null
          : await api.GET('/batches/{id}', { params: { path: { id: batch.id } } }).catch(() => null)
      return new Map([
        [id, cost?.total ?? null],
        ...(members?.data?.operations ?? []).map((member): [string, Wei | null] => [
          member.request_id,
          member.cost?.total ?? null,
        ]),
      ])
    },
    close() {
      submissions.close()
      polls.close()
    },
  }
}

/** An operation as JSON body of the reference API: names in snake case, integers as strings. */
export function toBody({ kind: _, ...fields }: WorldIdOperation): Record<string, unknown> {
  const entries = Object.entries(fields).map(([name, value]) => [
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    typeof value === 'number' ? String(value) : value,
  ])
  return Object.fromEntries(entries)
}

function readSubmission({ status, retryAfter, body }: JsonAnswer): Submission {
  const id = field(body, 'request_id')
  if (status === 200 && typeof id === 'string') return { type: 'accepted', id }
  const code = text(field(body, 'code')) ?? `http_${status}`
  const message = text(field(body, 'message')) ?? `HTTP status ${status}`
  const isBusy = status === 429 || status === 503
  return isBusy
    ? { type: 'busy', code, message, retryAfterMs: 1000 * (retryAfter ?? 1) }
    : { type: 'refused', code, message }
}

function readStatus({ status, body }: JsonAnswer): Status | null {
  if (status === 404) return { state: 'failed', error: 'the gateway does not know the operation any more' }
  const report = field(body, 'status')
  const txHash = field(report, 'tx_hash')
  switch (field(report, 'state')) {
    case 'queued':
    case 'batching':
      return { state: 'pending' }
    case 'submitted':
      return isHex(txHash) ? { state: 'submitted', txHash } : null
    case 'finalized':
      return { state: 'finalized' }
    case 'failed':
      return {
        state: 'failed',
        error: text(field(report, 'error_code')) ?? text(field(report, 'error')) ?? 'unknown',
      }
    default:
      return null
  }
}

/** "fetch failed" says nothing: the reason is its cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message : String(cause)
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function isHex(value: unknown): value is `0x${string}` {
  return typeof value === 'string' && /^0x[0-9a-f]+$/i.test(value)
}
