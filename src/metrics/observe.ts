/** Counters and histograms: records the events of the gateway. */
import type { FinalizedBatch } from '../domain/batch.ts'
import { type Cost, totalCost } from '../domain/cost.ts'
import type { GatewayEvent } from '../domain/events.ts'
import type { OperationKind } from '../domain/operation.ts'
import type { DurationMs } from '../domain/primitives.ts'
import type { OpStatus } from '../domain/status.ts'
import type { Instruments } from './instruments.ts'
import { ether, gwei, seconds } from './units.ts'

type EventType = GatewayEvent['type']
type EventOf<T extends EventType> = Extract<GatewayEvent, { type: T }>
type Recorders = { readonly [T in EventType]: (event: EventOf<T>) => void }

/** @returns a listener that records events */
export function eventRecorder(metrics: Instruments): (event: GatewayEvent) => void {
  const recorders = recordersOf(metrics)
  return (event) => {
    // The entry of an event type accepts events of the type. An index by a union type cannot express the relation.
    const record = recorders[event.type] as (event: GatewayEvent) => void
    record(event)
  }
}

function recordersOf(metrics: Instruments): Recorders {
  return {
    'operation.accepted': ({ kind }) => metrics.opsReceived.inc({ type: kind }),
    'operation.refused': ({ kind, code }) => {
      metrics.opsReceived.inc({ type: kind })
      metrics.opsRefused.inc({ type: kind, code })
    },
    'operation.settled': ({ kind, status, cost, receivedAt, at }) => {
      recordStatus(metrics, kind, status, at - receivedAt)
      if (cost !== null) eachPart(cost, (part, eth) => metrics.opCost.inc({ type: kind, part }, eth))
    },
    'operation.revived': () => metrics.opsRevived.inc(),

    'batch.spawned': ({ operations }) => {
      metrics.batchesSpawned.inc()
      metrics.batchSize.observe(operations.length)
    },
    'batch.simulated': ({ duration }) => metrics.simulationDuration.observe(seconds(duration)),
    'batch.submitted': ({ duration, maxFeePerGas }) => {
      if (duration !== null) metrics.submissionDuration.observe(seconds(duration))
      metrics.gasPrice.set(gwei(maxFeePerGas))
    },
    'batch.resubmitted': ({ replaced, reason, purpose }) => {
      metrics.txResubmissions.inc()
      if (replaced) metrics.txReplacements.inc({ reason })
      if (replaced && purpose === 'cancel') metrics.txCancels.inc()
    },
    'transaction.refused': ({ class: kind }) => metrics.refusals.inc({ class: kind }),
    'endpoint.suspected': () => metrics.endpointSuspicions.inc(),
    'broadcast.contradicted': ({ class: kind }) => metrics.broadcastContradictions.inc({ class: kind }),
    'batch.included': ({ duration, blocksWaited }) => {
      metrics.inclusionDuration.observe(seconds(duration))
      metrics.inclusionBlocks.observe(blocksWaited)
    },
    'batch.reorged': () => metrics.batchesReorged.inc(),
    'batch.revived': () => metrics.batchesRevived.inc(),
    'batch.levelReached': ({ level }) => metrics.levelsReached.inc({ level }),
    'batch.levelsLost': ({ levels }) => {
      for (const level of levels) metrics.levelsLost.inc({ level })
    },
    'batch.preconfirmationFailed': () => metrics.preconfirmationsFailed.inc(),
    'batch.displaced': () => metrics.foreignTransactions.inc(),
    'batch.finalized': ({ batch }) => {
      recordFinalized(metrics, batch)
      recordCost(metrics, batch)
    },
    'batch.failed': ({ batch }) => {
      metrics.batchesFailed.inc()
      recordCost(metrics, batch)
    },

    'chain.reorged': () => metrics.reorgs.inc(),
    'chain.stalled': () => metrics.chainStalls.inc(),
    'wallet.foreignTransactions': ({ nonces }) => metrics.foreignTransactions.inc(nonces),
    'wallet.healing': () => metrics.noncesHealed.inc(),
    'departure.judged': ({ isMissed, lead }) => {
      metrics.departures.inc({ outcome: isMissed ? 'missed' : 'made' })
      metrics.departureLead.set(seconds(lead))
    },
    'batcher.throttled': ({ reason }) => metrics.throttled.inc({ reason }),
    'store.committed': ({ writes, duration }) => {
      metrics.storeCommitWrites.observe(writes)
      metrics.storeCommitDuration.observe(seconds(duration))
    },
    'seat.lost': () => metrics.seatLosses.inc(),
    'seat.failing': () => metrics.seatFailures.inc(),
    'store.failing': () => metrics.storeFailures.inc(),
    'store.readFailed': () => metrics.storeReadFailures.inc(),
    'failure.persisted': ({ actor, effect }) => metrics.persistentFailures.inc({ actor, effect }),
    'transition.ignored': () => metrics.transitionsIgnored.inc(),
    'actor.crashed': ({ actor }) => metrics.actorRestarts.inc({ actor }),
    'rpc.called': ({ method, endpoint, outcome, duration }) =>
      metrics.rpcDuration.observe({ method, endpoint: hostOf(endpoint), outcome }, seconds(duration)),

    // Gauges cover the facts of these events.
    'block.observed': ignore,
    'chain.followed': ignore,
    'clock.stepped': ignore,
    'registry.checkFailed': () => metrics.registryCheckFailures.inc(),
    'registry.versionChanged': ignore,
    'seat.taken': ignore,
    'seat.observed': ignore,
    'start.delayed': ignore,
    'endpoint.changed': ignore,
    'failure.ended': ignore,
    'wallet.observed': ignore,
    'wallet.low': ignore,
    'wallet.stopped': ignore,
  }
}

/** Records a status of an operation: any number of evictions, then one verdict. */
function recordStatus(metrics: Instruments, type: OperationKind, status: OpStatus, age: DurationMs): void {
  switch (status.type) {
    case 'Finalized':
      metrics.opsFinalized.inc()
      metrics.opLatency.observe({ type }, seconds(age))
      metrics.opGasUsed.observe({ type }, status.gasUsed)
      break
    case 'Failed':
      metrics.opsFailed.inc({ reason: status.reason.type })
      break
    case 'Evicted':
      metrics.opsEvicted.inc({ reason: status.reason })
      break
  }
}

/** A batch without a transaction (no operation was left after the simulation) has no gas, attempts or duration. */
function recordFinalized(metrics: Instruments, { txHash, gasUsed, timing }: FinalizedBatch): void {
  if (txHash === null) return
  metrics.batchesFinalized.inc()
  metrics.txGasUsed.observe(gasUsed)
  metrics.txAttempts.observe(1 + timing.resubmissionCount)
  metrics.batchDuration.observe(seconds(timing.totalDuration))
  if (timing.submittedAt !== null) {
    metrics.confirmationDuration.observe(seconds(timing.finalizedAt - timing.submittedAt))
  }
}

/** Records the cost of the included transaction: of the batch, or a cancel. */
function recordCost(metrics: Instruments, { cost }: FinalizedBatch): void {
  if (cost === undefined) return
  eachPart(cost, (part, eth) => metrics.txFees.inc({ part }, eth))
  const isOverhead = Object.keys(cost.shares).length === 0
  if (isOverhead) metrics.overheadFees.inc(ether(totalCost(cost)))
}

function eachPart(
  { gasFee, l1Fee, operatorFee }: Cost,
  record: (part: 'gas' | 'l1' | 'operator', eth: number) => void,
): void {
  record('gas', ether(gasFee))
  if (l1Fee !== null) record('l1', ether(l1Fee))
  if (operatorFee !== null) record('operator', ether(operatorFee))
}

/** The URL of an endpoint may contain a key or a password. A metric shows only the host. */
function hostOf(endpoint: string): string {
  return URL.canParse(endpoint) ? new URL(endpoint).host : endpoint
}

function ignore(): void {}
