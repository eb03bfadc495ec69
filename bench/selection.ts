/** Selects a batch of 1,000 from 1,000,000 ready operations, as at the end of every window. */
import { PriorityClass, type QueuedOperation } from '../src/domain/operation.ts'
import { gasModel } from '../src/policy/gasModel.ts'
import { greedyCreateFirstPolicy } from '../src/policy/orderingPolicy.ts'
import { ReadyQueue } from '../src/policy/readyQueue.ts'
import { selectBatch } from '../src/policy/selectBatch.ts'
import { gasEstimates } from '../src/registry/worldId/kinds.ts'

const READY = 1_000_000
const SELECTED = 1_000
const LANES = 10_000
const RUNS = 25

interface SelectionTimes {
  /** Milliseconds to select one batch: median and minimum of several runs. */
  readonly median: number
  readonly best: number
}

/** Half of the queue is creates. The other half is 50 consecutive nonces in each of 10,000 lanes. A batch gets both. */
export function benchSelection(): SelectionTimes {
  const queue = ReadyQueue.empty(greedyCreateFirstPolicy(10)).add(
    Array.from({ length: READY }, readyOperation),
  )
  const model = gasModel(gasEstimates)
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
  }).sort((a, b) => a - b)
  const [best = Number.NaN] = times
  return { median: times[Math.floor(RUNS / 2)] ?? best, best }
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
