/**
 * What a run is going to do: which accounts it creates, and which operations each of them goes through. Every script is
 * possible by construction: nobody removes the only authenticator, or inserts an eighth.
 */
import type { OperationKind } from '../domain/operation.ts'
import { MAX_AUTHENTICATORS } from '../registry/worldId/rules.ts'
import type { Mix } from './mix.ts'
import type { Random } from './random.ts'

/** The kinds that change an account. */
export type ChangeKind = Exclude<OperationKind, 'create_account'>

export interface PlannedAccount {
  /** How many authenticators it is created with: as many as its script needs. */
  readonly authenticators: number
  /** What happens to it afterwards, in order. */
  readonly script: readonly ChangeKind[]
}

export interface LoadPlan {
  /** Accounts that the counted operations need and that the mix has no creates for; not counted. */
  readonly setup: readonly PlannedAccount[]
  /** Accounts whose creation counts. */
  readonly accounts: readonly PlannedAccount[]
}

/** Longest script. An account's operations follow one another, so many short scripts are faster than a few long. */
const MAX_SCRIPT = 16
/** Script length where the mix has no creates to spread the changes over. */
const SETUP_SCRIPT = 4

/**
 * Distributes counts over accounts.
 * @param counts operations of each kind; the plan has exactly these
 */
export function planLoad(counts: Mix, random: Random): LoadPlan {
  const { create_account: creates, ...changes } = counts
  const total = Object.values(changes).reduce((sum, count) => sum + count, 0)
  const length = creates === 0 ? SETUP_SCRIPT : Math.min(MAX_SCRIPT, Math.ceil(total / creates))
  const scripted: PlannedAccount[] = []
  for (let left = total; left > 0; ) {
    const account = draftAccount(changes, length, random)
    left -= account.script.length
    scripted.push(account)
  }
  const plain = Array.from({ length: Math.max(0, creates - scripted.length) }, () => PLAIN)
  return { accounts: [...scripted.slice(0, creates), ...plain], setup: scripted.slice(creates) }
}

const PLAIN: PlannedAccount = { authenticators: 1, script: [] }

/** Writes a script of up to `length` changes, and takes them from what is `left`. */
function draftAccount(left: Record<ChangeKind, number>, length: number, random: Random): PlannedAccount {
  const draft = new Draft()
  while (draft.script.length < length) {
    const kind = drawKind(left, draft, random)
    if (kind === null) break
    left[kind] -= 1
    draft.append(kind)
  }
  return { authenticators: draft.authenticators, script: draft.script }
}

/** One of the kinds that are possible next, each as likely as it is frequent in what is left. */
function drawKind(
  left: Readonly<Record<ChangeKind, number>>,
  draft: Draft,
  random: Random,
): ChangeKind | null {
  const possible = CHANGE_KINDS.filter((kind) => left[kind] > 0 && draft.allows(kind))
  const total = possible.reduce((sum, kind) => sum + left[kind], 0)
  let ticket = total === 0 ? 0 : random.below(total)
  for (const kind of possible) {
    if (ticket < left[kind]) return kind
    ticket -= left[kind]
  }
  return null
}

const CHANGE_KINDS: readonly ChangeKind[] = [
  'insert_authenticator',
  'update_authenticator',
  'remove_authenticator',
  'recover_account',
]

/** A script in the making. Until its first recovery, a removal too many is made possible by creating more. */
class Draft {
  authenticators = 1
  readonly script: ChangeKind[] = []
  #present = 1
  /** Most that it ever had since it was created. */
  #most = 1
  #isRecovered = false

  allows(kind: ChangeKind): boolean {
    if (kind === 'insert_authenticator') return this.#present < MAX_AUTHENTICATORS
    if (kind === 'remove_authenticator') return this.#present > 1 || this.#canStartWithMore()
    return true
  }

  append(kind: ChangeKind): void {
    this.script.push(kind)
    if (kind === 'insert_authenticator') this.#present += 1
    if (kind === 'remove_authenticator' && this.#present > 1) this.#present -= 1
    else if (kind === 'remove_authenticator') this.#startWithOneMore()
    if (kind === 'recover_account') {
      this.#present = 1
      this.#isRecovered = true
    }
    if (!this.#isRecovered) this.#most = Math.max(this.#most, this.#present)
  }

  #canStartWithMore(): boolean {
    return !this.#isRecovered && this.#most < MAX_AUTHENTICATORS
  }

  #startWithOneMore(): void {
    this.authenticators += 1
    this.#most += 1
  }
}
