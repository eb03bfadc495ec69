/** Reasons of the gateway in words. A reason is a name with arguments: `NonceTooLow(1)`. */

interface Reason {
  readonly name: string
  readonly args: readonly string[]
}

/** @returns null for a text that is not a name with optional arguments */
function parsed(reason: string): Reason | null {
  const [, name, args = ''] = /^([A-Za-z]\w*)(?:\((.*?)\)?…?)?$/s.exec(reason) ?? []
  return name === undefined ? null : { name, args: args === '' ? [] : args.split(', ') }
}

/** Why an operation failed or left its batch. The names are those of `FailureReason` and `EvictionReason` of the gateway. */
const OPERATION_REASONS: Readonly<Record<string, (...args: readonly string[]) => string>> = {
  NonceTooLow: (next) => `Its nonce is used already: the next nonce of the account is ${next}.`,
  NonceTooHigh: (next) =>
    `The operation with nonce ${next} of the account did not arrive in time, or failed.`,
  InsufficientBalance: () => 'The gateway could not pay for it.',
  InvalidSignature: () => 'The signature does not belong to the account.',
  ExecutionReverted: () => 'The call reverted on chain, and no node could tell the reason.',
  BatchFull: () => 'The batch had no room for it. It is tried again.',
  DependencyNotReady: () => 'An earlier operation that it needs was missing. It is tried again.',
  GasLimitExceeded: () => 'It used more gas than its allowance. It is tried again.',
  Timeout: () => 'No decision was possible in time. It is tried again.',
}

export interface Explained {
  readonly words: string
  /** The reason as the contract gave it. Null if the words say all. */
  readonly code: string | null
}

/** @param reason reason of a failed or evicted operation, in the notation of the stream */
export function explained(reason: string): Explained {
  const read = parsed(reason)
  if (read === null) return { words: reason, code: null }
  const { name, args } = read
  const known = Object.hasOwn(OPERATION_REASONS, name) ? OPERATION_REASONS[name] : undefined
  if (known !== undefined) return { words: known(...args), code: null }
  if (name === 'Unknown')
    return { words: 'The contract refused it with an error that no one declared:', code: args.join(', ') }
  return { words: `The contract refused it: ${spaced(name)}.`, code: reason }
}

/** Converts `PubkeyIdInUse` to `pubkey id in use`. */
function spaced(name: string): string {
  return name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, ' ').toLowerCase()
}
