/** Results of a broadcast. */
import type { Refusal, RefusalClass } from '../../../src/domain/refusal.ts'
import type { BroadcastResult } from '../../../src/machines/pendingBatch/context.ts'

export const accepted: BroadcastResult = { type: 'accepted', refusals: [] }

/** The only endpoint refuses. */
export function refused(kind: RefusalClass, fields: Partial<Refusal> = {}): BroadcastResult {
  const words = `refused as ${kind}`
  const refusal: Refusal = { class: kind, words, code: -32000, endpoint: 'node', limit: null, ...fields }
  return { type: 'refused', refusal, refusals: [refusal] }
}

export const underpriced = refused('underpriced')
export const nonceTooLow = refused('nonceTooLow')
