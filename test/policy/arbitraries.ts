/** Random operations for property tests. */
import fc from 'fast-check'
import { PriorityClass, type QueuedOperation } from '../../src/domain/operation.ts'
import { OPERATION_KINDS } from '../../src/registry/worldId/operations.ts'

const priorities: Readonly<Record<string, PriorityClass>> = {
  create_account: PriorityClass.Critical,
  insert_authenticator: PriorityClass.Normal,
  update_authenticator: PriorityClass.Normal,
  remove_authenticator: PriorityClass.Normal,
  recover_account: PriorityClass.High,
}

/** An operation with the given traits. Default: an insert without a lane, received at time 0. */
export function queued(traits: Partial<QueuedOperation> & { readonly sequence: number }): QueuedOperation {
  const kind = traits.kind ?? 'insert_authenticator'
  return {
    id: `op-${traits.sequence}`,
    kind,
    priority: priorities[kind] ?? PriorityClass.Normal,
    lane: null,
    claims: [],
    client: null,
    receivedAt: 0,
    bytes: kind === 'create_account' ? 260 : 388,
    tries: 0,
    ...traits,
  }
}

/**
 * Operations with distinct sequences and distinct lane positions. Times and lanes are few. Therefore equal times and lanes
 * with out-of-order arrival are common.
 */
export function queuedOperations(maxLength: number): fc.Arbitrary<QueuedOperation[]> {
  return fc
    .uniqueArray(
      fc.record({
        kind: fc.constantFrom(...OPERATION_KINDS),
        lane: fc.record({ leaf: fc.constantFrom('1', '2', '10'), nonce: fc.nat(40) }),
        receivedAt: fc.nat(60),
        bytes: fc.integer({ min: 196, max: 3_000 }),
      }),
      { maxLength, selector: ({ lane }) => `${lane.leaf}/${lane.nonce}` },
    )
    .map((traits) =>
      traits.map((each, sequence) =>
        queued({ ...each, sequence, lane: each.kind === 'create_account' ? null : each.lane }),
      ),
    )
}

/** Gas of the kinds inside a multicall, measured on the registry at tree depth 30. */
export const startingGas = {
  create_account: { base: 430_000, each: 106_000, foldBytes: 260 },
  insert_authenticator: { base: 195_000, each: 325_000, foldBytes: null },
  update_authenticator: { base: 185_000, each: 325_000, foldBytes: null },
  remove_authenticator: { base: 150_000, each: 325_000, foldBytes: null },
  recover_account: { base: 205_000, each: 350_000, foldBytes: null },
}
