/**
 * Field rules: checks of an operation that do not need the chain, in the order and words of the reference API. Simulation
 * finds all other errors (order of the scalar field, duplicates, ownership, slots).
 */
import type { Hex, UintHex } from '../../domain/primitives.ts'

/** Maximum number of authenticators of an account, as in the deployed contract. */
export const MAX_AUTHENTICATORS = 7

/** A rule: a message, and the condition of a broken rule. */
export type Rule<O> = readonly [message: string, isBroken: (operation: O) => boolean]

/** The message of the first broken rule, or null. */
export function firstBroken<O>(operation: O, rules: readonly Rule<O>[]): string | null {
  return rules.find(([, isBroken]) => isBroken(operation))?.[0] ?? null
}

/** True for zero and for the zero address. */
export function isZero(value: Hex): boolean {
  return BigInt(value) === 0n
}

export const leafIndexIsZero: Rule<{ readonly leafIndex: UintHex }> = [
  'leaf_index cannot be zero',
  (operation) => isZero(operation.leafIndex),
]

export const pubkeyIdIsOutOfRange: Rule<{ readonly pubkeyId: number }> = [
  `pubkey_id must be less than ${MAX_AUTHENTICATORS}`,
  (operation) => operation.pubkeyId >= MAX_AUTHENTICATORS,
]

export const commitmentIsZero: Rule<{
  readonly oldOffchainSignerCommitment: UintHex
  readonly newOffchainSignerCommitment: UintHex
}> = [
  'offchain signer commitment cannot be zero',
  (operation) =>
    isZero(operation.oldOffchainSignerCommitment) || isZero(operation.newOffchainSignerCommitment),
]
