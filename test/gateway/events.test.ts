import { describe, expect, it } from 'vitest'
import { createActor, emit, setup } from 'xstate'
import type { GatewayEvent } from '../../src/domain/events.ts'
import { EventHub } from '../../src/gateway/events.ts'
import { type GatewayLogger, logEvents } from '../../src/gateway/logging.ts'

const followed: GatewayEvent = { type: 'chain.followed', at: 1 }
const crashed: GatewayEvent = {
  type: 'actor.crashed',
  actor: 'wallet',
  message: 'TypeError: a defect',
  stack: 'TypeError: a defect\n    at wallet.ts',
  restarts: 2,
  at: 1,
}
const fails = () => {
  throw new Error('an observer fails')
}

/** An actor that emits each event given to it. */
const speaker = setup({
  types: {
    events: {} as { readonly type: 'say'; readonly event: GatewayEvent },
    emitted: {} as GatewayEvent,
  },
}).createMachine({
  on: { say: { actions: emit(({ event }) => event.event) } },
})

describe('EventHub', () => {
  it('isolates the actors and all observers from an observer that throws', () => {
    const hub = new EventHub()
    const heard: GatewayEvent[] = []
    hub.on(fails)
    hub.on((event) => heard.push(event))
    const actor = createActor(speaker, { inspect: hub.follow(fails) }).start()
    for (const event of [followed, crashed]) actor.send({ type: 'say', event })
    expect(heard).toEqual([followed, crashed])
    expect(actor.getSnapshot().status).toBe('active')
  })

  it('sends no event after unsubscribe', () => {
    const hub = new EventHub()
    const heard: GatewayEvent[] = []
    const stop = hub.on((event) => heard.push(event))
    hub.publish(followed)
    stop()
    hub.publish(crashed)
    expect(heard).toEqual([followed])
  })
})

describe('the log', () => {
  it('has a line at error level for a crashed actor, with the trace', () => {
    const hub = new EventHub()
    const lines: unknown[] = []
    const logger: GatewayLogger = {
      debug: fails,
      info: fails,
      warn: fails,
      error: (fields, message) => lines.push([message, fields]),
    }
    logEvents(logger, hub)
    hub.publish(crashed)
    expect(lines).toEqual([
      [
        'actor crashed, restarting',
        { actor: 'wallet', reason: 'TypeError: a defect', restarts: 2, stack: crashed.stack },
      ],
    ])
  })

  it('warns about a transition ignored by the store', () => {
    const hub = new EventHub()
    const warnings: unknown[] = []
    const warn = (fields: object, message: string) => warnings.push([message, fields])
    logEvents({ debug: fails, info: fails, warn, error: fails }, hub)
    hub.publish({ type: 'transition.ignored', id: 'a', batchId: 'b', from: 'failed', to: 'submitted', at: 1 })
    expect(warnings).toEqual([
      ['store transition ignored', { operation: 'a', batch: 'b', from: 'failed', to: 'submitted' }],
    ])
  })

  it('harms nobody when it cannot be written', () => {
    const hub = new EventHub()
    logEvents({ debug: fails, info: fails, warn: fails, error: fails }, hub)
    expect(() => hub.publish(crashed)).not.toThrow()
  })
})
