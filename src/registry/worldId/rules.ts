/**
 * Field rules: what is wrong with an operation can be told without the chain. Their order and words are the reference's;
 * whatever else could be wrong (order of the field, duplicates, ownership, slots) is left to simulation.
 */
import type { Hex, UintHex } from '../../domain/primitives.ts'

/** Most authenticators of an account, as deployed. */
export const MAX_AUTHENTICATORS = 7

/** A rule by its violation: the message, and whether an operation deserves it. */
export type Rule<O> = readonly [message: string, isBroken: (operation: O) => boolean]

/** The message of the first rule that the operation breaks, or null. */
export function firstBroken<O>(operation: O, rules: readonly Rule<O>[]): string | null {
  return rules.find(([, isBroken]) => isBroken(operation))?.[0] ?? null
}

/** True for the zero address, and for zero. */
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
