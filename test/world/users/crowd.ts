/** The users: send the planned operations, try again without an answer, and poll the status of each operation. */

import { GatewayError, UnavailableError } from '../../../src/domain/errors.ts'
import type { OperationId } from '../../../src/domain/operation.ts'
import type { GatewayRequestState } from '../../../src/domain/status.ts'
import { changeAccount, type LiveAccount } from '../../../src/load/account.ts'
import type { WorldIdOperation } from '../../../src/registry/worldId/operations.ts'
import type { RegistryDomain } from '../../../src/registry/worldId/typedData.ts'
import type { Chain } from '../chain/chain.ts'
import type { Clock } from '../clock.ts'
import { diceOf, uuidOf } from '../dice.ts'
import type { Keeper } from '../keeper.ts'
import { LostError } from '../life.ts'
import type { Trace } from '../trace.ts'
import type { Errand } from './population.ts'

/** A submission and its answer. */
export interface Submission {
  readonly errand: Errand
  readonly name: string
  readonly id: OperationId
  readonly operation: WorldIdOperation
  answer: 'accepted' | 'refused' | 'turnedAway' | 'lost' | null
}

export interface CrowdParts {
  readonly seed: number
  readonly clock: Clock
  readonly chain: Chain
  readonly keeper: Keeper
  readonly trace: Trace
  readonly domain: RegistryDomain
  /** The answer of `/status`. */
  readonly stateOf: (id: OperationId) => Promise<GatewayRequestState | null>
}

/** Pause before a user without an answer tries again. */
const RETRY_AFTER = [500, 2_000, 5_000, 10_000, 20_000, 40_000] as const
/** Interval between two status queries. */
const LOOK_INTERVAL = 3_000

export class Crowd {
  readonly submissions: Submission[] = []
  readonly #parts: CrowdParts
  /** Number of unsent errands. */
  #due = 0

  constructor(parts: CrowdParts) {
    this.#parts = parts
  }

  /** Whether all errands are done. */
  get isAtRest(): boolean {
    return this.#due === 0
  }

  begin(errands: readonly Errand[]): void {
    for (const errand of errands) {
      const { at, copies, name } = errand.planned
      for (let copy = 0; copy < copies; copy += 1) {
        this.#later(at + 700 * copy, () => {
          if (errand.newcomer === null || copy > 0) this.#send(errand, errand.operation, name, 0, () => {})
          else this.#arrive(errand, errand.newcomer)
        })
      }
    }
  }

  #later(delay: number, act: () => void): void {
    this.#due += 1
    this.#parts.clock.after(delay, () => {
      this.#due -= 1
      act()
    })
  }

  /** @param then receives the id of the accepted operation */
  #send(
    errand: Errand,
    operation: WorldIdOperation,
    name: string,
    attempt: number,
    then: (id: OperationId) => void,
  ): void {
    const { keeper, trace, seed } = this.#parts
    const again = () => {
      const pause = RETRY_AFTER[attempt]
      if (pause === undefined) return
      this.#later(pause, () => this.#send(errand, operation, name, attempt + 1, then))
    }
    const { gateway } = keeper
    if (gateway === null) {
      again()
      return
    }
    const id = uuidOf(diceOf(seed, 'id', this.submissions.length))
    const submission: Submission = { errand, name, id, operation, answer: null }
    this.submissions.push(submission)
    trace.add(`user: ${name} submits ${operation.kind} as ${id}`)
    this.#due += 1
    const conclude = (answer: NonNullable<Submission['answer']>, text: string) => {
      this.#due -= 1
      submission.answer = answer
      trace.add(`user: ${id} is ${text}`)
    }
    gateway.submit(operation, id).then(
      () => {
        conclude('accepted', 'accepted')
        then(id)
      },
      (error: unknown) => {
        if (error instanceof LostError) {
          conclude('lost', 'lost')
          again()
        } else if (error instanceof UnavailableError) {
          conclude('turnedAway', `turned away: ${error.code}`)
          again()
        } else if (error instanceof GatewayError) {
          conclude('refused', `refused: ${error.code}`)
        } else {
          conclude('refused', `refused: ${String(error)}`)
          throw error
        }
      },
    )
  }

  /** A newcomer waits for the new account before the next operation. */
  #arrive(errand: Errand, account: Omit<LiveAccount, 'leafIndex'>): void {
    const { name } = errand.planned
    const wait = (id: OperationId): void => {
      this.#later(LOOK_INTERVAL, () => {
        void this.#parts.stateOf(id).then((state) => {
          if (state === null || state.state === 'failed') return
          if (state.state === 'finalized') this.#settle(errand, account)
          else wait(id)
        })
      })
    }
    this.#send(errand, errand.operation, name, 0, wait)
  }

  #settle(errand: Errand, account: Omit<LiveAccount, 'leafIndex'>): void {
    const { chain, domain, seed } = this.#parts
    const { planned } = errand
    if (planned.type !== 'newcomer') return
    const known = chain.head.state.registry.authenticators.get(account.authenticators[0].key.address)
    if (known === undefined) return
    let current: LiveAccount = { ...account, leafIndex: `0x${known.leafIndex.toString(16)}` }
    for (const [step, kind] of planned.script.entries()) {
      const random = diceOf(seed, planned.name, 'step', step)
      const { operation, account: changed } = changeAccount(current, kind, { domain, random })
      current = changed
      const name = `${planned.name} step ${step}`
      this.#later(500 * step, () => this.#send(errand, operation, name, 0, () => {}))
    }
  }
}
