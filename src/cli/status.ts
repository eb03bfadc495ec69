/** `opsbatcher status`: prints the state of an operation, as answered by a running gateway. */
import type { z } from 'zod'
import { operation as operationSchema, problem as problemSchema } from '../server/schemas.ts'
import { type CliContext, EXIT, type ExitCode } from './context.ts'
import { COMMAND } from './invocation.ts'
import type { StatusFlags } from './options.ts'

type OperationDetail = z.output<typeof operationSchema>

const TIMEOUT_MS = 10_000

/** @returns `EXIT.failure` if the gateway does not answer or does not know the operation */
export async function status(
  id: string,
  { url }: StatusFlags,
  { environment }: Pick<CliContext, 'environment'>,
): Promise<ExitCode> {
  const answer = await ask(`${url}/operations/${encodeURIComponent(id)}`, environment['OPERATOR_TOKEN'])
  const stream = 'problem' in answer ? process.stderr : process.stdout
  stream.write(`${'problem' in answer ? `opsbatcher: ${answer.problem}` : describe(answer.detail)}\n`)
  return 'problem' in answer ? EXIT.failure : EXIT.ok
}

type Answer = { readonly detail: OperationDetail } | { readonly problem: string }

/** @param token the operator token; the gateway may require one to show details */
async function ask(url: string, token: string | undefined): Promise<Answer> {
  const { origin } = new URL(url)
  try {
    const response = await fetch(url, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(token && { headers: { Authorization: `Bearer ${token}` } }),
    })
    const body: unknown = await response.json().catch(() => null)
    const detail = operationSchema.safeParse(body)
    if (detail.success) return { detail: detail.data }
    const refused = problemSchema.safeParse(body)
    if (!refused.success)
      return {
        problem: `${origin} answers ${response.status}, but it is not an opsbatcher gateway; give the URL of a gateway with --url`,
      }
    const isUnknown = response.status === 404
    return {
      problem: isUnknown
        ? 'the gateway does not know the operation; the id is wrong, or the record is older than RETENTION_HOURS'
        : `the gateway answers: ${refused.data.message}`,
    }
  } catch {
    return {
      problem: `no gateway answers at ${origin}; start a gateway with ${COMMAND} dev, or give another URL with --url`,
    }
  }
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
