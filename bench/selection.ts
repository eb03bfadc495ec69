/** Part `selection`: selects a batch of 500 from a queue, as at the end of every window. The time must not depend on the queue. */
import { PriorityClass, type QueuedOperation } from '../src/domain/operation.ts'
import { gasModel } from '../src/policy/gasModel.ts'
import { greedyCreateFirstPolicy } from '../src/policy/orderingPolicy.ts'
import { ReadyQueue } from '../src/policy/readyQueue.ts'
import { selectBatch } from '../src/policy/selectBatch.ts'
import { worldIdV1 } from '../src/registry/worldId/worldId.ts'
import { percentile } from './percentile.ts'
import type { Part } from './row.ts'

const READY = [1_000, 100_000, 1_000_000]
const SELECTED = 500
const LANES = 10_000
const RUNS = 25

export const selection: Part = {
  name: 'selection',
  rows: READY.map(rowName),
  async measure({ isQuick }) {
    const sizes = isQuick ? READY.slice(0, -1) : READY
    return sizes.map((ready) => {
      const { median, best } = timeSelection(ready)
      return { name: rowName(ready), value: median, beside: `best ${best.toFixed(2)} ms` }
    })
  },
}

function rowName(ready: number): string {
  return `plan_ms_${ready}`
}

interface SelectionTimes {
  /** Milliseconds to select one batch: median and minimum of several runs. */
  readonly median: number
  readonly best: number
}

/** Half of the queue is creates. The other half is consecutive nonces in up to 10,000 lanes. A batch gets both. */
function timeSelection(ready: number): SelectionTimes {
  const queue = ReadyQueue.empty(greedyCreateFirstPolicy(10)).add(
    Array.from({ length: ready }, readyOperation),
  )
  const model = gasModel(worldIdV1.costs)
  const limits = { maxOps: SELECTED, targetGas: Number.MAX_SAFE_INTEGER, maxBytes: Number.MAX_SAFE_INTEGER }
  const context = {
    currentBaseFee: 0,
    busyLanes: new Set<string>(),
    isIsolating: false,
    batchNumber: 0,
  }

  const times = Array.from({ length: RUNS }, () => {
    const start = performance.now()
    const selected = selectBatch(queue, context, limits, model)
    const time = performance.now() - start
    if (selected.length !== SELECTED)
      throw new Error(`selected ${selected.length} operations, not ${SELECTED}`)
    return time
  })
  return { median: percentile(times, 0.5), best: Math.min(...times) }
}

/** Ten operations per millisecond, for 100 seconds. */
function readyOperation(_: unknown, sequence: number): QueuedOperation {
  const isCreate = sequence % 2 === 0
  const nth = Math.floor(sequence / 2)
  return {
    id: String(sequence),
    kind: isCreate ? 'create_account' : 'insert_authenticator',
    priority: isCreate ? PriorityClass.Critical : PriorityClass.Normal,
    lane: isCreate ? null : { leaf: String(nth % LANES), nonce: Math.floor(nth / LANES) },
    claims: [],
    client: null,
    receivedAt: Math.floor(sequence / 10),
    sequence,
    bytes: isCreate ? 260 : 388,
    tries: 0,
  }
}
