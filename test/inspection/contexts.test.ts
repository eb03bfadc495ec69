import { describe, expect, it } from 'vitest'
import type { QueuedOperation } from '../../src/domain/operation.ts'
import { viewContext } from '../../src/inspection/contexts.ts'
import { machinesOf } from '../../src/inspection/definition.ts'
import { type Lanes, noLanes } from '../../src/machines/nonceTracker/laneState.ts'
import { admit, stored } from '../../src/machines/nonceTracker/lanes.ts'
import { noCrashes, noteCrash } from '../../src/machines/root/crashes.ts'
import { gatewayMachine } from '../../src/machines/root/root.ts'
import { chainState } from '../machines/support/samples.ts'

function operation(leaf: number, nonce: number): QueuedOperation {
  return {
    id: `${leaf}-${nonce}`,
    kind: 'insert_authenticator',
    priority: 0,
    lane: { leaf: String(leaf), nonce },
    claims: [],
    client: null,
    receivedAt: 0,
    sequence: 0,
    bytes: 1,
    tries: 0,
  }
}

/** Lanes with these stored operations. The next nonce of every account on chain is 3. */
function lanesOf(...operations: readonly QueuedOperation[]): Lanes {
  return operations.reduce((lanes, each) => stored(admit(lanes, each, 3, 100), each.id, 100)[0], noLanes)
}

const viewLanes = (lanes: Lanes) => viewContext('nonceTracker', { lanes, laneTimeout: 60_000 }, false)

describe('lanes', () => {
  it('show waiting nonces, the missing nonce and the start of the wait', () => {
    const lanes = lanesOf(operation(1, 3), operation(1, 5), operation(1, 6), operation(2, 4), operation(3, 3))
    expect(viewLanes(lanes)).toMatchObject({
      lanes: 3,
      waiting: 3,
      gapCount: 2,
      gaps: [
        { leaf: '1', missing: 4, waiting: [5, 6], since: 100 },
        { leaf: '2', missing: 3, waiting: [4], since: 100 },
      ],
    })
  })

  it('show a bounded number of gaps and the full count', () => {
    const lanes = lanesOf(...Array.from({ length: 80 }, (_, leaf) => operation(leaf, 9)))
    const { gaps, gapCount } = viewLanes(lanes) ?? {}
    expect(gaps).toHaveLength(50)
    expect(gapCount).toBe(80)
  })
})

describe('a context', () => {
  it('of the chainMonitor shows the fees, with their trend and pressure', () => {
    const chain = chainState({ baseFeeTrend: -0.5, feePressure: 0.25 })
    const shown = viewContext('chainMonitor', { head: null, chain, failing: {} }, true)
    expect(shown).toMatchObject({ fees: { baseFeeTrend: -0.5, feePressure: 0.25 } })
  })

  it('of the root does not show the configuration', () => {
    const config = { walletPrivateKey: '0xkey', chain: { rpcUrl: 'http://secret' } }
    const failure = new Error('it failed\nURL: http://secret')
    const crash = { actor: 'wallet', error: failure, message: 'it died\nURL: http://secret', at: 7 }
    const crashes = noteCrash(noCrashes, crash)
    expect(viewContext('gateway', { config, failure, crashes }, true)).toEqual({
      failure: 'Error: it failed',
      restarts: 1,
      lastCrash: { actor: 'wallet', message: 'it died', at: 7 },
    })
  })

  it('of a machine without an entry in the table is hidden', () => {
    expect(viewContext('novelty', { key: '0xkey' }, true)).toBeUndefined()
    expect(viewContext('toString', { key: '0xkey' }, true)).toBeUndefined()
  })

  it('with an unknown shape is not shown', () => {
    expect(viewContext('wallet', { nonces: 'other' }, true)).toBeUndefined()
    expect(viewContext('pendingBatch', null, true)).toBeUndefined()
  })

  it('is shown for every machine with a context', () => {
    const hidden = machinesOf(gatewayMachine).filter(({ id }) => !isShown(id))
    expect(hidden.map(({ id }) => id)).toEqual(['ticker'])
  })
})

/** True if the table contains the machine, because only then the context is read. */
function isShown(machine: string): boolean {
  let isRead = false
  const context = new Proxy(
    {},
    {
      get() {
        isRead = true
        return undefined
      },
    },
  )
  viewContext(machine, context, true)
  return isRead
}
