import { describe, expect, it } from 'vitest'
import type { GatewayEvent } from '../../src/domain/events.ts'
import type { OpStatus } from '../../src/domain/status.ts'
import { EventHub } from '../../src/gateway/events.ts'
import { type GatewayLogger, logEvents } from '../../src/gateway/logging.ts'

/** Logs the events. Returns the fields of each line with the message `transaction refused`. */
function logged(events: readonly GatewayEvent[]): readonly object[] {
  const lines: object[] = []
  const write = (fields: object, message: string) => {
    if (message === 'transaction refused') lines.push(fields)
  }
  const logger: GatewayLogger = { debug: write, info: write, warn: write, error: write }
  const hub = new EventHub()
  logEvents(logger, hub)
  for (const event of events) hub.publish(event)
  return lines
}

function refused(words: string, endpoint = 'node'): GatewayEvent {
  const common = { batchId: 'batch-1', txHash: '0xaa', at: 1 } as const
  return { type: 'transaction.refused', ...common, class: 'funds', words, endpoint }
}

describe('a refusal of a transaction', () => {
  it('is logged with class, words and endpoint', () => {
    expect(logged([refused('insufficient funds')])).toEqual([
      { batch: 'batch-1', tx: '0xaa', class: 'funds', words: 'insufficient funds', endpoint: 'node' },
    ])
  })

  it('is logged once for each text and endpoint, whatever numbers the text holds', () => {
    const events = [
      refused('insufficient funds: balance 7, cost 9 of 0xabc'),
      refused('insufficient funds: balance 6, cost 91 of 0xdef'),
      refused('insufficient funds: balance 7, cost 9 of 0xabc', 'other'),
      refused('txpool is full'),
      refused('txpool is full'),
    ]
    expect(logged(events)).toHaveLength(3)
  })

  it('is logged again after many other texts: the memory is bounded', () => {
    const others = Array.from({ length: 256 }, (_, index) => {
      const letters = [...String(index)].map((digit) => 'abcdefghij'[Number(digit)]).join('')
      return refused(`reason ${letters}`)
    })
    expect(logged([refused('first'), ...others, refused('first')])).toHaveLength(258)
  })
})

describe('the life of an operation', () => {
  const settled = (status: OpStatus): GatewayEvent => {
    const common = { id: 'op-1', kind: 'create_account', cost: null, receivedAt: 1_000, at: 5_000 } as const
    return { type: 'operation.settled', ...common, status }
  }

  it.each<[string, OpStatus]>([
    ['operation finalized', { type: 'Finalized', txHash: '0xaa', blockNumber: 9, gasUsed: 1 }],
    ['operation failed', { type: 'Failed', reason: { type: 'InvalidSignature' }, txHash: null }],
    ['operation evicted: queued again', { type: 'Evicted', reason: 'BatchFull', nextNonce: null }],
  ])('has the line "%s" at info, with the id', (message, status) => {
    const lines: object[] = []
    const silent = () => {}
    const hub = new EventHub()
    const info = (fields: object, text: string) => lines.push({ ...fields, text })
    logEvents({ debug: silent, info, warn: silent, error: silent }, hub)
    hub.publish(settled(status))
    expect(lines).toMatchObject([{ operation: 'op-1', kind: 'create_account', text: message }])
  })
})
