import type { Wei } from '../domain/primitives.ts'

/** What a database holds, for `opsbatcher doctor`. */
export interface StoreReport {
  readonly version: number
  /** The schema version that this program knows. */
  readonly knownVersion: number
  /** Registry, chain and genesis as `identityText` writes them; null before the first start. */
  readonly boundTo: string | null
  /** Number of operations without a verdict. */
  readonly unsettled: number
  /** Sum of the costs settled since a time; null if the database is older than the program. */
  readonly spent: Wei | null
}
