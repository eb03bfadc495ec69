/** The result of a campaign as text. */
import type { Failure, Findings } from './campaign.ts'
import type { Submission } from './exchange.ts'

/** Number of answers by route and status. */
export function reportCounts({ counts }: Pick<Findings, 'counts'>): string {
  const width = Math.max(0, ...[...counts.keys()].map((key) => key.length))
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, count]) => `${key.padEnd(width)}  ${count}\n`)
    .join('')
}

/** A failure, and the command to repeat the request. */
export function reportFailure(seed: number, { number, complaint, submission, answer }: Failure): string {
  return [
    `request ${number} of seed ${seed}: ${complaint}`,
    `  sent      ${describe(submission)}`,
    `  answered  ${answer === null ? 'nothing' : `${answer.status} ${JSON.stringify(cut(answer.body.toString('utf8')))}`}`,
    `  again     npm run fuzz -- --seed ${seed} --request ${number}`,
    '',
  ].join('\n')
}

function describe(submission: Submission): string {
  if (submission.kind === 'bytes') {
    const { text, pieces, ending } = submission
    return `${JSON.stringify(cut(text))} in ${pieces} pieces, then ${ending}`
  }
  const { method, target, headers, body, isChunked } = submission
  const sent =
    body === null ? 'no body' : `${isChunked ? 'chunked ' : ''}${JSON.stringify(cut(body.toString('utf8')))}`
  return `${method} ${cut(target)} ${cut(JSON.stringify(headers))} ${sent}`
}

function cut(text: string): string {
  return text.length > 400 ? `${text.slice(0, 400)}… (${text.length} characters)` : text
}
