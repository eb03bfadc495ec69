/**
 * Slot `broadcast` of a batch: sends the bytes of an attempt to every healthy endpoint and to the send-only endpoints. One
 * acceptance is success: an endpoint may acknowledge bytes and drop them, or hang.
 */
import { fromPromise } from 'xstate'
import type { TransactionAttempt } from '../domain/batch.ts'
import type { SystemEvent } from '../domain/events.ts'
import type { Now } from '../domain/primitives.ts'
import { REFUSAL_CLASSES, type Refusal, type RefusalClass } from '../domain/refusal.ts'
import type { BroadcastResult } from '../machines/pendingBatch/context.ts'
import type { Endpoints } from '../rpc/endpoints.ts'
import type { ClassifyRefusal } from '../rpc/refusals.ts'
import type { TransactionSender } from '../rpc/sendOnlyEndpoint.ts'

interface Dependencies {
  readonly endpoints: Pick<Endpoints, 'senders'>
  readonly classify: ClassifyRefusal
  readonly publish: (event: Extract<SystemEvent, { type: 'broadcast.contradicted' }>) => void
  readonly now: Now
}

/** The actor never fails: an outage is a refusal of the class `transport`. */
export function broadcast({ endpoints, classify, publish, now }: Dependencies) {
  return fromPromise<BroadcastResult, { readonly attempt: TransactionAttempt }>(({ input: { attempt } }) => {
    const senders = endpoints.senders()
    const answers = senders.map((sender) => answerOf(sender, attempt, classify))
    void Promise.all(answers).then((all) => {
      for (const refusal of contradictions(all)) {
        const { batchId, hash: txHash } = attempt
        const { class: kind, words, endpoint } = refusal
        publish({ type: 'broadcast.contradicted', batchId, txHash, class: kind, words, endpoint, at: now() })
      }
    })
    return firstAcceptance(answers)
  })
}

/** Null for an acceptance. A node that already has the bytes accepts them. */
type Answer = Refusal | null

async function answerOf(
  sender: TransactionSender,
  { raw }: TransactionAttempt,
  classify: ClassifyRefusal,
): Promise<Answer> {
  try {
    await sender.send(raw)
    return null
  } catch (error) {
    const refusal = classify(error, sender.name)
    return refusal.class === 'known' ? null : refusal
  }
}

/** Resolves with the first acceptance, without waiting for slower endpoints, or with the last refusal. */
function firstAcceptance(answers: readonly Promise<Answer>[]): Promise<BroadcastResult> {
  return new Promise((resolve) => {
    const refusals: Refusal[] = []
    for (const answer of answers) {
      void answer.then((refusal) => {
        if (refusal === null) return resolve({ type: 'accepted', refusals: [...refusals] })
        refusals.push(refusal)
        if (refusals.length === answers.length) {
          resolve({ type: 'refused', refusal: decisive(refusals), refusals })
        }
      })
    }
  })
}

/**
 * The refusals that decide, the first first. A consumed nonce comes before all: nothing that is sent can be included then.
 * A missing answer decides only if no endpoint answered.
 */
const DECISIVE: readonly RefusalClass[] = [
  'nonceTooLow',
  ...REFUSAL_CLASSES.filter((kind) => !['nonceTooLow', 'rateLimited', 'transport'].includes(kind)),
  'rateLimited',
  'transport',
]

/** @param refusals at least one */
function decisive(refusals: readonly Refusal[]): Refusal {
  const rank = ({ class: kind }: Refusal) => DECISIVE.indexOf(kind)
  return refusals.reduce((first, other) => (rank(other) < rank(first) ? other : first))
}

/** Limits and rules that hold for a whole chain: one endpoint accepts, another refuses for ever. */
const CONTRADICTIONS: readonly RefusalClass[] = ['config', 'tooLarge', 'gasTooLow']

function contradictions(answers: readonly Answer[]): readonly Refusal[] {
  if (!answers.includes(null)) return []
  return answers
    .filter((answer) => answer !== null)
    .filter((refusal) => CONTRADICTIONS.includes(refusal.class))
}
