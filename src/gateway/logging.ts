/** The log of a gateway: a line per event of interest to an operator. */
import type { GatewayEvent } from '../domain/events.ts'
import type { EventHub } from './events.ts'

type Write = (fields: object, message: string) => void

/** The logger that a gateway needs. A pino logger fits. */
export interface GatewayLogger {
  readonly debug: Write
  readonly info: Write
  readonly warn: Write
  readonly error: Write
}

export function logEvents(logger: GatewayLogger, hub: EventHub): void {
  const isNewText = rememberTexts()
  hub.on((event) => {
    if ('words' in event && !isNewText(`${event.type} ${event.endpoint} ${event.words}`)) return
    const line = lineOf(event)
    if (line !== null) logger[line.level](line.fields, line.message)
  })
}

/** Number of texts of nodes that are remembered. */
const MAX_TEXTS = 256

/** @returns a function that tells whether a text is new. Numbers and hashes do not count: the same words name other nonces. */
function rememberTexts(): (text: string) => boolean {
  const known = new Set<string>()
  return (text) => {
    const words = text.replace(/0x[0-9a-f]+|\d+/gi, '#')
    if (known.has(words)) return false
    known.add(words)
    for (const oldest of known) if (known.size > MAX_TEXTS) known.delete(oldest)
    return true
  }
}

interface Line {
  readonly level: keyof GatewayLogger
  readonly fields: object
  readonly message: string
}

function line(level: Line['level'], message: string, fields: object = {}): Line {
  return { level, fields, message }
}

/** The log line of an event; null for an event that is not logged. */
function lineOf(event: GatewayEvent): Line | null {
  switch (event.type) {
    case 'batch.spawned': {
      const { batchId: batch, operations: ids, gasBudget } = event
      return line('info', 'batch started', { batch, operations: ids.length, gasBudget, ids })
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
    case 'batch.submitted': {
      const { batchId: batch, txHash: tx, nonce, purpose, operations: ids } = event
      return line('info', 'batch submitted', { batch, tx, nonce, purpose, ids })
    }
    case 'batch.resubmitted': {
      const { batchId: batch, txHash: tx, reason, replaced, purpose } = event
      const message = replaced ? 'transaction replaced' : 'transaction rebroadcast'
      return line('warn', message, { batch, tx, reason, purpose })
    }
    case 'transaction.refused': {
      const { batchId: batch, txHash: tx, class: kind, words, endpoint } = event
      const fields = { batch, tx, class: kind, words, endpoint }
      // The gas limit of the gateway was wrong.
      return line(kind === 'gasTooLow' ? 'error' : 'warn', 'transaction refused', fields)
    }
    case 'endpoint.suspected': {
      const { batchId: batch, txHash: tx, maxFeePerGas, market } = event
      const message = 'transaction not included at a sufficient price: suspect the endpoint'
      return line('warn', message, { batch, tx, maxFeePerGas, marketFeePerGas: market.maxFeePerGas })
    }
    case 'broadcast.contradicted': {
      const { batchId: batch, txHash: tx, class: kind, words, endpoint } = event
      const message = 'transaction refused by one endpoint and accepted by another'
      return line('warn', message, { batch, tx, class: kind, words, endpoint })
    }
    case 'batch.included': {
      const { batchId: batch, txHash: tx, blockNumber: block, operations: ids } = event
      return line('info', 'batch included', { batch, tx, block, ids })
    }
    case 'batch.reorged':
      return line('warn', 'batch orphaned: its block left the chain', {
        batch: event.batchId,
        tx: event.txHash,
      })
    case 'batch.revived':
      return line('error', 'batch revived: its block was orphaned after the batch was settled', {
        batch: event.batchId,
        operations: event.operations,
        block: event.blockNumber,
      })
    case 'batch.levelReached': {
      const { batchId: batch, txHash: tx, level, blockNumber: block } = event
      return line('debug', 'finality level reached', { batch, tx, level, block })
    }
    case 'batch.levelsLost': {
      const { batchId: batch, txHash: tx, levels, blockNumber: block } = event
      return line('warn', 'finality levels lost: a reorg orphaned the block', { batch, tx, levels, block })
    }
    case 'batch.preconfirmationFailed': {
      const { batchId: batch, txHash: tx, blockNumber: block } = event
      return line('warn', 'preconfirmation failed: the block came without the transaction', {
        batch,
        tx,
        block,
      })
    }
    case 'batch.displaced':
      return line(
        'error',
        'foreign transaction consumed the nonce of a batch: another program uses the wallet key',
        {
          batch: event.batchId,
          nonce: event.nonce,
          tx: event.txHash,
        },
      )
    case 'wallet.low':
      return line('warn', 'wallet balance too low: sending is paused until the wallet is funded', {
        wallet: event.address,
        balanceWei: event.balance,
        minimumWei: event.minBalance,
        ...(event.reason !== null && { reason: event.reason }),
      })
    case 'wallet.stopped':
      return line('error', 'wallet stopped: the nodes refuse its transactions until the operator acts', {
        wallet: event.address,
        reason: event.reason,
      })
    case 'wallet.foreignTransactions':
      return line('error', 'foreign transactions of the wallet: another program uses the wallet key', {
        transactions: event.nonces,
        nextNonce: event.nextNonce,
      })
    case 'wallet.healing':
      return line('warn', 'nonce gap filled with a self-transfer', {
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
    case 'operation.accepted':
      return line('info', 'operation accepted', { operation: event.id, kind: event.kind })
    case 'operation.settled':
      return settledLine(event)
    case 'operation.revived':
      return line('error', 'operation revived: a reorg orphaned its evidence block', {
        operation: event.id,
        block: event.blockNumber,
      })
    case 'operation.refused':
      return line('debug', 'operation refused', { kind: event.kind, code: event.code })
    case 'chain.stalled':
      return line('warn', 'chain stalled', { reason: event.message })
    case 'chain.followed':
      return line('info', 'chain followed')
    case 'chain.reorged':
      return line('warn', 'chain reorg', {
        depth: event.depth,
        orphanedFrom: event.orphanedFrom,
        block: event.blockNumber,
      })
    case 'endpoint.changed':
      return endpointLine(event)
    case 'batcher.throttled':
      return line('debug', 'sending paused', { reason: event.reason })
    case 'departure.judged': {
      const { batchId: batch, lead } = event
      return event.isMissed ? line('debug', 'block missed', { batch, leadMs: Math.round(lead) }) : null
    }
    case 'actor.crashed': {
      const { actor, message, stack, restarts } = event
      return line('error', 'actor crashed, restarting', { actor, reason: message, restarts, stack })
    }
    case 'failure.persisted': {
      const { actor, batchId: batch, effect, reason, since, at } = event
      const seconds = Math.floor((at - since) / 1000)
      return line('error', 'persistent failure', { actor, batch, effect, reason, seconds })
    }
    case 'failure.ended': {
      const { actor, batchId: batch, effect } = event
      return line('info', 'persistent failure ended', { actor, batch, effect })
    }
    case 'transition.ignored': {
      const { id: operation, batchId: batch, from, to } = event
      return line('warn', 'store transition ignored', { operation, batch, from, to })
    }
    case 'store.failing':
      return line('error', 'database write failed', { reason: event.message })
    case 'store.readFailed':
      return event.isNew ? line('error', 'database read failed', { reason: event.message }) : null
    case 'seat.taken':
      return line('info', 'leading: this process holds the seat', { epoch: event.leader.epoch })
    case 'seat.observed':
      return line('info', 'standing by: another process leads', {
        leader: event.leader.name,
        epoch: event.leader.epoch,
      })
    case 'seat.lost':
      return line('warn', 'seat lost', { reason: event.reason })
    case 'seat.failing':
      return line('warn', 'seat cannot be taken or renewed, retrying', { reason: event.message })
    case 'start.delayed':
      return line('warn', 'start delayed', { reason: event.message, pauseSeconds: event.pause / 1000 })
    case 'registry.versionChanged':
      return line('info', 'registry version changed', { from: event.from, to: event.to })
    case 'registry.checkFailed':
      return line('warn', 'registry version not checked', { reason: event.message })
    case 'clock.stepped':
      return line('warn', 'system clock stepped', { seconds: event.by / 1000 })
    default:
      return null
  }
}

function settledLine(event: Extract<GatewayEvent, { type: 'operation.settled' }>): Line {
  const { id: operation, kind, status, receivedAt, at } = event
  switch (status.type) {
    case 'Finalized': {
      const { txHash: tx, blockNumber: block } = status
      return line('info', 'operation finalized', { operation, kind, tx, block, ms: at - receivedAt })
    }
    case 'Failed':
      return line('info', 'operation failed', { operation, kind, reason: status.reason })
    case 'Evicted':
      return line('info', 'operation evicted: queued again', { operation, kind, reason: status.reason })
  }
}

type EndpointChanged = Extract<GatewayEvent, { type: 'endpoint.changed' }>

function endpointLine({ endpoint, state, message: reason }: EndpointChanged): Line {
  if (state === 'Up') return line('info', 'RPC endpoint enabled', { endpoint })
  if (state === 'Foreign') return line('error', 'RPC endpoint disabled: wrong chain', { endpoint, reason })
  if (state === 'Slow') return line('warn', 'RPC endpoint slow', { endpoint, reason })
  return line('warn', 'RPC endpoint disabled', { endpoint, state, reason })
}
