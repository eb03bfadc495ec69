/** An opsBatcher with real batches. The test answers all effects. */
import { createActor } from 'xstate'
import type { ChainState } from '../../../src/domain/chain.ts'
import type { OpsBatcherConfig } from '../../../src/domain/config.ts'
import type { QueuedOperation } from '../../../src/domain/operation.ts'
import type { ResumableBatch, SettledWork } from '../../../src/domain/recovery.ts'
import type { OpStatus } from '../../../src/domain/status.ts'
import { opsBatcherMachine } from '../../../src/machines/opsBatcher/opsBatcher.ts'
import type { MeasuredGas } from '../../../src/machines/pendingBatch/context.ts'
import { ACTORS } from '../../../src/machines/protocol.ts'
import { batchEffects } from './batchEffects.ts'
import { address, batching, block, chainState, gas, transactions } from './samples.ts'
import { Stage } from './stage.ts'

type BatchMachine = ReturnType<typeof batchEffects>['machine']

/** @param actions replacements for actions of the batches */
export function setting(
  resumable: readonly ResumableBatch[] = [],
  actions: Parameters<BatchMachine['provide']>[0]['actions'] = {},
  { batches: ended = [], operations: judged = [] }: Partial<SettledWork> = {},
  config: OpsBatcherConfig = batching,
) {
  const stage = new Stage(ACTORS.opsBatcher)
  const effects = batchEffects(stage)
  const pendingBatch = effects.machine.provide({ actions })
  let count = 0
  const newId = () => {
    count += 1
    return `batch-${count}`
  }
  const batcher = createActor(opsBatcherMachine.provide({ actors: { pendingBatch } }), {
    parent: stage.parent,
    systemId: ACTORS.opsBatcher,
    input: {
      ...{ batching: config, transactions, target: address('2'), gas, resumable, newId },
      settled: { batches: ended, operations: judged },
      now: stage.now,
    },
  }).start()

  const context = () => batcher.getSnapshot().context
  const child = (slot: number) => batcher.getSnapshot().children[`slot-${slot}`]
  const tick = () => batcher.send({ type: 'tick', at: stage.now() })
  /** An operation becomes ready, and the batch window closes. */
  const send = (...operations: QueuedOperation[]) => {
    batcher.send({ type: 'operations.ready', operations })
    return stage.advance(batching.batchWindow)
  }
  const place = (batchId: string, isIncluded: boolean) =>
    batcher.send({
      type: 'batch.inclusionChanged',
      batchId,
      isIncluded,
      blockNumber: isIncluded ? (context().chain?.blockNumber ?? 1) : null,
    })
  /** Simulation drops all operations of the batch in a slot, which settles the batch. */
  const end = (slot: number, measured: readonly MeasuredGas[] = [], status: OpStatus = FAILED) => {
    const operations = context().slots[slot]?.operations ?? []
    const statuses = Object.fromEntries(operations.map(({ id }) => [id, status]))
    const report = { plan: null, statuses, evidenceBlock: {}, measured, extraReserve: 0, at: stage.now() }
    return effects.simulation.resolve(report, (input) => input.operations === operations)
  }
  /** The operations of all started batches, in order. */
  const batches = () => stage.emittedOf('batch.spawned').map(({ operations }) => operations)
  const state = () => batcher.getSnapshot().value
  const throttled = () => context().throttled
  return {
    ...{ stage, batcher, effects, context, child, state, throttled },
    ...{ tick, send, place, end, batches },
  }
}

/** A batcher that may send. */
export function ready(chain: ChainState = chainState(), config: OpsBatcherConfig = batching) {
  const all = setting([], {}, {}, config)
  all.batcher.send({ type: 'chain.followed' })
  all.batcher.send({ type: 'block.observed', head: block(1), chain })
  all.batcher.send({ type: 'wallet.available' })
  return all
}

export const FAILED: OpStatus = { type: 'Failed', reason: { type: 'InvalidSignature' }, txHash: null }
