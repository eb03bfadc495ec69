/** The mix of a run: the number of operations of each kind, from weights like `create:70,insert:15`. */
import type { WorldIdKind } from '../registry/worldId/operations.ts'
import { LoadError } from './error.ts'

/**
 * Kinds of a load. `update_recovery_agent` stands for changes of a recovery agent: an update, then its cancellation, and so on.
 * The execution of an update follows two weeks after it, so no load has it.
 */
export const LOAD_KINDS = [
  'create_account',
  'insert_authenticator',
  'update_authenticator',
  'remove_authenticator',
  'update_recovery_agent',
  'recover_account',
] as const satisfies readonly WorldIdKind[]

export type LoadKind = (typeof LOAD_KINDS)[number]

/** A number per kind: a weight or a count. */
export type Mix = Readonly<Record<LoadKind, number>>

/** Short names of the kinds. */
const KIND_OF: Readonly<Record<string, LoadKind>> = {
  create: 'create_account',
  insert: 'insert_authenticator',
  update: 'update_authenticator',
  remove: 'remove_authenticator',
  agent: 'update_recovery_agent',
  recover: 'recover_account',
}

/** The mix of registry V1, and of V2, which has no update of an authenticator. */
export const DEFAULT_MIX = 'create:70,insert:15,update:5,remove:5,recover:5'
export const DEFAULT_MIX_V2 = 'create:70,insert:15,remove:10,recover:5'

/**
 * Parses a mix.
 * @param text `kind:weight` pairs, separated by commas; a missing kind has the weight 0
 * @throws LoadError if a part is wrong; the message names it
 */
export function parseMix(text: string): Mix {
  const mix = zeroOfEach()
  for (const part of text.split(',')) {
    const [name = '', weight = '', ...rest] = part.trim().split(':')
    const kind = Object.hasOwn(KIND_OF, name) ? KIND_OF[name] : undefined
    if (kind === undefined || rest.length > 0 || !/^\d+(\.\d+)?$/.test(weight)) {
      const names = Object.keys(KIND_OF).join(', ')
      throw new LoadError(
        `"${part.trim()}" is not valid in a mix; write kind:weight, with a kind of ${names}`,
      )
    }
    mix[kind] += Number(weight)
  }
  if (sumOf(mix) === 0) throw new LoadError('a mix needs a weight above 0')
  return mix
}

/** Splits `total` into counts by weight. Counts are rounded by largest remainder: the sum is `total`. */
export function apportion(total: number, weights: Mix): Mix {
  const sum = sumOf(weights)
  const shares = LOAD_KINDS.map((kind) => ({ kind, exact: (total * weights[kind]) / sum }))
  const counts = zeroOfEach()
  for (const { kind, exact } of shares) counts[kind] = Math.floor(exact)
  const byRemainder = shares.toSorted((a, b) => (b.exact % 1) - (a.exact % 1))
  for (const { kind } of byRemainder.slice(0, total - sumOf(counts))) counts[kind] += 1
  return counts
}

/** The sum over all kinds. */
export function sumOf(mix: Mix): number {
  return LOAD_KINDS.reduce((sum, kind) => sum + mix[kind], 0)
}

export function zeroOfEach(): Record<LoadKind, number> {
  return {
    create_account: 0,
    insert_authenticator: 0,
    update_authenticator: 0,
    remove_authenticator: 0,
    update_recovery_agent: 0,
    recover_account: 0,
  }
}
