/** A client of the HTTP API. Checks the shape of every answer. */
import type { z } from 'zod'
import { toBody } from '../../src/load/client.ts'
import type { WorldIdOperation } from '../../src/registry/worldId/operations.ts'
import { worldIdV1 } from '../../src/registry/worldId/worldId.ts'
import * as schemas from '../../src/server/schemas.ts'
import { eventually } from './eventually.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Parsed JSON, or the text if the body is not JSON. */
  readonly body: unknown
}

type Shape<S extends keyof typeof schemas> = z.output<(typeof schemas)[S]>
type Status = Shape<'status'>
export type OperationDetail = Shape<'operation'>
type BatchDetail = Shape<'batch'>

export interface ServiceClient {
  readonly url: string
  get(path: string): Promise<Answer>
  /** Sends a body as JSON. */
  post(path: string, body: object, headers?: Readonly<Record<string, string>>): Promise<Answer>
  /** Sends an operation to the route of the kind. @param key an `Idempotency-Key` */
  submit(operation: WorldIdOperation, key?: string): Promise<Answer>
  /** Sends an operation that must be accepted. @returns its `request_id` */
  accept(operation: WorldIdOperation): Promise<string>
  status(id: string): Promise<Status>
  operation(id: string): Promise<OperationDetail>
  health(): Promise<Shape<'health'>>
  wallet(): Promise<Shape<'wallet'>>
  /** Every batch with operations and transactions, oldest first. */
  batches(): Promise<readonly BatchDetail[]>
  /** Waits until an operation is in any of the states. */
  reaches(id: string, ...states: readonly Status['status']['state'][]): Promise<Status>
  /** Waits until an operation is finalized or failed. @returns its full record */
  waitUntilTerminal(id: string): Promise<OperationDetail>
}

export function connect(url: string): ServiceClient {
  const get = (path: string) => send(url + path)
  const post: ServiceClient['post'] = (path, body, headers) =>
    send(url + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  const client: ServiceClient = {
    url,
    get,
    post,
    submit: (operation, key) =>
      post(
        worldIdV1.pathOf(operation.kind),
        toBody(operation),
        key === undefined ? {} : { 'Idempotency-Key': key },
      ),
    async accept(operation) {
      const answer = await client.submit(operation)
      return read(schemas.status, answer).request_id
    },
    status: async (id) => read(schemas.status, await get(`/status/${id}`)),
    operation: async (id) => read(schemas.operation, await get(`/operations/${id}`)),
    health: async () => schemas.health.parse((await get('/health')).body),
    wallet: async () => read(schemas.wallet, await get('/wallet')),
    async batches() {
      const found: BatchDetail[] = []
      for (let before = ''; ; ) {
        const page = read(schemas.batches, await get(`/batches?limit=100${before}`))
        for (const { id } of page.batches) found.push(read(schemas.batch, await get(`/batches/${id}`)))
        if (page.next === null) return found.reverse()
        before = `&before=${page.next}`
      }
    },
    reaches: (id, ...states) =>
      eventually(
        `${id} to be ${states.join(' or ')}`,
        () => client.status(id),
        ({ status }) => states.includes(status.state),
      ),
    async waitUntilTerminal(id) {
      await client.reaches(id, 'finalized', 'failed')
      return client.operation(id)
    },
  }
  return client
}

async function send(url: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(url, init)
  const text = await response.text()
  const isJson = response.headers.get('Content-Type')?.startsWith('application/json') ?? false
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
}

/** @throws Error when the answer is not 200 or has a wrong shape */
function read<S extends z.ZodType>(shape: S, { status, body }: Answer): z.output<S> {
  if (status !== 200) throw new Error(`answered ${status}: ${JSON.stringify(body)}`)
  return shape.parse(body)
}
