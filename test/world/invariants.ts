/** The invariants of a finished run. Each invariant is a function from the evidence to the contradictions. */
import type { TransactionAttempt } from '../../src/domain/batch.ts'
import type { Operation, OperationId } from '../../src/domain/operation.ts'
import type { Address, Hash } from '../../src/domain/primitives.ts'
import type { OperationRecord } from '../../src/store/port.ts'
import { effectOf } from './callData.ts'
import type { Included } from './chain/block.ts'
import type { Chain } from './chain/chain.ts'
import { innocentFailures } from './innocence.ts'
import { type Fates, pricesWithoutCause } from './prices.ts'
import type { Submission } from './users/crowd.ts'

export interface Evidence {
  readonly chain: Chain
  /** Position of each effect on the canonical chain. */
  readonly landings: ReadonlyMap<string, readonly Landing[]>
  readonly wallet: Address
  readonly submissions: readonly Submission[]
  /** The stored record of each submission, by id. */
  readonly records: ReadonlyMap<OperationId, OperationRecord>
  readonly attempts: readonly TransactionAttempt[]
  readonly intrusions: ReadonlySet<Hash>
  readonly confirmations: number
  readonly feeCap: number
  /** The highest price that the market explains, in wei per gas. */
  readonly marketPrice: number
  /** What became of each sent transaction. */
  readonly fates: Fates
  /** What the gateway still holds, in words. */
  readonly leftovers: readonly string[]
  /** Effects also contradicted or sent by a foreign account. */
  readonly meddled: ReadonlySet<string>
}

export interface Violation {
  /** The violated promise, by name. */
  readonly invariant: string
  readonly what: string
}

export function tellViolation({ invariant, what }: Violation): string {
  return `${invariant}: ${what}`
}

type Invariant = (evidence: Evidence) => readonly string[]

export const INVARIANTS = {
  /** Every stored operation has a verdict, acknowledged or not. */
  storedEnds: ({ records }) =>
    [...records.values()]
      .filter(({ state: { state } }) => state !== 'finalized' && state !== 'failed')
      .map(({ envelope, state }) => `${envelope.id} is still ${state.state}`),

  /** Every acknowledged operation is stored. */
  acknowledgedIsStored: ({ submissions, records }) =>
    submissions
      .filter(({ answer, id }) => answer === 'accepted' && !records.has(id))
      .map(({ name, id }) => `${name} (${id}) was acknowledged and is not stored`),

  /** No refused operation is stored. */
  refusedIsNotStored: ({ submissions, records }) =>
    submissions
      .filter(({ answer, id }) => answer === 'refused' && records.has(id))
      .map(({ name, id }) => `${name} (${id}) was refused and is stored`),

  /** `finalized`: the operation took effect in the named canonical transaction, with the configured confirmations. */
  finalizedHasLanded: ({ records, chain, landings, confirmations }) =>
    [...records.values()].flatMap(({ envelope, state, status }) => {
      if (state.state !== 'finalized') return []
      const { id, operation } = envelope
      const landing = landingsOf({ landings }, operation).find(({ hash }) => hash === state.txHash)
      if (landing === undefined)
        return [`${id} is finalized in ${state.txHash}, but the chain does not have the transaction`]
      if (status?.type === 'Finalized' && status.blockNumber !== landing.blockNumber) {
        return [`${id} is finalized in block ${status.blockNumber}, but the block is ${landing.blockNumber}`]
      }
      return chain.head.number - landing.blockNumber < confirmations ? [`${id} is not deep enough`] : []
    }),

  /** `failed`: this submission has no effect. A second submission of the operation may have an effect. */
  failedHasNotLanded: ({ records, landings }) => {
    const finalized = new Set(
      [...records.values()]
        .filter(({ state }) => state.state === 'finalized')
        .map(({ envelope }) => effectOf(envelope.operation)),
    )
    return [...records.values()].flatMap(({ envelope, state }) => {
      if (state.state !== 'failed' || finalized.has(effectOf(envelope.operation))) return []
      return landingsOf({ landings }, envelope.operation).map(
        ({ hash }) => `${envelope.id} failed (${state.error}), and took effect in ${hash}`,
      )
    })
  },

  /** An acknowledged valid create is finalized unless a foreign account interferes. */
  soundLands: ({ submissions, records, meddled }) =>
    submissions.flatMap(({ answer, id, name, operation, errand: { planned } }) => {
      const isSound = planned.type === 'newcomer' || (planned.type === 'create' && !planned.twin)
      if (!isSound || operation.kind !== 'create_account' || answer !== 'accepted') return []
      if (meddled.has(effectOf(operation)) || records.get(id)?.state.state === 'finalized') return []
      return [`${name} (${id}) was acknowledged and has no effect`]
    }),

  /**
   * No operation takes effect twice. A create has no nonce: a foreign account may repeat the create once the addresses
   * are free.
   */
  nothingTwice: ({ submissions, landings, meddled }) =>
    [
      ...new Map(
        submissions.map(({ operation, name }) => [effectOf(operation), { operation, name }]),
      ).values(),
    ]
      .filter(
        ({ operation: { kind }, operation }) =>
          kind !== 'create_account' || !meddled.has(effectOf(operation)),
      )
      .map(({ operation, name }) => ({
        name,
        hashes: landingsOf({ landings }, operation).map(({ hash }) => hash),
      }))
      .filter(({ hashes }) => hashes.length > 1)
      .map(({ name, hashes }) => `${name} took effect in ${hashes.join(' and ')}`),

  /** Our transactions carry only stored operations. */
  nothingUnasked: ({ chain, wallet, records }) => {
    const asked = new Set([...records.values()].map(({ envelope }) => effectOf(envelope.operation)))
    return transactionsOf(chain, wallet).flatMap(({ transaction, effects }) =>
      effects
        .filter((effect) => !asked.has(effect))
        .map((effect) => `${transaction.hash} has an effect that was not requested: ${effect}`),
    )
  },

  /** Every signed nonce is consumed, and the pool has no transaction of the wallet. */
  noncesAreConsumed: ({ chain, wallet, attempts }) => {
    const { nonce: next } = chain.account(wallet)
    const waiting = chain.pool
      .waiting(wallet)
      .map(({ nonce, hash }) => `nonce ${nonce} is still in the pool (${hash})`)
    const open = attempts
      .filter(({ nonce }) => nonce >= next)
      .map(({ nonce, hash }) => `nonce ${nonce} was signed (${hash}) and is not consumed`)
    return [...waiting, ...open]
  },

  /** Every transaction of the wallet is stored, or is foreign. */
  walletIsOurs: ({ chain, wallet, attempts, intrusions }) => {
    const known = new Set(attempts.map(({ hash }) => hash))
    return transactionsOf(chain, wallet)
      .filter(({ transaction: { hash } }) => !known.has(hash) && !intrusions.has(hash))
      .map(({ transaction: { hash, nonce } }) => `${hash} of nonce ${nonce} is neither stored nor foreign`)
  },

  /** No signed transaction exceeds the fee cap. */
  feesAreCapped: ({ attempts, feeCap }) =>
    attempts
      .filter(
        ({ maxFeePerGas, maxPriorityFeePerGas }) =>
          maxFeePerGas > feeCap || maxPriorityFeePerGas > maxFeePerGas,
      )
      .map(({ hash, maxFeePerGas }) => `${hash} offers ${maxFeePerGas} wei, the cap is ${feeCap}`),

  /** No operation fails because of what another account did, unless both claim the same address. */
  failuresAreOwn: ({ chain, records, meddled }) =>
    innocentFailures(chain, [...records.values()], meddled).map(
      ({ envelope: { id, kind }, state }) =>
        `${kind} ${id} failed (${'error' in state ? state.error : ''}), and would succeed alone`,
    ),

  /** A price is above the market only after an acceptance, a lost answer, or a refusal of the price. */
  pricesHaveACause: ({ attempts, fates, marketPrice }) =>
    pricesWithoutCause(attempts, fates, marketPrice).map(
      ({ hash, nonce, maxFeePerGas }) =>
        `${hash} of nonce ${nonce} offers ${maxFeePerGas} wei, and no earlier attempt was refused for its price`,
    ),

  /** The operations of a lane took effect in the order of their nonces, on the chain and in the records. */
  lanesAreInOrder: ({ records, landings }) => {
    const lanes = new Map<string, OperationRecord[]>()
    for (const record of records.values()) {
      const { lane } = record.envelope
      if (lane === null || record.state.state !== 'finalized') continue
      lanes.set(lane.leaf, [...(lanes.get(lane.leaf) ?? []), record])
    }
    return [...lanes].flatMap(([leaf, members]) => {
      const inOrder = members.toSorted((a, b) => nonceOf(a) - nonceOf(b))
      const blocks = inOrder.map(
        ({ envelope }) => landingsOf({ landings }, envelope.operation)[0]?.blockNumber ?? -1,
      )
      const isSorted = blocks.every((block, index) => index === 0 || block >= (blocks[index - 1] ?? 0))
      return isSorted ? [] : [`account ${leaf} landed in blocks ${blocks.join(', ')}`]
    })
  },

  /** The gateway holds nothing any more. */
  nothingIsHeld: ({ leftovers }) => leftovers,
} as const satisfies Readonly<Record<string, Invariant>>

/** The contradictions of all invariants. */
export function findViolations(evidence: Evidence): readonly Violation[] {
  return Object.entries(INVARIANTS).flatMap(([invariant, check]) =>
    check(evidence).map((what) => ({ invariant, what })),
  )
}

export interface Landing {
  readonly hash: Hash
  readonly blockNumber: number
}

/** All effects on the canonical chain, by key. */
export function landingsOn(chain: Chain): ReadonlyMap<string, readonly Landing[]> {
  const landings = new Map<string, Landing[]>()
  for (const { number: blockNumber, transactions } of chain.canonical) {
    for (const { transaction, effects } of transactions) {
      for (const effect of effects) {
        landings.set(effect, [...(landings.get(effect) ?? []), { hash: transaction.hash, blockNumber }])
      }
    }
  }
  return landings
}

function landingsOf({ landings }: Pick<Evidence, 'landings'>, operation: Operation): readonly Landing[] {
  return landings.get(effectOf(operation)) ?? []
}

function transactionsOf(chain: Chain, from: Address): readonly Included[] {
  return chain.canonical.flatMap(({ transactions }) =>
    transactions.filter(({ transaction }) => transaction.from === from),
  )
}

function nonceOf({ envelope }: OperationRecord): number {
  return envelope.lane?.nonce ?? 0
}
