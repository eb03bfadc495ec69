/** The line of the overview that explains why nothing is sent. */
import { describe, expect, it } from 'vitest'
import { whyOf } from '../../../inspector/src/page/views/overview/facts.ts'
import { apply } from '../../../inspector/src/page/world/apply.ts'
import { fromWelcome } from '../../../inspector/src/page/world/world.ts'
import type { ActorMessage, Json } from '../../../inspector/src/wire.ts'
import { WELCOME } from './messages.ts'

function actor(name: string, machine: string, state: string, context: Record<string, Json>): ActorMessage {
  return {
    type: '@xstate.actor',
    sessionId: `x:${name}`,
    rootId: 'x:0',
    createdAt: '1',
    id: name,
    _version: '0',
    name,
    parentId: null,
    definition: '{}',
    machine,
    snapshot: { status: 'active', context },
    states: [`${machine}.${state}`],
  }
}

const failing = (effect: string, reason: string, since: number, isPersistent = true) => ({
  failing: [{ effect, reason, since, isPersistent }],
})

const throttled = actor('opsBatcher', 'opsBatcher', 'Throttled', {
  ready: 3,
  throttled: 'WalletUnavailable',
  slots: [],
})
const worldOf = (...actors: readonly ActorMessage[]) => ({
  ...actors.reduce(apply, fromWelcome(WELCOME)),
  at: 100_000,
})

describe('the reason why nothing is sent', () => {
  it('is the reason of the batcher while nothing fails for long', () => {
    const world = worldOf(
      throttled,
      actor('wallet', 'wallet', 'Ready', failing('signAttempt', 'once', 1, false)),
    )
    expect(whyOf(world)).toMatchObject({ tone: 'warn', title: 'Throttled: WalletUnavailable' })
    expect(whyOf(world).text).not.toContain('once')
  })

  it('names a persistent failure first, with the words of the node, and then the reason of the batcher', () => {
    const words = 'tx fee (1.10 ether) exceeds the configured cap (1.00 ether)'
    const why = whyOf(
      worldOf(throttled, actor('slot-1', 'pendingBatch', 'Submitted', failing('broadcast', words, 40_000))),
    )
    expect(why).toMatchObject({ tone: 'bad', title: 'Failing: broadcast' })
    expect(why.text).toMatch(/^slot-1, for 1 m 00 s: “tx fee \(1\.10 ether\) exceeds the configured cap/)
    expect(why.text).toMatch(/Throttled: WalletUnavailable: The wallet cannot sign.* 3 operations ready\.$/)
  })

  it('names the oldest of several failures, and counts the others', () => {
    const { text, title } = whyOf(
      worldOf(
        throttled,
        actor('slot-1', 'pendingBatch', 'Submitted', failing('broadcast', 'refused', 40_000)),
        actor('wallet', 'wallet', 'Ready', failing('signAttempt', 'no fee history', 20_000)),
        actor('chainMonitor', 'chainMonitor', 'Stalled', failing('watchBlocks', 'no answer', 50_000)),
      ),
    )
    expect(title).toBe('Failing: signAttempt')
    expect(text).toContain('“no fee history” 2 more effects failing.')
  })
})
