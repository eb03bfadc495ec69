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
  /** Path of a kind's preferred route. @throws RangeError for a kind without a route */
  pathOf(kind: OperationKind): `/${string}`
}

/** A registry at its address. */
export interface DeployedRegistry extends Registry {
  readonly address: Address
}

/**
 * Makes a registry.
 * @throws TypeError if two routes have one path, or a route, an entry or the fold names a kind that is not there
 */
export function defineRegistry<O extends Operation>(definition: RegistryDefinition<O>): Registry<O> {
  const { fold, errors } = definition
  const table = new Map<string, KindDefinition>(Object.entries<KindDefinition>(definition.kinds))
  const kinds = [...table.values()]
  check(definition, table)
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
    pathOf(kind) {
      const own = definition.routes.filter((route) => route.kind === kind && route.unavailable === undefined)
      const preferred = own.find(({ deprecation }) => deprecation === undefined) ?? own[0]
      if (preferred === undefined) throw new RangeError(`${definition.name} has no route for "${kind}"`)
      return preferred.path
    },
  }
}

function check<O extends Operation>(
  { name, routes, fold }: RegistryDefinition<O>,
  table: ReadonlyMap<string, KindDefinition>,
): void {
  const missing = (kind: string, what: string) => new TypeError(`${name}: ${what} names no kind: "${kind}"`)
  for (const [key, { kind }] of table) if (key !== kind) throw missing(kind, `the entry "${key}"`)
  const paths = new Set<string>()
  for (const { path, kind } of routes) {
    if (!table.has(kind)) throw missing(kind, `the route ${path}`)
    if (paths.has(path)) throw new TypeError(`${name}: two routes have the path ${path}`)
    paths.add(path)
  }
  if (fold !== null && !table.has(fold.kind)) throw missing(fold.kind, 'the fold')
}
