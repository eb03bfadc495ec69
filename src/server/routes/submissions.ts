/**
 * `POST` of each kind: reads the operation from the body, submits the operation, and answers with the id when the operation is
 * stored.
 */
import { z } from '@hono/zod-openapi'
import { RefusedError } from '../../domain/errors.ts'
import type { AcceptedOperation, OpsBatcherHandle } from '../../domain/handle.ts'
import type { Operation } from '../../domain/operation.ts'
import type { KindDefinition, RouteDefinition } from '../../registry/definition.ts'
import type { Registry } from '../../registry/registry.ts'
import { readJson } from '../body.ts'
import { jsonResponse, problemResponses } from '../document.ts'
import { IdempotentSubmissions, readKey } from '../idempotency.ts'
import type { RateLimits } from '../rateLimits.ts'
import { json } from '../reply.ts'
import { type Route, toOperationId } from '../route.ts'
import { status } from '../schemas.ts'
import { statusToWire } from '../wire.ts'

/** The routes and kinds of the registry at present: an upgrade of the contract may change them, except the paths. */
export type CurrentRegistry = () => Pick<Registry, 'routes' | 'kindOf'>

/**
 * @param described the registry of the document
 * @param registry the registry of the answers
 * @param bodyBytes maximum size of a body
 */
export function submissions(
  described: ReturnType<CurrentRegistry>,
  registry: CurrentRegistry,
  gateway: Pick<OpsBatcherHandle, 'trySubmit' | 'operation'>,
  bodyBytes: number,
  rateLimits: RateLimits,
): readonly Route[] {
  const keyed = new IdempotentSubmissions(gateway)
  const submit: Submit = (operation, { requestId, key, client }) =>
    key === null
      ? gateway.trySubmit(operation, requestId, client)
      : keyed.submit(readKey(key), operation, client)
  return described.routes.map((route) =>
    submission(route, described.kindOf(route), registry, submit, bodyBytes, rateLimits),
  )
}

interface Sender {
  /** The id of the operation without a key. */
  readonly requestId: string
  /** The header `Idempotency-Key`. */
  readonly key: string | null
  readonly client: string
}

type Submit = (operation: Operation, sender: Sender) => Promise<AcceptedOperation>

function submission(
  { path, kind, deprecation }: RouteDefinition,
  { request: schema }: KindDefinition,
  registry: CurrentRegistry,
  submit: Submit,
  bodyBytes: number,
  { checkClient, checkAccount }: RateLimits,
): Route {
  const headers = deprecation && {
    deprecation: `@${deprecation.since}`,
    sunset: deprecation.sunset,
  }
  return {
    method: 'post',
    path,
    ...(headers && { headers }),
    docs: {
      operationId: toOperationId(path),
      summary: `Submits a ${kind} operation`,
      description:
        'Answers after the operation is simulated and stored. `GET /status/{id}` then shows its state.',
      tags: ['Operations'],
      ...(deprecation && { deprecated: true }),
      request: {
        headers: keyHeader,
        body: {
          required: true,
          content: { 'application/json': { schema } },
        },
      },
      responses: {
        200: jsonResponse('The operation is admitted: it is stored and queued.', status),
        ...problemResponses(
          'bad_request',
          'authenticator_already_exists',
          'authenticator_does_not_exist',
          'mismatched_signature_nonce',
          'pubkey_id_in_use',
          'pubkey_id_out_of_bounds',
          'authenticator_does_not_belong_to_account',
          'duplicate_request_in_flight',
          'invalid_idempotency_key',
          'idempotency_key_reused',
          'rate_limit_exceeded',
          'payload_too_large',
          'unsupported_media_type',
          'unprocessable_body',
          'method_not_available',
          'batcher_unavailable',
          'chain_unavailable',
          'store_unavailable',
        ),
      },
    },
    async answer({ raw }, requestId, client, noteAccount) {
      const body = await readJson(raw, bodyBytes)
      checkClient(client)
      const { routes, kindOf } = registry()
      const { request, account, needsNoTransaction } = kindOf({ kind })
      const operation = parse(request, body)
      const unavailable = routes.find((route) => route.path === path)?.unavailable
      if (unavailable !== undefined) throw new RefusedError('method_not_available', unavailable)
      const owner = account(operation)
      if (owner !== null) noteAccount(owner)
      if (owner !== null && !needsNoTransaction) checkAccount(owner, client)
      const sender = { requestId, key: raw.headers.get('Idempotency-Key'), client }
      const { id, kind: submitted, state } = await submit(operation, sender)
      return json(200, statusToWire(id, submitted, state))
    },
  }
}

const keyHeader = z.object({
  'Idempotency-Key': z.string().optional().openapi({
    description:
      'A key of your choice, e.g. a UUID. A repetition with the key and the same body gets the answer of the first request, also when that answer was lost. A key lives as long as the record of its operation.',
    example: '"7c4a8d09-ca37-4f3e-8d21-5b7f2f1c9a60"',
  }),
})

/**
 * Maximum number of elements in a list. Operations have far fewer. Without the limit, validation of half a million wrong
 * elements would block the event loop for seconds.
 */
const MAX_LIST_LENGTH = 1_000

/** @throws RefusedError `unprocessable_body` with the name of the first wrong field */
function parse(schema: z.ZodType<Operation>, body: unknown): Operation {
  const tooLong = findTooLong(body)
  if (tooLong !== null) throw unprocessable(tooLong, `must have at most ${MAX_LIST_LENGTH} elements`)
  const parsed = schema.safeParse(body, {
    error: ({ input }) => (input === undefined ? 'missing' : undefined),
  })
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw unprocessable(issue?.path.join('.') || 'body', issue?.message ?? 'invalid')
}

/** @returns the name of the first field with a list that is too long, or null */
function findTooLong(body: unknown): string | null {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return null
  const isTooLong = (value: unknown) => Array.isArray(value) && value.length > MAX_LIST_LENGTH
  return Object.entries(body).find(([, value]) => isTooLong(value))?.[0] ?? null
}

function unprocessable(field: string, message: string): RefusedError {
  return new RefusedError('unprocessable_body', `${field}: ${message}`)
}
