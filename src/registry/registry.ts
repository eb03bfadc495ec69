/** The registry as the gateway uses it: made from a definition, and deployed at an address. */
import type { Operation, OperationKind } from '../domain/operation.ts'
import type { Address } from '../domain/primitives.ts'
import type { GasEstimate, KindDefinition, RegistryDefinition } from './definition.ts'
import { createFailures, type Failures } from './failures.ts'

/** Cost of a kind until it is measured. */
export interface KindCost extends GasEstimate {
  /** Size of the calldata of a fold without operations, in bytes; null for a kind that is not folded. */
  readonly foldBytes: number | null
}

export interface Registry<O extends Operation = Operation>
  extends Omit<RegistryDefinition<O>, 'kinds' | 'errors'>,
    Failures {
  /** The kinds, in the order of the definition. */
  readonly kinds: readonly KindDefinition[]
  readonly costs: Readonly<Record<OperationKind, KindCost>>
  /** Null for a kind that the registry does not have. */
  findKind(kind: OperationKind): KindDefinition | null
  /** @throws RangeError for a kind that the registry does not have */
  kindOf(operation: Operation): KindDefinition
}

/** A registry at its address. */
export interface DeployedRegistry extends Registry {
  readonly address: Address
}

/**
 * Makes a registry.
 * @throws TypeError if two kinds have one path, an entry has the name of another kind, or the folded kind has a lane's nonce
 */
export function defineRegistry<O extends Operation>(definition: RegistryDefinition<O>): Registry<O> {
  const { fold, errors } = definition
  const table = new Map<string, KindDefinition>(Object.entries<KindDefinition>(definition.kinds))
  const kinds = [...table.values()]
  check(definition.name, table, fold?.kind ?? null)
  const findKind = (kind: OperationKind) => table.get(kind) ?? null
  return {
    ...definition,
    ...createFailures(errors),
    kinds,
    costs: Object.fromEntries(
      kinds.map(({ kind, gasEstimate }) => [
        kind,
        { ...gasEstimate, foldBytes: fold?.kind === kind ? fold.emptyBytes : null },
      ]),
    ),
    findKind,
    kindOf({ kind }) {
      const found = findKind(kind)
      if (found !== null) return found
      throw new RangeError(
        `${definition.name} has no kind of operation "${kind}". Its kinds are ${[...table.keys()].join(', ')}.`,
      )
    },
  }
}

function check(name: string, table: ReadonlyMap<string, KindDefinition>, folded: string | null): void {
  const paths = new Set<string>()
  for (const [key, { kind, path }] of table) {
    if (key !== kind) throw new TypeError(`${name}: the entry "${key}" holds the kind "${kind}"`)
    if (paths.has(path)) throw new TypeError(`${name}: two kinds have the path ${path}`)
    paths.add(path)
  }
  if (folded !== null && !table.has(folded))
    throw new TypeError(`${name}: there is no kind "${folded}" to fold`)
}
