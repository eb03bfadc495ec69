/** The definition of a kind of operation: one contract function with signature, checks and encodings. */
import type { z } from 'zod'
import type { Operation, PriorityClass } from '../domain/operation.ts'
import type { Address, Gas, Hex } from '../domain/primitives.ts'
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

/**
 * The kind of the operations `O`. Without a type argument it is any kind, as found in the table by an operation's
 * `kind`. The methods accept operations of the kind only.
 */
export interface KindDefinition<O extends Operation = Operation> {
  readonly kind: O['kind']
  /** Path of the POST route. */
  readonly path: `/${string}`
  readonly priority: PriorityClass
  /** Gas of n operations in one batch, `base + n * each`, until the gas of the kind is measured. */
  readonly gasEstimate: { readonly base: Gas; readonly each: Gas }
  /** Reads a request body, in the JSON of the reference API. */
  readonly request: z.ZodType<O>

  /** The message of the first broken field rule, in the order and words of the reference API; null if no rule is broken. */
  validate(operation: O): string | null
  /** The lane and the nonce in it; null for a kind without nonce. */
  lane(operation: O): { readonly leaf: string; readonly nonce: bigint } | null
  /** The addresses registered by the operation, in lower case. */
  claims(operation: O): readonly string[]
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
  /** The log that the contract writes if, and only if, the operation succeeds. */
  successLog(operation: O): LogPattern
}
