/**
 * The fates of an operation: what became of it in a batch (`OpStatus`), and what its user is told (`GatewayRequestState`).
 */
import type { StatusErrorCode } from './errors.ts'
import type { Gas, Hash, Hex } from './primitives.ts'

/** A revert, decoded by ABI. */
export interface DecodedRevert {
  /** The custom error's name, e.g. `MismatchedSignatureNonce`, or `Unknown` when no ABI entry has the selector. */
  readonly name: string
  /** The error's arguments by position, integers in decimal. */
  readonly args: readonly string[]
  /** The revert data as returned. */
  readonly data: Hex
}

/** Why an operation has failed for good. Specification, "Operation Status". */
export type FailureReason =
  | { readonly type: 'SimulationReverted'; readonly revert: DecodedRevert }
  | {
      readonly type: 'ExecutionReverted'
      readonly revert: DecodedRevert | null
    }
  | { readonly type: 'NonceTooLow'; readonly expected: number }
  | { readonly type: 'NonceTooHigh'; readonly expected: number }
  | { readonly type: 'InsufficientBalance' }
  | { readonly type: 'InvalidSignature' }
  | {
      readonly type: 'ContractError'
      readonly code: StatusErrorCode
      readonly revert: DecodedRevert
    }
  | { readonly type: 'Unknown'; readonly message: string }

/**
 * Why an operation left a batch without a verdict; it is tried again. Specification, "Operation Status".
 *
 * - `BatchFull`: there was no room left for it, under the gas cap or in what a node simulates at once.
 * - `DependencyNotReady`: what it depends on was missing: an earlier nonce, the other members of its fold, the transaction
 *   of its batch.
 * - `GasLimitExceeded`: it ran out of gas, or is too much even alone.
 * - `Timeout`: it was not decided in time: its batch was cancelled, it has landed in somebody else's transaction that is not
 *   deep enough yet, or it fails by what is not. It is tried again after a pause.
 */
export type EvictionReason = 'BatchFull' | 'DependencyNotReady' | 'GasLimitExceeded' | 'Timeout'

/** What became of an operation in a batch. */
export type OpStatus =
  | {
      readonly type: 'Finalized'
      readonly txHash: Hash
      readonly blockNumber: number
      /** This operation's share of the batch's gas. */
      readonly gasUsed: Gas
    }
  | {
      readonly type: 'Failed'
      readonly reason: FailureReason
      readonly txHash: Hash | null
    }
  | {
      readonly type: 'Evicted'
      readonly reason: EvictionReason
      /** The account's next nonce as simulation saw it; null when it was not seen. */
      readonly nextNonce: number | null
    }

/**
 * Whether an eviction counts against the tries that an operation has. Only what it brings about itself does: running out of
 * gas. What others bring about never does (a full batch, a fold in which another member failed, a batch that was cancelled
 * or lost), however often: it must not fail an operation that is sound. These cannot go on for ever either: a lane has its
 * deadline, what waits for a block to be deep enough has it with the next ones, an operation that ran out of gas in a fold rides in a call of its own from then on, and a member that breaks a
 * fold is found when the others are simulated again.
 */
export function costsTry(status: OpStatus): boolean {
  return status.type === 'Evicted' && status.reason === 'GasLimitExceeded'
}

/** What `/status` says of an operation. The reference's states, and no others: its client refuses unknown ones. */
export type GatewayRequestState =
  | { readonly state: 'queued' }
  | { readonly state: 'batching' }
  | { readonly state: 'submitted'; readonly txHash: Hash }
  | { readonly state: 'finalized'; readonly txHash: Hash }
  | {
      readonly state: 'failed'
      readonly error: string
      readonly errorCode: StatusErrorCode | null
    }

export type RequestStateName = GatewayRequestState['state']

/** True for the states that are an end. Only a reorg of the block that an end stands on undoes it. */
export function isTerminal(state: RequestStateName): boolean {
  return state === 'finalized' || state === 'failed'
}

/**
 * Where a request may go from where it is; every store adapter enforces it, so that a late writer never overwrites a
 * newer state. Back to `queued` is an eviction, a dissolved batch or a restart.
 */
export const REQUEST_TRANSITIONS: Readonly<Record<RequestStateName, readonly RequestStateName[]>> = {
  queued: ['batching', 'failed'],
  batching: ['queued', 'submitted', 'failed', 'finalized'],
  submitted: ['submitted', 'queued', 'finalized', 'failed'],
  finalized: [],
  failed: [],
}

/** The user-facing text and code of a failure. The codes are the reference's own. */
export function describeFailure(
  reason: FailureReason,
  txHash: Hash | null,
): { readonly error: string; readonly errorCode: StatusErrorCode } {
  const where = txHash === null ? 'before submission' : `on-chain (tx: ${txHash})`
  switch (reason.type) {
    case 'ContractError':
      return {
        error: `${reason.code}: ${describeRevert(reason.revert)} ${where}`,
        errorCode: reason.code,
      }
    case 'SimulationReverted':
      return {
        error: `simulation reverted: ${describeRevert(reason.revert)}`,
        errorCode: 'bad_request',
      }
    case 'ExecutionReverted':
      return {
        error: `transaction reverted ${where}${reason.revert === null ? '' : `: ${describeRevert(reason.revert)}`}`,
        errorCode: 'transaction_reverted',
      }
    case 'NonceTooLow':
      return {
        error: `nonce too low: the account's next nonce is ${reason.expected}`,
        errorCode: 'mismatched_signature_nonce',
      }
    case 'NonceTooHigh':
      return {
        error: `nonce too high: the account's next nonce is still ${reason.expected}, and the operations before this one did not arrive or failed`,
        errorCode: 'mismatched_signature_nonce',
      }
    case 'InvalidSignature':
      return {
        error: 'the signature is not valid for this account',
        errorCode: 'bad_request',
      }
    case 'InsufficientBalance':
      return {
        error: 'the gateway could not pay for the operation',
        errorCode: 'internal_server_error',
      }
    case 'Unknown':
      return { error: reason.message, errorCode: 'internal_server_error' }
  }
}

function describeRevert(revert: DecodedRevert): string {
  return revert.name === 'Unknown'
    ? `unknown error ${revert.data}`
    : `${revert.name}(${revert.args.join(', ')})`
}
