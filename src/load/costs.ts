/** What the settled operations of a run have cost, from the views of the gateway. */

import type { Wei } from '../domain/primitives.ts'
import type { WorldIdKind } from '../registry/worldId/operations.ts'
import type { GatewayClient } from './client.ts'

/** A settled operation of the run. */
export interface SettledOperation {
  readonly id: string
  readonly kind: WorldIdKind
}

interface KindCost {
  readonly operations: number
  readonly total: Wei
}

export interface CostReport {
  /** Sum of the shares of all operations, each in the transaction that settled the operation. */
  readonly total: Wei
  /** Only kinds with an operation that a transaction carried. */
  readonly byKind: Readonly<Partial<Record<WorldIdKind, KindCost>>>
}

/**
 * Reads the costs batch by batch: an answer about one operation brings the costs of all operations of its batch.
 * @returns null if the gateway does not show the costs, for example without the operator token
 */
export async function readCosts(
  client: Pick<GatewayClient, 'costsWith'>,
  settled: readonly SettledOperation[],
): Promise<CostReport | null> {
  const costs = new Map<string, Wei | null>()
  for (const { id } of settled) {
    if (costs.has(id)) continue
    const found = await client.costsWith(id)
    if (found === null) return null
    for (const [other, cost] of found) costs.set(other, cost)
  }
  return sumUp(settled.flatMap(({ id, kind }) => ({ kind, cost: costs.get(id) ?? null })))
}

function sumUp(operations: readonly { readonly kind: WorldIdKind; readonly cost: Wei | null }[]): CostReport {
  const byKind: Partial<Record<WorldIdKind, KindCost>> = {}
  let total = 0n
  for (const { kind, cost } of operations) {
    if (cost === null) continue
    const known = byKind[kind] ?? { operations: 0, total: '0' }
    byKind[kind] = {
      operations: known.operations + 1,
      total: String(BigInt(known.total) + BigInt(cost)),
    }
    total += BigInt(cost)
  }
  return { total: String(total), byKind }
}
