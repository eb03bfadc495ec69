/**
 * The plan of a run: the accounts to create, and a script of operations for each account. Every script is possible: no
 * script removes the only authenticator of an account, or inserts an eighth.
 */
import { MAX_AUTHENTICATORS } from '../registry/worldId/rules.ts'
import type { LoadKind, Mix } from './mix.ts'
import type { Random } from './random.ts'

/** Kinds that change an existing account. */
export type ChangeKind = Exclude<LoadKind, 'create_account'>

export interface PlannedAccount {
  /** Number of authenticators at creation: as many as the script needs. */
  readonly authenticators: number
  /** Operations after the creation, in order. */
  readonly script: readonly ChangeKind[]
}

export interface LoadPlan {
  /** Accounts for the script operations, in addition to the creates of the mix. Their creation is not counted. */
  readonly setup: readonly PlannedAccount[]
  /** Accounts whose creation is counted. */
  readonly accounts: readonly PlannedAccount[]
}

/** Maximum length of a script. Operations of an account run in sequence: short scripts are faster. */
const MAX_SCRIPT = 16
/** Length of a script if the mix has no creates. */
const SETUP_SCRIPT = 4

/**
 * Distributes operations over accounts.
 * @param counts exact number of operations of each kind
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

/** Drafts an account with a script of up to `length` changes, and subtracts these from `left`. */
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

/** A random possible kind, weighted by the number of operations left; null if no kind is possible. */
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

export const CHANGE_KINDS: readonly ChangeKind[] = [
  'insert_authenticator',
  'update_authenticator',
  'remove_authenticator',
  'update_recovery_agent',
  'recover_account',
]

/**
 * A script while it grows. Before the first recovery, a removal of the only authenticator is possible: the account is
 * then created with a second authenticator.
 */
class Draft {
  authenticators = 1
  readonly script: ChangeKind[] = []
  #present = 1
  /** Maximum number of authenticators since the creation. */
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
