/**
 * The definition of a registry: a contract whose users sign operations. It holds everything that the gateway knows about the
 * contract. See docs/bring-your-own-contract.md.
 */
import type { z } from 'zod'
import type { StatusErrorCode } from '../domain/errors.ts'
import type { Operation, OperationKind, PriorityClass } from '../domain/operation.ts'
import type { Address, Gas, Hex, Now } from '../domain/primitives.ts'
import type { DecodedRevert } from '../domain/status.ts'
import type { Eip712Domain } from '../evm/eip712Domain.ts'
import type { LogPattern } from '../evm/logPattern.ts'

/**
 * How the signer of an operation is verified before its turn, while earlier nonces of the lane are missing. The simulation
 * then reverts for the nonce.
 *
 * - `none`: the kind has no signer.
 * - `byNonceRevert`: the registry checks the signer before the nonce, so a revert for the nonce proves the signer.
 * - `byAgents`: the registry checks the nonce first, so a revert for the nonce proves nothing. One of the agents must accept
 *   the signature.
 */
export type SignerVerification<O extends Operation = Operation> =
  | { readonly type: 'none' }
  | { readonly type: 'byNonceRevert' }
  | {
      readonly type: 'byAgents'
      /**
       * Calls of the registry. The first word of each answer is an account that may sign when the turn of the operation comes.
       * A call that the version of the registry lacks names no account.
       */
      agents(operation: O): readonly Hex[]
      /** The revert data of the registry if the account has no agent, and if no agent accepts the signature. */
      readonly reverts: { readonly noAgent: Hex; readonly notSigned: Hex }
    }

/** Gas of n operations in one batch: `base + n * each`. */
export interface GasEstimate {
  readonly base: Gas
  readonly each: Gas
}

/**
 * A kind of operation: one function of the contract, with signature, checks and encodings. Without a type argument it is any
 * kind, as found by an operation's `kind`. The methods accept operations of the kind only.
 */
export interface KindDefinition<O extends Operation = Operation> {
  readonly kind: O['kind']
  readonly priority: PriorityClass
  /** Counts until the gas of the kind is measured. */
  readonly gasEstimate: GasEstimate
  /**
   * True if the gas of an operation depends on the operations of other accounts before it. Such operations are simulated after
   * our batches in flight.
   */
  readonly isOrderDependent: boolean
  /** Reads a request body, in the JSON of the reference API. */
  readonly request: z.ZodType<O>

  /** The message of the first broken field rule, in the order and words of the reference API; null if no rule is broken. */
  validate(operation: O): string | null
  /** Key of the account that the operation belongs to, for rate limits; null for none. */
  account(operation: O): string | null
  /** The lane and the nonce in it; null for a kind without nonce. */
  lane(operation: O): { readonly leaf: string; readonly nonce: bigint } | null
  /**
   * What the operation reserves while it is in flight: the addresses that it registers, in lower case, and other names that only
   * one operation may hold.
   */
  claims(operation: O): readonly string[]
  /** The signature of the user, 65 bytes; null for a kind without signature. */
  signature(operation: O): Hex | null
  /** The EIP-712 digest that the user signed; null for a kind without signature. */
  digest(operation: O, domain: Eip712Domain): Hex | null
  /** How the signer is verified while earlier nonces of the lane are missing. */
  readonly verification: SignerVerification<O>
  /** The reason why `signer` may not sign the operation, as far as its fields show; null if they show no reason. */
  authorise(operation: O, signer: Address): string | null
  callData(operation: O): Hex
  /**
   * The calldata of a view of the contract that returns an address; null for a kind that runs only the contract's own
   * code. If the address has code, the call of the operation runs that code. An operation that may run such foreign code
   * is isolated.
   */
  foreignCode(operation: O): Hex | null
  /**
   * The log that the contract writes if, and only if, the operation succeeds. Several patterns if versions of the contract write
   * different logs: a batch in flight across an upgrade may be executed by either version.
   */
  successLogs(operation: O): readonly [LogPattern, ...LogPattern[]]
  /** Message of the refusal if this version of the contract lacks the function. Absent if it has the function. */
  readonly unavailable?: string
  /** True if this version of the contract needs no transaction for the operation: it is finalized at once, without checks. */
  readonly needsNoTransaction?: true
}

/** A POST route of a kind. */
export interface RouteDefinition {
  readonly path: `/${string}`
  readonly kind: OperationKind
  /** The end of a deprecated route. Draft "The Deprecation HTTP Header Field" (RFC 9745), and RFC 8594. */
  readonly deprecation?: {
    /** Seconds since the Unix epoch. */
    readonly since: number
    /** An HTTP date. */
    readonly sunset: string
  }
  /** Message of the answer `method_not_available` for every request, if this version of the contract lacks the function. */
  readonly unavailable?: string
}

/** A fold: one call of the contract that executes many operations of one kind, or reverts as a whole. */
export interface FoldDefinition<O extends Operation = Operation> {
  readonly kind: O['kind']
  /** Size of the calldata without operations, in bytes. */
  readonly emptyBytes: number
  /** @param operations at least one, in order of execution */
  callData(operations: readonly O[]): Hex
}

/** Codes of contract errors, in refusals and in `GET /status/{id}`. */
export type ContractCode = Extract<
  StatusErrorCode,
  | 'authenticator_already_exists'
  | 'authenticator_does_not_exist'
  | 'authenticator_does_not_belong_to_account'
  | 'mismatched_signature_nonce'
  | 'pubkey_id_in_use'
  | 'pubkey_id_out_of_bounds'
  | 'method_not_available'
>

/** What the errors of the contract mean for an operation. The sets and maps hold names of errors. */
export interface ErrorMeanings {
  /** Decodes revert data by the ABI of the contract, e.g. `revertDecoder(abi)`. */
  decode(returnData: Hex): DecodedRevert
  /**
   * The error for a nonce that is not the next nonce of the lane.
   * @returns the next nonce, and the nonce of the operation, from the arguments in decimal
   */
  readonly nonce: {
    readonly name: string
    read(args: readonly string[]): { readonly expected: bigint; readonly actual: bigint }
  }
  /**
   * Errors of an operation whose predecessors in the lane have not run yet, in addition to the error of the nonce. The contract
   * checks them after the signer, so they prove the signer.
   */
  readonly early: ReadonlySet<string>
  /** Errors for a malformed signature, or for a signer without the right to sign. */
  readonly signature: ReadonlySet<string>
  /** Errors for a fee of the contract that the wallet of the gateway cannot pay. */
  readonly unpaid: ReadonlySet<string>
  /** Errors for a function that this version of the contract lacks. */
  readonly unavailable: ReadonlySet<string>
  /** Errors with a code of their own. All others are reported by name, under `bad_request`. */
  readonly codes: ReadonlyMap<string, ContractCode>
}

/** Reads a view of the contract at the newest block: takes calldata, and returns the answer. */
export type ReadContract = (callData: Hex) => Promise<Hex>

/** A GET route that answers from views of the contract. */
export interface ViewDefinition {
  readonly path: `/${string}`
  readonly summary: string
  readonly description: string
  /** The parameters of the query. Each is a string. */
  readonly query: z.ZodObject
  readonly answer: z.ZodType
  /** Makes the function that answers. It may keep answers, and it gets the parsed query. */
  open(read: ReadContract, now: Now): (query: Readonly<Record<string, unknown>>) => Promise<unknown>
}

/** A registry whose users sign the operations `O`. */
export interface RegistryDefinition<O extends Operation> {
  /** Name of the contract with its version, for logs and errors. */
  readonly name: string
  /** The kinds, in the order in which lists show them. */
  readonly kinds: { readonly [K in O['kind']]: KindDefinition<Extract<O, { readonly kind: K }>> }
  readonly routes: readonly RouteDefinition[]
  /** Null if the contract has no such call. */
  readonly fold: FoldDefinition | null
  /** Calldata of the view whose answer is the next nonce of a lane. */
  counter(leaf: string): Hex
  /** The EIP-712 domain that users sign for. */
  domain(chainId: number, registryAddress: Address): Eip712Domain
  readonly errors: ErrorMeanings
  readonly views: readonly ViewDefinition[]
}
