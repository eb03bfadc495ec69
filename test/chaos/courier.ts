/** The clients of a run: each sends its tasks one after the other, and tries again until it knows what became of each. */

import type { ServiceClient } from '../support/client.ts'
import type { Clock } from './clock.ts'
import type { Errand, Task } from './traffic.ts'

export type Answer =
  | { readonly type: 'accepted'; readonly id: string }
  /** It cannot succeed as it is. */
  | { readonly type: 'refused'; readonly code: string }
  /** It was not stored; the same may succeed later. */
  | { readonly type: 'turnedAway'; readonly code: string }
  /** Nobody knows: it may have been stored. */
  | { readonly type: 'lost'; readonly why: string }

/** A task, and every answer to it. */
export interface Delivery {
  readonly task: Task
  readonly answers: readonly Answer[]
}

export interface CourierOptions {
  readonly clock: Clock
  readonly gateway: () => ServiceClient | null
  readonly onAnswer: (task: Task, answer: Answer) => void
}

/** Beats before the same is sent again. */
const PAUSE = 3

/** The codes that say for certain that nothing was stored. */
const NOTHING_STORED: ReadonlySet<string> = new Set([
  'batcher_unavailable',
  'chain_unavailable',
  'rate_limit_exceeded',
])

/**
 * Runs an errand: round by round, each task that is not done is sent in its turn. Resolves when every task has been
 * answered for good.
 * @param deliveries is given each task as it is first sent, and its answers as they come
 */
export async function runErrand(
  { beat, tasks, isInOrder }: Errand,
  options: CourierOptions,
  deliveries: Delivery[],
): Promise<void> {
  const { clock } = options
  await clock.until(beat)
  const answersOf = new Map<Task, Answer[]>()
  let left = tasks
  while (left.length > 0) {
    const wasCalm = clock.isCalm
    const round: (Answer | null)[] = []
    for (const task of left) {
      const answers = answersOf.get(task) ?? []
      if (!answersOf.has(task)) deliveries.push({ task, answers })
      answersOf.set(task, answers)
      const answer = await send(task, options)
      round.push(answer)
      if (answer !== null) {
        answers.push(answer)
        options.onAnswer(task, answer)
      }
      if (isInOrder && !isDone(task, answers)) break
    }
    // A refusal in bad weather may be of an older state. In good weather it stands, unless others were taken meanwhile.
    if (wasCalm && round.every((answer) => answer?.type === 'refused')) return
    left = left.filter((task) => !isDone(task, answersOf.get(task) ?? []))
    if (left.length > 0) await clock.after(PAUSE)
  }
}

/** A sound task goes on until it is stored for all that is known; any other needs no more than an answer. */
function isDone({ expectation }: Task, answers: readonly Answer[]): boolean {
  const last = answers.at(-1)
  if (last === undefined || last.type === 'turnedAway' || last.type === 'lost') return false
  if (last.type === 'accepted' || expectation !== 'lands') return true
  return isStoredAlready(answers)
}

/** A refusal after an answer was lost: what was sent before that answer is in the way. */
function isStoredAlready(answers: readonly Answer[]): boolean {
  const last = answers.at(-1)
  return (
    last?.type === 'refused' &&
    last.code === 'duplicate_request_in_flight' &&
    answers.some(({ type }) => type === 'lost')
  )
}

/** @returns null while no gateway is there to be asked */
async function send({ operation }: Task, { gateway }: CourierOptions): Promise<Answer | null> {
  const client = gateway()
  if (client === null) return null
  try {
    const { status, body } = await client.submit(operation)
    const { request_id: id, code = `http_${status}` } = body as { request_id?: string; code?: string }
    if (status === 200 && id !== undefined) return { type: 'accepted', id }
    if (status < 500 && status !== 429) return { type: 'refused', code }
    return NOTHING_STORED.has(code) ? { type: 'turnedAway', code } : { type: 'lost', why: code }
  } catch (error) {
    return { type: 'lost', why: String(error) }
  }
}
