/** `opsbatcher status`: prints the state of an operation, as answered by a running gateway. */
import type { z } from 'zod'
import { createClient } from '../client/client.ts'
import { operation as operationSchema, problem as problemSchema } from '../server/schemas.ts'
import { type CliContext, EXIT, type ExitCode } from './context.ts'
import { START_HINT } from './invocation.ts'
import type { StatusFlags } from './options.ts'
import { whileShown } from './terminal.ts'

type OperationDetail = z.output<typeof operationSchema>

const TIMEOUT_MS = 10_000

/** @returns `EXIT.failure` if the gateway does not answer or does not know the operation */
export async function status(
  id: string,
  { url, json }: StatusFlags,
  { environment }: Pick<CliContext, 'environment'>,
): Promise<ExitCode> {
  const asked = ask(url, id, environment['OPERATOR_TOKEN'])
  const answer = await whileShown(() => `asking ${new URL(url).host}`, asked)
  if ('problem' in answer) {
    process.stderr.write(`opsbatcher: ${answer.problem}\n`)
    return EXIT.failure
  }
  process.stdout.write(`${json === true ? JSON.stringify(answer.detail) : describe(answer.detail)}\n`)
  return EXIT.ok
}

type Answer = { readonly detail: OperationDetail } | { readonly problem: string }

/** @param token the operator token; the gateway may require one to show details */
async function ask(url: string, id: string, token: string | undefined): Promise<Answer> {
  const { origin } = new URL(url)
  const answer = await createClient(url, { token })
    .GET('/operations/{id}', { params: { path: { id } }, signal: AbortSignal.timeout(TIMEOUT_MS) })
    .catch((error: unknown) => error)
  if (isAnswer(answer)) {
    const { data, error, response } = answer
    // Any program may answer at the URL.
    const detail = operationSchema.safeParse(data)
    if (detail.success) return { detail: detail.data }
    const refused = problemSchema.safeParse(error)
    if (refused.success)
      return { problem: response.status === 404 ? UNKNOWN : `the gateway answers: ${refused.data.message}` }
    return { problem: notAGateway(origin, response.status) }
  }
  // The body of a success is not JSON.
  if (answer instanceof SyntaxError) return { problem: notAGateway(origin, 200) }
  return { problem: `no gateway answers at ${origin}; ${START_HINT}` }
}

type ApiAnswer = { readonly data?: unknown; readonly error?: unknown; readonly response: Response }

function isAnswer(answer: unknown): answer is ApiAnswer {
  return typeof answer === 'object' && answer !== null && 'response' in answer
}

const UNKNOWN =
  'the gateway does not know the operation; the id is wrong, or the record is older than RETENTION_HOURS'

function notAGateway(origin: string, status: number): string {
  return `${origin} answers ${status}, but it is not an opsbatcher gateway; give the URL of a gateway with --url`
}

function describe({ request_id, kind, status, batch, attempts, ...rest }: OperationDetail): string {
  const facts: readonly (readonly [name: string, value: string | null])[] = [
    ['state', status.state],
    ['error', status.state === 'failed' ? status.error : null],
    ['transaction', 'tx_hash' in status ? status.tx_hash : null],
    ['block', batch?.inclusion ? String(batch.inclusion.block_number) : null],
    ['account', rest.account && `leaf ${rest.account.leaf_index}, nonce ${rest.account.nonce}`],
    ['signer', rest.signer],
    ['received', timeOf(rest.received_at)],
    ['updated', timeOf(rest.updated_at)],
    [
      'tries',
      rest.tries === 0
        ? null
        : `ran out of gas in ${rest.tries} earlier ${rest.tries === 1 ? 'batch' : 'batches'}`,
    ],
    [
      'batch',
      batch &&
        `${batch.id}, ${batch.state}, ${batch.operations} ${batch.operations === 1 ? 'operation' : 'operations'}`,
    ],
    ['sent', attempts.length > 1 ? `${attempts.length} times, with higher fees each time` : null],
  ]
  const lines = facts.flatMap(([name, value]) => (value === null ? [] : [`  ${name.padEnd(12)}${value}`]))
  return [`${request_id}  ${kind}`, ...lines].join('\n')
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
