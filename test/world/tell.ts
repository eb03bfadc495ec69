/** Events of the gateway as lines of the trace. */
import type { GatewayEvent } from '../../src/domain/events.ts'
import type { OpStatus } from '../../src/domain/status.ts'

/** @returns a line for the trace; null for frequent events */
export function tell(event: GatewayEvent): string | null {
  switch (event.type) {
    case 'block.observed':
    case 'wallet.observed':
    case 'store.committed':
    case 'rpc.called':
    case 'operation.accepted':
    case 'operation.refused':
      return null
    case 'operation.settled':
      return `${event.id} settled: ${tellStatus(event.status)}`
    case 'batch.finalized':
    case 'batch.failed': {
      const { batchId, txHash, blockNumber, failure } = event.batch
      return `${event.type} ${batchId} in ${txHash} of block ${blockNumber}${failure === null ? '' : `: ${failure}`}`
    }
    default: {
      const { type, at: _at, ...fields } = event
      return `${type} ${JSON.stringify(fields)}`
    }
  }
}

function tellStatus(status: OpStatus): string {
  switch (status.type) {
    case 'Finalized':
      return `finalized in ${status.txHash} of block ${status.blockNumber}`
    case 'Failed':
      return `failed: ${JSON.stringify(status.reason)}`
    case 'Evicted':
      return `evicted: ${status.reason}${status.nextNonce === null ? '' : `, next nonce ${status.nextNonce}`}`
  }
}
