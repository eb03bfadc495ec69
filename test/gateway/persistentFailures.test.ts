import { describe, expect, it } from 'vitest'
import type { GatewayEvent } from '../../src/domain/events.ts'
import { EventHub } from '../../src/gateway/events.ts'
import { PersistentFailures } from '../../src/gateway/persistentFailures.ts'

const persisted = (effect: string, since: number, batchId: string | null = null): GatewayEvent => ({
  type: 'failure.persisted',
  actor: batchId === null ? 'wallet' : 'opsBatcher',
  batchId,
  effect,
  reason: 'timeout',
  since,
  at: since + 30_000,
})

function observed(...events: readonly GatewayEvent[]): readonly string[] {
  const hub = new EventHub()
  const failures = new PersistentFailures(hub)
  for (const event of events) hub.publish(event)
  return failures.all.map(({ effect }) => effect)
}

describe('the persistent failures in /health', () => {
  it('are all failures that have not ended, the oldest first', () => {
    expect(observed(persisted('signAttempt', 20), persisted('broadcast', 10, 'batch'))).toEqual([
      'broadcast',
      'signAttempt',
    ])
  })

  it('end with the failure', () => {
    const ended: GatewayEvent = {
      type: 'failure.ended',
      actor: 'wallet',
      batchId: null,
      effect: 'signAttempt',
      since: 20,
      at: 90_000,
    }
    expect(observed(persisted('signAttempt', 20), ended)).toEqual([])
  })

  it('end with a crash, because the actors restart without failures', () => {
    const crashed: GatewayEvent = {
      type: 'actor.crashed',
      actor: 'wallet',
      message: 'defect',
      stack: null,
      restarts: 1,
      at: 90_000,
    }
    expect(observed(persisted('signAttempt', 20), crashed)).toEqual([])
  })
})
