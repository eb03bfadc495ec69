/** The pendingBatch machine. The test answers all effects. */
import type { TransactionAttempt } from '../../../src/domain/batch.ts'
import type { Hash } from '../../../src/domain/primitives.ts'
import type {
  BroadcastResult,
  InclusionReport,
  OutcomeInput,
  OutcomeReport,
  SignedBatch,
  SimulationInput,
  SimulationReport,
} from '../../../src/machines/pendingBatch/context.ts'
import { pendingBatchMachine } from '../../../src/machines/pendingBatch/pendingBatch.ts'
import { Deferred } from './deferred.ts'

interface CheckInput {
  readonly hashes: readonly Hash[]
  readonly nonce: number
  readonly settledBlock: number
}

export function batchEffects(world: { settle(): Promise<void> }) {
  const loading = new Deferred<SignedBatch, { readonly batchId: string }>(world)
  const simulation = new Deferred<SimulationReport, SimulationInput>(world)
  const broadcast = new Deferred<BroadcastResult, { readonly attempt: TransactionAttempt }>(world)
  const look = new Deferred<InclusionReport, CheckInput>(world)
  const outcome = new Deferred<OutcomeReport, OutcomeInput>(world)
  const machine = pendingBatchMachine.provide({
    actors: {
      loadBatch: loading.logic,
      simulateBatch: simulation.logic,
      broadcast: broadcast.logic,
      readInclusion: look.logic,
      readOutcome: outcome.logic,
    },
  })
  return { machine, loading, simulation, broadcast, look, outcome }
}
