/** Where a batch was included and when that was seen, in one column: they come and go together. */
import type { BatchRecord, Inclusion } from '../../domain/batch.ts'
import type { Millis } from '../../domain/primitives.ts'

/** What the column holds. `at` came later. */
type Stored = Inclusion & { readonly at?: Millis }

export function encodeInclusion(inclusion: Inclusion, at: Millis): string {
  return JSON.stringify({ ...inclusion, at } satisfies Stored)
}

export function decodeInclusion(json: string | null): Pick<BatchRecord, 'inclusion' | 'includedAt'> {
  if (json === null) return { inclusion: null, includedAt: null }
  const { at, ...inclusion }: Stored = JSON.parse(json)
  return { inclusion, includedAt: at ?? null }
}
