/** The queue and its batches over any sequence of arrivals and removals, compared with sorted arrays. */
import fc from 'fast-check'
import { describe, it } from 'vitest'
import type { QueuedOperation } from '../../src/domain/operation.ts'
import { fifoPolicy, greedyCreateFirstPolicy, type OrderingPolicy } from '../../src/policy/orderingPolicy.ts'
import { ReadyQueue } from '../../src/policy/readyQueue.ts'
import { selectBatch } from '../../src/policy/selectBatch.ts'
import { OPERATION_KINDS } from '../../src/registry/worldId/operations.ts'
import { agree, pick, playSequences } from '../support/sequences.ts'
import { queued } from './arbitraries.ts'
import { model, naiveSelection, nonceOf, sameLane } from './naiveSelection.ts'

const AGEING = 20

/** Maximum queue length, below the number of misses after which `selectBatch` stops. */
const MOST_QUEUED = 60

const LEAVES = ['1', '2', '10']

const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('arrive' as const),
      kind: fc.constantFrom(...OPERATION_KINDS),
      leaf: fc.option(fc.constantFrom(...LEAVES)),
      nonce: fc.nat(20),
      passed: fc.nat(15),
      bytes: fc.integer({ min: 196, max: 3_000 }),
    }),
  },
  fc.record({ type: fc.constantFrom('withdraw', 'comeBack', 'end'), which: fc.nat() }),
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('take' as const),
      maxOps: fc.nat(12),
      targetGas: fc.integer({ min: 100_000, max: 5_000_000 }),
      maxBytes: fc.integer({ min: 100, max: 20_000 }),
    }),
  },
)
type Command = typeof command extends fc.Arbitrary<infer C> ? C : never

/** Sorts by the least important key first. Each further stable sort keeps the order of equal operations. */
function inOrder(operations: readonly QueuedOperation[], isGreedy: boolean): readonly QueuedOperation[] {
  const byAge = operations
    .toSorted((a, b) => a.sequence - b.sequence)
    .sort((a, b) => a.receivedAt - b.receivedAt)
  if (!isGreedy) return byAge
  const startOf = ({ receivedAt, priority }: QueuedOperation) => receivedAt - priority * AGEING
  return byAge.sort((a, b) => b.priority - a.priority).sort((a, b) => startOf(a) - startOf(b))
}

const idsOf = (operations: Iterable<QueuedOperation>) => [...operations].map(({ id }) => id)

const known = (operation: QueuedOperation | undefined) => operation ?? []

/** The queue under test, and the expected arrays. */
class World {
  #queue: ReadyQueue
  readonly #isGreedy: boolean
  #waiting: readonly QueuedOperation[] = []
  #inFlight: readonly QueuedOperation[] = []
  #now = 0
  #count = 0

  constructor(policy: OrderingPolicy) {
    this.#isGreedy = policy.name !== 'fifo'
    this.#queue = ReadyQueue.empty(policy)
  }

  take(each: Command): void {
    if (each.type === 'arrive') this.#arrive(each)
    else if (each.type === 'take') this.#takeBatch(each)
    else if (each.type === 'withdraw') this.#remove([pick(this.#waiting, each.which)].flatMap(known))
    else this.#leave(each)
  }

  check(): void {
    const expected = inOrder(this.#waiting, this.#isGreedy)
    agree(idsOf(this.#queue), idsOf(expected))
    agree(this.#queue.size, expected.length)
    const times = this.#waiting.map(({ receivedAt }) => receivedAt).toSorted((a, b) => a - b)
    agree(this.#queue.oldestReceivedAt, times[0] ?? null)
    for (const operation of expected.slice(0, 3)) {
      const earlier = expected.filter(
        (other) => sameLane(other, operation) && nonceOf(other) < nonceOf(operation),
      )
      const last = earlier.toSorted((a, b) => nonceOf(a) - nonceOf(b)).at(-1)
      agree(this.#queue.earlierInLane(operation), last ?? null)
    }
  }

  #arrive({ kind, leaf, nonce, passed, bytes }: Extract<Command, { type: 'arrive' }>): void {
    this.#now += passed
    const lane = leaf === null || kind === 'create_account' ? null : { leaf, nonce }
    const operation = queued({ sequence: this.#count, kind, lane, bytes, receivedAt: this.#now })
    const isTaken = [...this.#waiting, ...this.#inFlight].some(
      (other) => sameLane(other, operation) && nonceOf(other) === nonce,
    )
    if (isTaken || this.#waiting.length >= MOST_QUEUED) return
    this.#count += 1
    this.#add(operation)
  }

  /** An operation in flight returns to the queue, or is settled. */
  #leave({ type, which }: Extract<Command, { which: number }>): void {
    const left = [pick(this.#inFlight, which)].flatMap(known)
    this.#inFlight = this.#inFlight.filter((other) => !left.includes(other))
    if (type === 'comeBack') for (const operation of left) this.#add(operation)
  }

  /** A lane in flight waits until the batch is settled. */
  #takeBatch({ maxOps, targetGas, maxBytes }: Extract<Command, { type: 'take' }>): void {
    const busyLanes = new Set(this.#inFlight.flatMap(({ lane }) => lane?.leaf ?? []))
    const limits = { maxOps, targetGas, maxBytes }
    const context = {
      ...{ currentBaseFee: 1, busyLanes, isIsolating: false, batchNumber: 0 },
    }
    const taken = selectBatch(this.#queue, context, limits, model)
    const isFree = ({ lane }: QueuedOperation) => lane === null || !busyLanes.has(lane.leaf)
    const expected = naiveSelection(inOrder(this.#waiting, this.#isGreedy), limits, isFree)
    agree(idsOf(taken), idsOf(expected))
    this.#remove(expected)
    this.#inFlight = [...this.#inFlight, ...expected]
  }

  #add(operation: QueuedOperation): void {
    this.#waiting = [...this.#waiting, operation]
    // Adding twice changes nothing.
    this.#queue = this.#queue.add([operation, operation]).add([operation])
  }

  #remove(operations: readonly QueuedOperation[]): void {
    this.#waiting = this.#waiting.filter((other) => !operations.includes(other))
    this.#queue = this.#queue.remove(operations).remove(operations)
  }
}

describe.each([fifoPolicy, greedyCreateFirstPolicy(AGEING)])(
  'ReadyQueue and selectBatch by $name over any sequence of commands',
  (policy) => {
    it('have the order of a sorted array, and select the same operations as a full scan', () => {
      playSequences(command, (commands) => {
        const world = new World(policy)
        for (const each of commands) {
          world.take(each)
          world.check()
        }
      })
    })
  },
)
