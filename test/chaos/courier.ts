/** The clients of a run. Each client sends tasks in sequence, and repeats a task until the answer is certain. */

import type { ServiceClient } from '../support/client.ts'
import type { Clock } from './clock.ts'
import type { Errand, Task } from './traffic.ts'

export type Answer =
  | { readonly type: 'accepted'; readonly id: string }
  /** The operation cannot succeed. */
  | { readonly type: 'refused'; readonly code: string }
  /** Not stored. The same operation may be accepted later. */
  | { readonly type: 'turnedAway'; readonly code: string }
  /** Uncertain: the operation may be stored. */
  | { readonly type: 'lost'; readonly why: string }

/** A task with all its answers. */
export interface Delivery {
  readonly task: Task
  readonly answers: readonly Answer[]
}

export interface CourierOptions {
  readonly clock: Clock
  readonly gateway: () => ServiceClient | null
  readonly onAnswer: (task: Task, answer: Answer) => void
}

/** Beats before an operation is sent again. */
const PAUSE = 3

/** Codes that guarantee that nothing was stored. */
const NOTHING_STORED: ReadonlySet<string> = new Set([
  'batcher_unavailable',
  'chain_unavailable',
  'rate_limit_exceeded',
])

/**
 * Runs an errand in rounds: each round sends all unfinished tasks in order. Resolves when every task has a final
 * answer.
 * @param deliveries receives each task at the first sending, and every answer on arrival
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
    // During faults a refusal may come from an older state. Later a refusal is final, unless the round accepted a task.
    if (wasCalm && round.every((answer) => answer?.type === 'refused')) return
    left = left.filter((task) => !isDone(task, answersOf.get(task) ?? []))
    if (left.length > 0) await clock.after(PAUSE)
  }
}

/** A valid task is sent until certainly stored. Every other task needs one answer. */
function isDone({ expectation }: Task, answers: readonly Answer[]): boolean {
  const last = answers.at(-1)
  if (last === undefined || last.type === 'turnedAway' || last.type === 'lost') return false
  if (last.type === 'accepted' || expectation !== 'lands') return true
  return isStoredAlready(answers)
}

/** A refusal after a lost answer: the earlier submission holds the claim. */
function isStoredAlready(answers: readonly Answer[]): boolean {
  const last = answers.at(-1)
  return (
    last?.type === 'refused' &&
    last.code === 'duplicate_request_in_flight' &&
    answers.some(({ type }) => type === 'lost')
  )
}

/** @returns null while no gateway runs */
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
