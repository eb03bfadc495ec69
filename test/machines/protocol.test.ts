/**
 * The compiler checks the messages between actors. Every `@ts-expect-error` marks a mistake: if the compiler accepted the
 * mistake, the type check would fail.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { createActor, fromTransition, sendTo, setup } from 'xstate'
import { sendToSlot } from '../../src/machines/opsBatcher/sendToSlot.ts'
import { type ActorName, type BatchInbox, type Inbox, ROOT, to } from '../../src/machines/protocol.ts'

const tick = { type: 'tick', at: 1 } as const

describe('to()', () => {
  it('accepts the events of the inbox, and sends them to the actor of that name', () => {
    const received: unknown[] = []
    const sender = setup({}).createMachine({ entry: sendTo(to('opsBatcher'), tick) })
    const parent = createActor(
      setup({
        actors: {
          sender,
          receiver: fromTransition((_, event) => {
            received.push(event)
            return null
          }, null),
        },
      }).createMachine({
        invoke: [{ src: 'receiver', systemId: 'opsBatcher' }, { src: 'sender' }],
      }),
    )
    parent.start()
    expect(received).toEqual([tick])
  })

  it('rejects a misspelt event, an event of another actor, a misspelt actor and a missing field', () => {
    // @ts-expect-error 'tikc' is no event
    sendTo(to('opsBatcher'), { type: 'tikc', at: 1 })
    // @ts-expect-error the wallet does not accept ticks
    sendTo(to('wallet'), tick)
    // @ts-expect-error there is no such actor
    expect(() => sendTo(to('walet'), tick)).not.toThrow()
    // @ts-expect-error a nonce is missing
    sendTo(to('wallet'), { type: 'nonce.settled' })
    // @ts-expect-error the chainMonitor accepts no event of another actor
    sendTo(to('chainMonitor'), tick)
  })

  it('checks events that an action computes', () => {
    setup({
      types: { context: {} as { readonly nonce: number } },
      actions: {
        settle: sendTo(to('wallet'), ({ context }) => ({ type: 'nonce.settled', nonce: context.nonce })),
        // @ts-expect-error a nonce is a number
        misspelt: sendTo(to('wallet'), ({ context }) => ({
          type: 'nonce.settled',
          nonce: `${context.nonce}`,
        })),
      },
    })
    expectTypeOf<'gateway' | 'wallet'>().toExtend<ActorName>()
    expect(ROOT).toBe('gateway' satisfies keyof Inbox)
  })
})

describe('a message to a batch', () => {
  it('must be one that batches accept', () => {
    expectTypeOf(sendToSlot).parameter(2).toEqualTypeOf<BatchInbox>()
  })
})

describe('the machines', () => {
  it('address actors by to() alone', () => {
    const machines = fileURLToPath(new URL('../../src/machines/', import.meta.url))
    const files = readdirSync(machines, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.ts'),
    )
    const callers = files.filter((file) => readFileSync(join(machines, file), 'utf8').includes('system.get('))
    expect(callers).toEqual(['protocol.ts'])
    const parents = files.filter((file) => readFileSync(join(machines, file), 'utf8').includes('sendParent'))
    expect(parents).toEqual([])
  })
})
