/** The log of a gateway: what an operator wants to read of the events. */
import type { GatewayEvent } from '../domain/events.ts'
import type { EventHub } from './events.ts'

type Write = (fields: object, message: string) => void

/** What the gateway needs of a logger; pino's fits. */
export interface GatewayLogger {
  readonly debug: Write
  readonly info: Write
  readonly warn: Write
  readonly error: Write
}

export function logEvents(logger: GatewayLogger, hub: EventHub): void {
  hub.on((event) => {
    const line = lineOf(event)
    if (line !== null) logger[line.level](line.fields, line.message)
  })
}

interface Line {
  readonly level: keyof GatewayLogger
  readonly fields: object
  readonly message: string
}

function line(level: Line['level'], message: string, fields: object = {}): Line {
  return { level, fields, message }
}

/** What an event is worth in the log; null for nothing. */
function lineOf(event: GatewayEvent): Line | null {
  switch (event.type) {
    case 'batch.spawned': {
      const { batchId: batch, operations, gasBudget } = event
      return line('info', 'batch started', { batch, operations: operations.length, gasBudget })
    }
    case 'batch.simulated': {
      const { batchId: batch, kept, failed, evicted } = event
      return line(failed + evicted > 0 ? 'info' : 'debug', 'batch simulated', {
        batch,
        kept,
        failed,
        evicted,
      })
    }
    case 'batch.submitted':
      return line('info', 'batch submitted', { batch: event.batchId, tx: event.txHash, nonce: event.nonce })
    case 'batch.resubmitted': {
      const { batchId: batch, txHash: tx, reason, replaced, purpose } = event
      return line('warn', 'batch sent again', { batch, tx, reason, replaced, purpose })
    }
    case 'batch.included':
      return line('debug', 'batch included', {
        batch: event.batchId,
        tx: event.txHash,
        block: event.blockNumber,
      })
    case 'batch.reorged':
      return line('warn', 'the block of a batch was orphaned', { batch: event.batchId, tx: event.txHash })
    case 'batch.revived':
      return line('error', 'the block of a batch that had ended was orphaned: the batch is taken up again', {
        batch: event.batchId,
        operations: event.operations,
        block: event.blockNumber,
      })
    case 'batch.displaced':
      return line('error', "somebody else uses the wallet's key: a batch has lost its nonce", {
        batch: event.batchId,
        nonce: event.nonce,
        tx: event.txHash,
      })
    case 'wallet.low':
      return line('warn', "the wallet's balance is too low: nothing is sent until it is funded", {
        wallet: event.address,
        balanceWei: event.balance,
        minimumWei: event.minBalance,
      })
    case 'wallet.foreignTransactions':
      return line('error', "somebody else uses the wallet's key: its nonce is ahead of what was sent", {
        transactions: event.nonces,
        nextNonce: event.nextNonce,
      })
    case 'wallet.healing':
      return line('warn', 'a nonce without a transaction is filled with a self-transfer', {
        batch: event.batchId,
        nonce: event.nonce,
      })
    case 'batch.finalized': {
      const { batchId: batch, blockNumber: block, gasUsed, statuses, timing } = event.batch
      const finalized = Object.values(statuses).filter(({ type }) => type === 'Finalized').length
      return line('info', 'batch finalized', { batch, block, finalized, gasUsed, ms: timing.totalDuration })
    }
    case 'batch.failed':
      return line('error', 'batch failed', { batch: event.batch.batchId, failure: event.batch.failure })
    case 'operation.settled': {
      const { id: operation, kind, status } = event
      return status.type === 'Failed'
        ? line('info', 'operation failed', { operation, kind, reason: status.reason })
        : null
    }
    case 'operation.revived':
      return line(
        'error',
        'the end of an operation stood on a block that a reorg may have taken: it is queued again',
        {
          operation: event.id,
          block: event.blockNumber,
        },
      )
    case 'operation.refused':
      return line('debug', 'operation refused', { kind: event.kind, code: event.code })
    case 'chain.stalled':
      return line('warn', 'the chain stalled', { reason: event.message })
    case 'chain.followed':
      return line('info', 'following the chain')
    case 'chain.reorged':
      return line('warn', 'the chain reorganised', {
        depth: event.depth,
        orphanedFrom: event.orphanedFrom,
        block: event.blockNumber,
      })
    case 'endpoint.changed':
      return endpointLine(event)
    case 'batcher.throttled':
      return line('debug', 'not sending', { reason: event.reason })
    case 'actor.crashed': {
      const { actor, message, stack, restarts } = event
      return line('error', 'an actor died, and is started again', { actor, reason: message, restarts, stack })
    }
    case 'transition.ignored': {
      const { id: operation, batchId: batch, from, to } = event
      return line('warn', 'store transition ignored', { operation, batch, from, to })
    }
    case 'store.failing':
      return line('error', 'the store does not take writes', { reason: event.message })
    default:
      return null
  }
}

type EndpointChanged = Extract<GatewayEvent, { type: 'endpoint.changed' }>

function endpointLine({ endpoint, state, message: reason }: EndpointChanged): Line {
  if (state === 'Up') return line('info', 'an endpoint of the chain is well', { endpoint })
  if (state === 'Foreign')
    return line('error', 'an endpoint is of another chain: it is not used', { endpoint, reason })
  return line('warn', 'an endpoint of the chain is not asked', { endpoint, state, reason })
}
