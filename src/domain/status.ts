/**
 * Status of an operation, in two forms: `OpStatus` is the result of a batch, and `GatewayRequestState` is the answer of
 * `GET /status/{id}`. Specification, "Operation Status".
 */
import type { StatusErrorCode } from './errors.ts'
import type { Gas, Hash, Hex } from './primitives.ts'

/** A revert, decoded with the ABI of the contracts. */
export interface DecodedRevert {
  /** Name of the custom error, e.g. `MismatchedSignatureNonce`; `Unknown` if no ABI entry has the selector. */
  readonly name: string
  /** Arguments of the error in order, integers in decimal. */
  readonly args: readonly string[]
  /** The raw revert data. */
  readonly data: Hex
}

/**
 * Why an operation failed. Specification, "Operation Status".
 *
 * - `SimulationReverted`: the call reverts in simulation with an error that no code stands for.
 * - `ExecutionReverted`: the call reverted on chain; `revert` is null if no node could tell the reason.
 * - `NonceTooLow`: the nonce is already used. `expected` is the account's next nonce.
 * - `NonceTooHigh`: the earlier nonces of the account did not arrive in time. `expected` is the account's next nonce.
 * - `InsufficientBalance`: the wallet could not pay for the transaction until the deadline of the operation, or could not
 *   pay a fee of the contract.
 * - `InvalidSignature`: the signature does not belong to the account.
 * - `ContractError`: the call reverts with an error of the contract that has a code in the API.
 * - `Unknown`: any other reason, as text.
 */
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
 * Why an operation left a batch without a verdict. The operation returns to its lane for the next try. Specification,
 * "Operation Status".
 *
 * - `BatchFull`: the batch had no room, within its gas budget or within the limits of the node's simulation. Also: the
 *   operation must be isolated, or the gas of the transaction did not suffice and no evidence names the cause.
 * - `DependencyNotReady`: an earlier nonce, another member of the fold, or the transaction of the batch was missing.
 * - `GasLimitExceeded`: the operation used more gas than its allowance, or ran out of gas alone.
 * - `Timeout`: no decision was possible yet. The batch was cancelled, or the evidence for a verdict is in a block that is
 *   not deep enough. The next try follows after a pause.
 */
export type EvictionReason = 'BatchFull' | 'DependencyNotReady' | 'GasLimitExceeded' | 'Timeout'

/** The hash of an operation that needed no transaction. The HTTP API shows an empty hash, as the reference API. */
export const NO_TRANSACTION: Hash = '0x'

/** Result of a batch for one operation: a verdict (finalized or failed), or an eviction. */
export type OpStatus =
  | {
      readonly type: 'Finalized'
      readonly txHash: Hash
      readonly blockNumber: number
      /** The operation's share of the gas used by the batch. */
      readonly gasUsed: Gas
    }
  | {
      readonly type: 'Failed'
      readonly reason: FailureReason
      /** The transaction that failed the operation; null if it failed before submission. */
      readonly txHash: Hash | null
    }
  | {
      readonly type: 'Evicted'
      readonly reason: EvictionReason
      /** The account's next nonce in the simulation; null if not read. */
      readonly nextNonce: number | null
      /** Maximum number of operations of the next batch of the operation; absent if the eviction sets no limit. */
      readonly batchLimit?: number
    }

/**
 * True if an eviction is charged: it counts as a try, and too many tries fail the operation (`maxTries`).
 *
 * Only running out of gas with proof is charged: the operation was alone, or a trace shows that its call used more than
 * its own allowance. An eviction with an external cause (a full batch, a failed fold, a cancelled batch, gas that another
 * call used up) is never charged. Otherwise one operation could make another operation fail. Evictions that are not charged
 * still end: a missing nonce meets the lane deadline, a shallow block gets deeper, the member that breaks a fold fails
 * alone in the next simulation, and a batch that reverted goes on in halves. The operation deadline ends all others.
 */
export function isCharged(status: OpStatus): boolean {
  return status.type === 'Evicted' && status.reason === 'GasLimitExceeded'
}

/** True if an operation failed because the contract lacks the function of its kind. */
export function isFunctionMissing(status: OpStatus): boolean {
  return (
    status.type === 'Failed' &&
    status.reason.type === 'ContractError' &&
    status.reason.code === 'method_not_available'
  )
}

/** State of an operation in `GET /status/{id}`. Clients of the reference API reject any other state. */
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

/** True for the states of a verdict. Only a reorg of the evidence block undoes a verdict. */
export function isTerminal(state: RequestStateName): boolean {
  return state === 'finalized' || state === 'failed'
}

/**
 * Allowed changes of an operation's state, by its current state. Every store adapter enforces the table: a late write
 * never overwrites a newer state. A change back to `queued` is an eviction, a dissolved batch or a restart.
 */
export const REQUEST_TRANSITIONS: Readonly<Record<RequestStateName, readonly RequestStateName[]>> = {
  queued: ['batching', 'failed', 'finalized'],
  batching: ['queued', 'submitted', 'failed', 'finalized'],
  submitted: ['submitted', 'queued', 'finalized', 'failed'],
  finalized: [],
  failed: [],
}

/**
 * Text and code of a failure for `GET /status/{id}`. The codes are those of the reference API.
 * @param txHash the failed transaction of the operation; null if the failure came before submission
 */
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
