/** A small system of actors for tests: a parent with effects, and a named child with nested states. */
import { type AnyActorRef, assign, createActor, fromPromise, sendTo, setup } from 'xstate'
import type { Watch } from '../../src/gateway/events.ts'
import type { FeedOptions } from '../../src/inspection/feed.ts'

type LampEvent = { type: 'press' } | { type: 'count' } | { type: 'break' } | { type: 'burn' }

export const lampMachine = setup({
  types: { context: {} as { readonly presses: number; readonly note: unknown }, events: {} as LampEvent },
  guards: { isWorn: ({ context }) => context.presses > 2 },
  actors: { glow: fromPromise<string>(() => new Promise(() => {})) },
  actions: {
    count: assign({ presses: ({ context }) => context.presses + 1 }),
    throwUp: () => {
      throw new Error('the lamp broke')
    },
  },
}).createMachine({
  id: 'lamp',
  context: { presses: 0, note: 10n },
  initial: 'Off',
  on: { count: { actions: 'count' }, break: { actions: 'throwUp' } },
  states: {
    Off: { on: { press: { target: 'On', actions: 'count' } } },
    On: {
      description: 'it gives light',
      initial: 'Warming',
      invoke: { id: 'glow', src: 'glow' },
      on: { press: 'Off', burn: '.Bright' },
      states: {
        Warming: { always: { guard: 'isWorn', target: '#lamp.Burnt' }, on: { burn: 'Bright' } },
        Bright: {},
      },
    },
    Burnt: { type: 'final' },
  },
})

type RoomEvent =
  | { type: 'relay'; event: LampEvent }
  | { type: 'xstate.error.actor.lamp' }
  | { type: 'secret' }

export const roomMachine = setup({
  types: { events: {} as RoomEvent },
  actors: { lamp: lampMachine },
  actions: {
    relay: sendTo('lamp', ({ event }) => (event.type === 'relay' ? event.event : { type: 'count' })),
  },
}).createMachine({
  id: 'room',
  invoke: { id: 'lamp', systemId: 'lamp', src: 'lamp' },
  initial: 'Quiet',
  on: { relay: { actions: 'relay' }, 'xstate.error.actor.lamp': '.Dark' },
  states: { Quiet: {}, Dark: {} },
})

/** Starts the system with an observer. */
export function startRoom(inspect: Watch) {
  const room = createActor(roomMachine, { inspect })
  room.start()
  return {
    room,
    /** Sends an event to the lamp through the room. */
    relay: (type: LampEvent['type']) => room.send({ type: 'relay', event: { type } }),
  }
}

export function lampOf(room: ReturnType<typeof startRoom>['room']): AnyActorRef {
  const { lamp } = room.getSnapshot().children
  if (lamp === undefined) throw new Error('the room has no lamp')
  return lamp
}

export const ABOUT: FeedOptions['about'] = () => ({
  gateway: { version: '1.2.3', chainId: 1, registryAddress: '0x01', startedAt: 0 },
  limits: {
    targetBaseFee: 1,
    softCapBaseFee: 2,
    maxBaseFee: 3,
    maxConcurrentBatches: 4,
    confirmations: 5,
    resubmitTimeout: 6,
    maxResubmissions: 7,
    batchWindow: 8,
    maxTransactionGas: 9,
    stallTimeout: 10,
  },
})
