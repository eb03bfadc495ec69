/** Random messages of a gateway: actors start, receive events, change states and end. */
import fc from 'fast-check'
import type { ActorMessage, Fact, Message, Sample, Welcome } from '../../../inspector/src/wire.ts'

export const WELCOME: Welcome = {
  version: 1,
  gateway: { version: '0', chainId: 1, registryAddress: '0x', startedAt: 0 },
  limits: {
    targetBaseFee: 1,
    softCapBaseFee: 2,
    maxBaseFee: 3,
    maxConcurrentBatches: 3,
    confirmations: 1,
    resubmitTimeout: 1,
    maxResubmissions: 1,
    batchWindow: 1,
    maxTransactionGas: 1,
    stallTimeout: 1,
  },
  at: 0,
  actors: [],
  paths: [],
  samples: [],
  blocks: [],
}

const SESSIONS = ['x:0', 'x:1', 'x:2', 'x:3', 'x:4']
const BATCHES = ['aaaaaaaa', 'bbbbbbbb']
const STATES = ['Pending', 'Submitted', 'Resubmitting', 'Finalized']

const session = fc.constantFrom(...SESSIONS)
const batchId = fc.constantFrom(...BATCHES)
const states = fc.constantFrom(...STATES).map((state) => [`pendingBatch.${state}`])

const common = { rootId: 'x:0', _version: '0' }

const birth = fc.record({ session, batchId, states, isMachine: fc.boolean() }).map(
  ({ session: sessionId, batchId: id, states: active, isMachine }): Part<ActorMessage> => ({
    ...common,
    type: '@xstate.actor',
    sessionId,
    name: `slot-${sessionId.slice(2)}`,
    parentId: null,
    definition: '{}',
    machine: isMachine ? 'pendingBatch' : null,
    snapshot: { status: 'active', context: { batchId: id, kept: 1 } },
    states: active,
  }),
)

const event = fc
  .record({
    session,
    source: fc.option(session),
    type: fc.constantFrom('nonce.next', 'tick', 'block.observed'),
  })
  .map(({ session: sessionId, source, type }) => ({
    ...common,
    type: '@xstate.event' as const,
    sessionId,
    sourceId: source,
    event: { type, number: 1 },
  }))

const step = fc
  .record({ session, states, isOver: fc.boolean(), kept: fc.nat(9), isMoved: fc.boolean() })
  .map(({ session: sessionId, states: active, isOver, kept, isMoved }) => ({
    ...common,
    type: '@xstate.snapshot' as const,
    sessionId,
    event: { type: 'nonce.next' },
    snapshot: { status: isOver ? ('done' as const) : ('active' as const), context: { kept } },
    states: active,
    transitions: isMoved ? ['pendingBatch.Pending:nonce.next:0'] : [],
  }))

const fact = fc
  .oneof(
    batchId.map((id): Fact => ({ type: 'batch.reorged', batchId: id, txHash: '0x', at: 1 })),
    fc
      .uuid()
      .map((id): Fact => ({ type: 'operation.failed', id, kind: 'k', reason: 'r', receivedAt: 0, at: 1 })),
    fc.nat(99).map((number): Fact => {
      const block = { number, hash: '0x', baseFee: 1, baseFeeEma: 1, gasUsed: 0, gasLimit: 1, at: number }
      return { type: 'block.observed', ...block }
    }),
  )
  .map((told) => ({ type: 'opsbatcher.fact' as const, fact: told }))

const COUNTERS = {
  accepted: 0,
  refused: 0,
  finalized: 0,
  failed: 0,
  evicted: 0,
  latency: null,
  money: null,
  commits: 0,
  chainCalls: 0,
  chainFailures: 0,
}

export const SAMPLE: Sample = { at: 1, ready: 0, waiting: 0, oldestAge: null, batches: 0, ...COUNTERS }

const sample = fc.nat(9).map((ready) => ({
  type: 'opsbatcher.sample' as const,
  sample: { at: 1, ready, waiting: 0, oldestAge: null, batches: 0, ...COUNTERS },
}))

const traffic = fc.record({ session, source: fc.option(session), count: fc.nat(9) }).map((edge) => ({
  type: 'opsbatcher.traffic' as const,
  edges: [{ sourceId: edge.source, sessionId: edge.session, event: 'nonce.next', count: edge.count }],
}))

/** A message without the fields that depend on the position in the stream. */
type Part<M extends Message> = Omit<M, 'id' | 'createdAt'>

/** In the order of their times. */
export function messages(most: number): fc.Arbitrary<readonly Message[]> {
  return fc
    .array(fc.oneof(birth, event, step, fact, sample, traffic), { maxLength: most, size: 'max' })
    .map((parts) =>
      parts.map((part, index): Message => ({ ...part, id: `m${index}`, createdAt: String(index) })),
    )
}
