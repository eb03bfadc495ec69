/** `POST` of each kind of operation: reads the body, submits it, and answers with its id once it is stored. */
import type { z } from '@hono/zod-openapi'
import { RefusedError } from '../../domain/errors.ts'
import type { OpsBatcherHandle } from '../../domain/handle.ts'
import type { Operation } from '../../domain/operation.ts'
import type { KindDefinition } from '../../registry/definition.ts'
import { operationKinds } from '../../registry/worldId/kinds.ts'
import { readJson } from '../body.ts'
import { jsonResponse, problemResponses } from '../document.ts'
import type { Endpoint } from '../endpoint.ts'
import { json } from '../reply.ts'
import { status } from '../schemas.ts'
import { statusToWire } from '../wire.ts'

/** @param bodyBytes most bytes of a body */
export function submissions(
  gateway: Pick<OpsBatcherHandle, 'trySubmit'>,
  bodyBytes: number,
): readonly Endpoint[] {
  return Object.values(operationKinds).map((kind) => submission(kind, gateway, bodyBytes))
}

function submission(
  { kind, path, request }: KindDefinition,
  gateway: Pick<OpsBatcherHandle, 'trySubmit'>,
  bodyBytes: number,
): Endpoint {
  return {
    method: 'post',
    path,
    docs: {
      summary: `Submits a ${kind} operation`,
      description:
        'Answers once the operation is simulated and stored; `/status/{id}` tells what becomes of it.',
      tags: ['Operations'],
      request: { body: { required: true, content: { 'application/json': { schema: request } } } },
      responses: {
        200: jsonResponse('The operation is stored and queued.', status),
        ...problemResponses(
          'bad_request',
          'authenticator_already_exists',
          'authenticator_does_not_exist',
          'mismatched_signature_nonce',
          'pubkey_id_in_use',
          'pubkey_id_out_of_bounds',
          'authenticator_does_not_belong_to_account',
          'duplicate_request_in_flight',
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
    async answer({ raw }, requestId) {
      const operation = parse(request, await readJson(raw, bodyBytes))
      const accepted = await gateway.trySubmit(operation, requestId)
      return json(200, statusToWire(accepted.id, accepted.kind, accepted.state))
    },
  }
}

/**
 * Most elements of a list. No operation comes near it; a body of half a million wrong elements would be looked at, and
 * complained of, one by one, and hold up everybody else for seconds.
 */
const MAX_LIST_LENGTH = 1_000

/** @throws RefusedError `unprocessable_body`, naming the first field that is wrong */
function parse(schema: z.ZodType<Operation>, body: unknown): Operation {
  const tooLong = findTooLong(body)
  if (tooLong !== null) throw unprocessable(tooLong, `cannot have more than ${MAX_LIST_LENGTH} elements`)
  const parsed = schema.safeParse(body, {
    error: ({ input }) => (input === undefined ? 'missing' : undefined),
  })
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw unprocessable(issue?.path.join('.') || 'body', issue?.message ?? 'invalid')
}

/** The field of an object whose list is too long, or null. */
function findTooLong(body: unknown): string | null {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return null
  const isTooLong = (value: unknown) => Array.isArray(value) && value.length > MAX_LIST_LENGTH
  return Object.entries(body).find(([, value]) => isTooLong(value))?.[0] ?? null
}

function unprocessable(field: string, message: string): RefusedError {
  return new RefusedError('unprocessable_body', `${field}: ${message}`)
}
