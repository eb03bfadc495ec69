/** Search for operations, batches and accounts. */
import { batchRuns, contextOf, lanesOf } from './batches.ts'
import type { World } from './world.ts'

export interface Found {
  readonly kind: 'batch' | 'operation' | 'lane'
  /** Route of the page with the result. */
  readonly route: readonly string[]
  readonly title: string
  readonly detail: string
}

/** Maximum number of results. */
const MAX = 50
/** Minimum length of the start of an id. */
const MIN_ID_LENGTH = 4

/**
 * Searches the world.
 * @param text the start of an operation id (with or without `gw_`), of a batch id or of a transaction hash, a leaf index, or a
 *   block number
 */
export function find(world: World, text: string): readonly Found[] {
  const query = normalized(text)
  if (query === '') return []
  const isNumber = /^\d+$/.test(query)
  const isId = query.length >= MIN_ID_LENGTH && /^(0x)?[0-9a-f-]+$/.test(query)
  return [...(isId ? findIds(world, query) : []), ...(isNumber ? findNumbers(world, query) : [])].slice(
    0,
    MAX,
  )
}

export const normalized = (text: string): string => text.trim().toLowerCase().replace(/^gw_/, '')

/** True for a complete id. Only complete ids can be requested from the gateway. */
export const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)

function findIds(world: World, query: string): readonly Found[] {
  const found = new Map<string, Found>()
  for (const run of batchRuns(world)) {
    const { batchId = '', attempts = [], inclusion, operations = [], kept = 0 } = contextOf(run)
    const hashes = [...attempts.map(({ hash }) => hash), inclusion?.txHash ?? '']
    const hash = hashes.find((each) => each.startsWith(query))
    if (batchId.startsWith(query) || hash !== undefined) {
      const detail = hash === undefined ? `${kept} operations` : `sent as ${hash}`
      found.set(batchId, { kind: 'batch', route: ['batch', batchId], title: batchId, detail })
    }
    for (const { id, kind } of operations) {
      if (id.startsWith(query)) found.set(id, operation(id, kind))
    }
  }
  for (const [id, { kind }] of world.failures) if (id.startsWith(query)) found.set(id, operation(id, kind))
  return [...found.values()]
}

function findNumbers(world: World, query: string): readonly Found[] {
  const found = new Map<string, Found>()
  const gap = lanesOf(world).gaps.find(({ leaf }) => leaf === query)
  if (gap !== undefined) {
    const detail = `waits for nonce ${gap.missing}`
    found.set('lane', { kind: 'lane', route: ['lanes', query], title: `Account ${query}`, detail })
  }
  for (const run of batchRuns(world)) {
    const { batchId = '', inclusion, operations = [] } = contextOf(run)
    if (String(inclusion?.blockNumber) === query) {
      const detail = `included in block ${query}`
      found.set(batchId, { kind: 'batch', route: ['batch', batchId], title: batchId, detail })
    }
    for (const { id, kind, lane } of operations) {
      const [leaf, nonce] = lane?.split(':') ?? []
      if (leaf === query) found.set(id, operation(id, `${kind}, account ${leaf}, nonce ${nonce}`))
    }
  }
  return [...found.values()]
}

function operation(id: string, detail: string): Found {
  return { kind: 'operation', route: ['operation', id], title: id, detail }
}
