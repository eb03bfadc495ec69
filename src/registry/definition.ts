/** What a kind of operation is: everything that the gateway knows of it, in one object. */
import type { z } from 'zod'
import type { Operation, PriorityClass } from '../domain/operation.ts'
import type { Address, Gas, Hex } from '../domain/primitives.ts'
import type { Eip712Domain } from '../evm/eip712Domain.ts'
import type { LogPattern } from '../evm/logPattern.ts'

/**
 * The kind of the operations `O`. Without a type argument it is one of them all, as looked up in the table by an
 * operation's `kind`; its methods are for operations of that kind alone.
 */
export interface KindDefinition<O extends Operation = Operation> {
  readonly kind: O['kind']
  /** Where it is posted to. */
  readonly path: `/${string}`
  readonly priority: PriorityClass
  /** What n of them take in one batch, before they have been measured: `base + n * each`. */
  readonly gasEstimate: { readonly base: Gas; readonly each: Gas }
  /** Reads the body of a request. Its input is the reference's wire form. */
  readonly request: z.ZodType<O>

  /** The first field rule that the operation breaks, in the reference's order and words; null when it keeps them all. */
  validate(operation: O): string | null
  /** Where its nonce counts; null for a kind without nonce. */
  lane(operation: O): { readonly leaf: string; readonly nonce: bigint } | null
  /** The addresses that it newly takes, in lower case. */
  claims(operation: O): readonly string[]
  /** The EIP-712 digest that its signer signed; null for a kind without signature. */
  digest(operation: O, domain: Eip712Domain): Hex | null
  /** Why `signer` may not sign it, as far as the operation itself tells; null when he may. */
  authorise(operation: O, signer: Address): string | null
  callData(operation: O): Hex
  /** The log that the registry writes if, and only if, the operation succeeds. */
  successLog(operation: O): LogPattern
}
