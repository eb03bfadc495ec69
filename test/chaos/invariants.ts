/** The invariants of every run. Each invariant is a function from the evidence to the contradictions. */
import type { Answer, Delivery } from './courier.ts'
import type { ChainEvidence, Evidence, Landing } from './evidence.ts'
import { isAboutThePrice } from './refusals.ts'
import type { Task } from './traffic.ts'
import { hasEnded, type Sighting } from './witness.ts'

type Invariant = (evidence: Evidence) => readonly string[]

export interface Violation {
  readonly invariant: string
  readonly what: string
}

export const INVARIANTS = {
  /** Every acknowledged operation is finalized or failed at the end. */
  acknowledgedEnds: ({ sightings, deliveries, isAtRest }) => [
    ...(isAtRest ? [] : ['the gateway was not at rest within the bound']),
    ...acknowledged(deliveries)
      .filter(({ id }) => !hasEnded(sightings.get(id)))
      .map(({ id, task }) => `${task.name} is ${lastOf(sightings, id)?.state ?? 'not known'} (${id})`),
  ],

  /** A verdict does not change, unless a final block was orphaned. */
  endsOnce: ({ sightings, deliveries, isFinalityBroken }) =>
    acknowledged(deliveries).flatMap(({ id, task }) => {
      const states = sightings.get(id) ?? []
      const firstEnd = states.findIndex((_, index) => hasEnded(states.slice(0, index + 1)))
      const isLeft = firstEnd >= 0 && firstEnd < states.length - 1
      const trail = states.map(({ state }) => state).join(', ')
      return isLeft && !isFinalityBroken ? [`${task.name} was ${trail} (${id})`] : []
    }),

  /** `finalized`: the operation took effect in the named canonical transaction, with the configured confirmations. */
  finalizedHasLanded: ({ sightings, deliveries, chain, confirmations }) =>
    withEnd({ sightings, deliveries }, 'finalized').flatMap(({ id, task, txHash }) => {
      const landing = landingsOf(chain, task).find((candidate) => candidate.txHash === txHash)
      if (landing === undefined) return [`${task.name} did not take effect in ${txHash} (${id})`]
      const depth = chain.head - landing.blockNumber
      return depth < confirmations ? [`${task.name} is only ${depth} deep (${id})`] : []
    }),

  /** `finalized` is true at the moment of the first answer. */
  finalizedIsSaidInTime: ({ sightings, deliveries, confirmations, isFinalityBroken }) =>
    acknowledged(deliveries).flatMap(({ id, task }) =>
      (sightings.get(id) ?? [])
        .filter(({ depth }) => depth !== null && depth < confirmations && !isFinalityBroken)
        .map(({ depth }) => `${task.name} was reported as finalized at depth ${depth} (${id})`),
    ),

  /** `failed`: the operation has no effect, from any sender. */
  failedHasNotLanded: ({ sightings, deliveries, chain }) =>
    withEnd({ sightings, deliveries }, 'failed').flatMap(({ id, task }) =>
      landingsOf(chain, task)
        // A second submission of the operation may have succeeded.
        .filter(() => !isFinalizedElsewhere({ sightings, deliveries }, task, id))
        .map(({ txHash }) => `${task.name} failed, and took effect in ${txHash} (${id})`),
    ),

  /** An operation that was reported as not stored has no effect through the gateway. */
  refusedHasNotLanded: ({ deliveries, chain }) =>
    deliveries
      .filter(({ answers }) => answers.every(isCertainlyNotStored))
      .flatMap(({ task }) =>
        landingsOf(chain, task)
          .filter(({ isOurs }) => isOurs)
          .map(({ txHash }) => `${task.name} was refused, and took effect in our ${txHash}`),
      ),

  /** No operation takes effect twice. */
  nothingTwice: ({ deliveries, chain }) =>
    deliveries.flatMap(({ task }) => {
      const hashes = landingsOf(chain, task).map(({ txHash }) => txHash)
      return hashes.length > 1 ? [`${task.name} took effect in ${hashes.join(' and ')}`] : []
    }),

  /** Our transactions have only effects of submitted operations. */
  nothingUnasked: ({ deliveries, chain }) => {
    const asked = deliveries.flatMap(({ task }) => landingsOf(chain, task)).filter(({ isOurs }) => isOurs)
    return asked.length === chain.ourEffects
      ? []
      : [`${chain.ourEffects} effects of our transactions, ${asked.length} of them requested`]
  },

  /** Invalid operations have no effect. */
  brokenNeverLands: ({ deliveries, chain }) =>
    deliveries
      .filter(({ task }) => task.expectation === 'never')
      .flatMap(({ task }) =>
        landingsOf(chain, task).map(({ txHash }) => `${task.name} took effect in ${txHash}`),
      ),

  /** Valid operations took effect, from any sender, and are not reported as failed. */
  soundLands: ({ deliveries, sightings, chain }) =>
    deliveries
      .filter(({ task }) => task.expectation === 'lands')
      .flatMap(({ task, answers }) => {
        if (landingsOf(chain, task).length === 0)
          return [`${task.name} has no effect: ${trailOf(answers, sightings)}`]
        return answers
          .filter((answer) => answer.type === 'accepted' && lastOf(sightings, answer.id)?.state === 'failed')
          .map(() => `${task.name} has an effect and is reported as failed: ${trailOf(answers, sightings)}`)
      }),

  /** No operation fails because of what another account did, unless both claim the same address. */
  failuresAreOwn: ({ deliveries, sightings, chain }) =>
    withEnd({ sightings, deliveries }, 'failed')
      .filter(({ task }) => task.expectation === 'lands' && chain.possible.has(task))
      .map(({ task, id }) => `${task.name} failed, and would succeed alone (${id})`),

  /** A try is charged only to an operation that can burn gas. Every other operation of a run uses what it was given. */
  chargedWithProof: ({ deliveries, tries }) =>
    acknowledged(deliveries)
      .filter(({ task, id }) => task.expectation === 'lands' && (tries.get(id) ?? 0) > 0)
      .map(({ task, id }) => `${task.name} was charged ${tries.get(id)} tries (${id})`),

  /** A foreign transaction is reported only after one. */
  noFalseAlarm: ({ alarms, intrusions }) => (intrusions.size === 0 ? alarms : []),

  /** A price is above the market only after an acceptance, a lost answer, or a refusal of the price. */
  pricesHaveACause: ({ broadcasts, chain }) =>
    broadcasts
      .filter(({ isCancel, maxFeePerGas }) => !isCancel && maxFeePerGas > chain.marketPrice)
      .filter(({ nonce, maxFeePerGas }) => {
        const earlier = broadcasts.filter((each) => each.nonce === nonce && each.maxFeePerGas < maxFeePerGas)
        return earlier.length > 0 && earlier.every(({ verdicts }) => verdicts.every(isOtherRefusal))
      })
      .map(
        ({ hash, nonce, maxFeePerGas }) =>
          `${hash} of nonce ${nonce} offers ${maxFeePerGas} wei without a cause`,
      ),

  /** Every signed nonce is consumed; the pool has no transaction of the wallet. */
  noncesAreConsumed: ({ broadcasts, chain, wallet }) => {
    const consumed = chain.walletTransactions.map(({ nonce }) => nonce)
    const inOrder = consumed.every((nonce, index) => nonce === index)
    const open = broadcasts.filter(({ nonce }) => nonce >= consumed.length)
    return [
      ...(inOrder ? [] : [`nonces on chain are ${consumed.join(', ')}`]),
      ...open.map(({ nonce, hash }) => `nonce ${nonce} was signed (${hash}) and is not consumed`),
      ...chain.pool.map(({ nonce, hash }) => `nonce ${Number(nonce)} is still in the pool (${hash})`),
      ...(wallet?.inFlight ?? []).map((nonce) => `the gateway still waits for nonce ${nonce}`),
      ...(wallet !== null && (wallet.next ?? 0) > consumed.length
        ? [`the gateway's next nonce is ${wallet.next}, the chain's ${consumed.length}`]
        : []),
    ]
  },

  /** No signed transaction exceeds the fee cap. */
  feesAreCapped: ({ broadcasts, feeCap }) =>
    broadcasts
      .filter(
        ({ maxFeePerGas, maxPriorityFeePerGas }) =>
          maxFeePerGas > feeCap || maxPriorityFeePerGas > maxFeePerGas,
      )
      .map(({ hash, maxFeePerGas }) => `${hash} offers ${maxFeePerGas} wei, the cap is ${feeCap}`),

  /** The operations of a lane took effect in nonce order. */
  lanesAreInOrder: ({ deliveries, chain }) =>
    [...byLane(deliveries)].flatMap(([leaf, tasks]) => {
      const landed = tasks.flatMap(({ task, nonce }) =>
        landingsOf(chain, task)
          .slice(0, 1)
          .map((landing) => ({ nonce, landing })),
      )
      const byTime = landed.toSorted((a, b) => compare(a.landing, b.landing)).map(({ nonce }) => nonce)
      const inOrder = byTime.every((nonce, index) => index === 0 || nonce > (byTime[index - 1] ?? -1))
      return inOrder ? [] : [`account ${leaf}: nonces landed as ${byTime.join(', ')}`]
    }),

  /** Every broadcast attempt is stored, because the commit comes first. */
  signedIsRecorded: ({ broadcasts, recorded }) =>
    broadcasts
      .filter(({ hash }) => !recorded.has(hash))
      .map(({ hash, nonce }) => `${hash} of nonce ${nonce}`),

  /** Every transaction of the wallet is stored, or is foreign. */
  walletIsOurs: ({ broadcasts, intrusions, chain }) => {
    const sent = new Set(broadcasts.map(({ hash }) => hash))
    return chain.walletTransactions
      .filter(({ hash }) => !sent.has(hash) && !intrusions.has(hash))
      .map(({ hash, nonce }) => `${hash} of nonce ${nonce} is neither stored nor foreign`)
  },

  /** The gateway ends on request only. */
  gatewaySurvives: ({ crashes, exitCode }) => [
    ...crashes,
    ...(exitCode === 0 ? [] : [`the stop at the end gave exit code ${exitCode}`]),
  ],

  /** No attempt of the gateway can take effect any more. */
  pastStaysPast: ({ chain, afterReplay, deliveries }) => [
    ...(afterReplay.walletTransactions.length === chain.walletTransactions.length
      ? []
      : ['an attempt that was broadcast again was included']),
    ...deliveries
      .filter(({ task }) => landingsOf(afterReplay, task).length !== landingsOf(chain, task).length)
      .map(({ task }) => `${task.name} took effect when every attempt was broadcast again`),
  ],
} as const satisfies Readonly<Record<string, Invariant>>

/** The contradictions of all invariants. */
export function findViolations(evidence: Evidence): readonly Violation[] {
  return Object.entries(INVARIANTS).flatMap(([invariant, check]) =>
    check(evidence).map((what) => ({ invariant, what })),
  )
}

function isOtherRefusal(words: string | null): boolean {
  return words !== null && !isAboutThePrice(words)
}

interface Acknowledged {
  readonly id: string
  readonly task: Task
}

function acknowledged(deliveries: readonly Delivery[]): readonly Acknowledged[] {
  return deliveries.flatMap(({ task, answers }) =>
    answers.flatMap((answer) => (answer.type === 'accepted' ? [{ id: answer.id, task }] : [])),
  )
}

type Said = Pick<Evidence, 'sightings' | 'deliveries'>

function withEnd({ sightings, deliveries }: Said, state: 'finalized' | 'failed') {
  return acknowledged(deliveries).flatMap(({ id, task }) => {
    const last = lastOf(sightings, id)
    return last?.state === state ? [{ id, task, txHash: last.txHash }] : []
  })
}

function isFinalizedElsewhere(said: Said, task: Task, id: string): boolean {
  return withEnd(said, 'finalized').some((other) => other.task === task && other.id !== id)
}

function lastOf(sightings: Evidence['sightings'], id: string): Sighting | undefined {
  return sightings.get(id)?.at(-1)
}

function landingsOf({ landings }: ChainEvidence, task: Task): readonly Landing[] {
  return landings.get(task) ?? []
}

function isCertainlyNotStored({ type }: Answer): boolean {
  return type === 'refused' || type === 'turnedAway'
}

function trailOf(answers: readonly Answer[], sightings: Evidence['sightings']): string {
  return answers
    .map((answer) => {
      if (answer.type === 'lost') return `lost (${answer.why})`
      if (answer.type !== 'accepted') return `${answer.type} (${answer.code})`
      return `${answer.id}: ${(sightings.get(answer.id) ?? []).map(({ state }) => state).join(', ')}`
    })
    .join('; ')
}

function byLane(deliveries: readonly Delivery[]) {
  const lanes = new Map<string, { readonly task: Task; readonly nonce: number }[]>()
  for (const { task } of deliveries) {
    const place = placeOf(task)
    if (place === null) continue
    lanes.set(place.leaf, [...(lanes.get(place.leaf) ?? []), { task, nonce: place.nonce }])
  }
  return lanes
}

function placeOf({ operation }: Task): { readonly leaf: string; readonly nonce: number } | null {
  return 'nonce' in operation ? { leaf: operation.leafIndex, nonce: Number(operation.nonce) } : null
}

function compare(a: Landing, b: Landing): number {
  return a.blockNumber - b.blockNumber || a.logIndex - b.logIndex
}
