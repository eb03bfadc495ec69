import { describe, expect, it } from 'vitest'
import { createActor, setup } from 'xstate'
import type { ActorMessage, Message, Path, SnapshotMessage, Welcome } from '../../inspector/src/wire.ts'
import type { OpStatus } from '../../src/domain/status.ts'
import { EventHub } from '../../src/gateway/events.ts'
import { Feed, type FeedOptions } from '../../src/inspection/feed.ts'
import { ABOUT, lampOf, startRoom } from './system.ts'

let time = 0

function feedOf(options: Partial<FeedOptions> = {}): Feed {
  return new Feed({ now: () => time, redact: (text) => text, about: ABOUT, ...options })
}

interface Told {
  readonly welcome: Welcome
  readonly messages: readonly Message[]
}

/** The messages of a system during an action. */
function recordRoom(act: (system: ReturnType<typeof startRoom>) => void): Told {
  const feed = feedOf()
  const system = startRoom(feed.observe)
  feed.open()
  const welcome = feed.welcome()
  act(system)
  return { welcome, messages: feed.take() }
}

const isStepOf =
  (name: string, { welcome, messages }: Told) =>
  (message: Message): message is SnapshotMessage => {
    const births = [...welcome.actors, ...messages.filter((each) => each.type === '@xstate.actor')]
    const actor = births.find((each) => each.name === name)
    return message.type === '@xstate.snapshot' && message.sessionId === actor?.sessionId
  }

describe('a step', () => {
  it('contains the active states, outermost first, and the transitions', () => {
    const recording = recordRoom(({ relay }) => {
      relay('press')
      relay('burn')
    })
    const steps = recording.messages.filter(isStepOf('lamp', recording))
    expect(steps.map(({ states, transitions, event }) => [event.type, states, transitions])).toEqual([
      ['press', ['lamp.On', 'lamp.On.Warming'], ['lamp.Off:press:0']],
      ['burn', ['lamp.On', 'lamp.On.Bright'], ['lamp.On.Warming:burn:0']],
    ])
    expect(steps[1]?.snapshot).toEqual({ status: 'active', value: { On: 'Bright' } })
  })

  it('contains the eventless transitions that follow', () => {
    const recording = recordRoom(({ relay }) => {
      for (let times = 0; times < 5; times += 1) relay('press')
    })
    const last = recording.messages.filter(isStepOf('lamp', recording)).at(-1)
    expect(last?.transitions).toEqual(['lamp.Off:press:0', 'lamp.On.Warming:always:0'])
    expect(last).toMatchObject({ states: ['lamp.Burnt'], snapshot: { status: 'done' } })
  })

  it('without a change of state is combined with later steps', () => {
    const recording = recordRoom(({ relay }) => {
      for (let times = 0; times < 5; times += 1) relay('count')
    })
    expect(recording.messages.filter(isStepOf('lamp', recording))).toHaveLength(1)
    const counts = recording.messages.filter(
      (message) => message.type === '@xstate.event' && message.event.type === 'count',
    )
    expect(counts).toHaveLength(5)
  })
})

describe('actors', () => {
  it('are in the welcome message, parents first, with chart and states', () => {
    const feed = feedOf()
    const { relay } = startRoom(feed.observe)
    relay('press')
    const [room, lamp, glow] = feed.welcome().actors
    expect(room).toMatchObject({ name: 'room', parentId: null, machine: 'room', states: ['room.Quiet'] })
    expect(lamp).toMatchObject({
      name: 'lamp',
      parentId: room?.sessionId,
      machine: 'lamp',
      states: ['lamp.On', 'lamp.On.Warming'],
    })
    expect(glow).toMatchObject({ name: 'glow', parentId: lamp?.sessionId, machine: null, states: [] })
    expect(JSON.parse(lamp?.definition ?? '')).toMatchObject({ id: 'lamp', initial: 'Off' })
  })

  it('send a message with the initial state at the start, and a message at the end', () => {
    const recording = recordRoom(({ relay }) => {
      relay('press')
      relay('press')
    })
    const birth = recording.messages.find(
      (message): message is ActorMessage => message.type === '@xstate.actor',
    )
    expect(birth).toMatchObject({ name: 'glow', snapshot: { status: 'active' } })
    const end = recording.messages.filter(isStepOf('glow', recording))
    expect(end.map(({ snapshot }) => snapshot.status)).toEqual(['stopped'])
  })

  it('that crash without a snapshot are found', () => {
    const feed = feedOf()
    const { relay, room } = startRoom(feed.observe)
    feed.open()
    const welcome = feed.welcome()
    relay('break')
    expect(room.getSnapshot().value).toBe('Dark')
    feed.sample()
    const recording = { welcome, messages: feed.take() }
    const end = recording.messages.filter(isStepOf('lamp', recording))
    expect(end.map(({ snapshot }) => snapshot)).toEqual([
      { status: 'error', value: 'Off', error: 'Error: the lamp broke' },
    ])
    const [path] = feed.welcome().paths
    expect(path).toMatchObject({ name: 'lamp', endedAt: time })
  })
})

const lanternMachine = setup({
  types: { events: {} as { readonly type: 'light' | 'flicker' | 'snuff' } },
}).createMachine({
  id: 'lantern',
  initial: 'Dark',
  states: {
    Dark: { on: { light: 'Lit' } },
    Lit: {
      initial: 'Low',
      on: { snuff: 'Dark' },
      states: { Low: { on: { flicker: 'High' } }, High: { on: { flicker: 'Low' } } },
    },
  },
})

/** The path of the lamp after events. */
function lampAfter(events: Parameters<ReturnType<typeof startRoom>['relay']>[0][]): Path {
  const feed = feedOf()
  const { relay } = startRoom(feed.observe)
  for (const event of events) relay(event)
  const path = feed.welcome().paths.find(({ machine }) => machine === 'lamp')
  if (path === undefined) throw new Error('the lamp has no path')
  return path
}

describe('a page that is opened late', () => {
  it('receives the paths from the time without viewers', () => {
    const feed = feedOf()
    time = 1_000
    const { relay } = startRoom(feed.observe)
    time = 1_500
    relay('press')
    const { paths } = feed.welcome()
    expect(paths.find(({ machine }) => machine === 'lamp')).toMatchObject({
      name: 'lamp',
      startedAt: 1_000,
      endedAt: null,
      steps: [
        { at: 1_000, states: ['lamp.Off'], event: 'xstate.init', transitions: [] },
        {
          at: 1_500,
          states: ['lamp.On', 'lamp.On.Warming'],
          event: 'press',
          transitions: ['lamp.Off:press:0'],
        },
      ],
    })
  })

  it('receives the root by the name of its machine, as in its start message', () => {
    const feed = feedOf()
    startRoom(feed.observe)
    expect(feed.welcome().paths.map(({ name }) => name)).toEqual(['room', 'lamp'])
  })

  it('receives a path without the steps that enter the same states again, with their transitions', () => {
    const { steps } = lampAfter(['press', ...Array.from({ length: 200 }, () => 'burn' as const)])
    expect(steps.map(({ states }) => states.at(-1))).toEqual([
      'lamp.Off',
      'lamp.On.Warming',
      'lamp.On.Bright',
    ])
    expect(steps.at(-1)?.transitions).toEqual(['lamp.On.Warming:burn:0', 'lamp.On:burn:0'])
  })

  it('receives all outer states of a path at the maximum, with fewer inner states', () => {
    const feed = feedOf()
    const lantern = createActor(lanternMachine, { inspect: feed.observe }).start()
    for (let nights = 0; nights < 20; nights += 1) {
      for (const type of ['light', 'flicker', 'flicker', 'snuff'] as const) lantern.send({ type })
    }
    const [{ steps } = { steps: [] }] = feed.welcome().paths
    const outer = steps.map(({ states }) => states[0])
    expect(steps).toHaveLength(64)
    expect(outer.filter((state, index) => state !== outer[index - 1])).toHaveLength(41)
    expect(steps[1]?.transitions).toEqual(expect.arrayContaining(['lantern.Lit.Low:flicker:0']))
  })
})

describe('too many events', () => {
  it('are counted by sender, receiver and type, and hide no other events', () => {
    const recording = recordRoom(({ relay }) => {
      for (let times = 0; times < 500; times += 1) relay('count')
      relay('press')
    })
    const told = recording.messages.filter((message) => message.type === '@xstate.event').length
    const counted = recording.messages
      .flatMap((message) => (message.type === 'opsbatcher.traffic' ? message.edges : []))
      .reduce((sum, { count }) => sum + count, 0)
    // Ten events each to the room and the lamp, the press, and the resulting end of the lamp.
    expect(told).toBe(22)
    expect(counted).toBe(1_003 - told)
    expect(recording.messages.filter(isStepOf('lamp', recording))).toHaveLength(1)
  })
})

describe('an observer that throws', () => {
  it('does not harm an actor', () => {
    const hub = new EventHub()
    const { room, relay } = startRoom(
      hub.follow(() => {
        throw new Error('a bad observer')
      }),
    )
    relay('press')
    expect(lampOf(room).getSnapshot()).toMatchObject({ value: { On: 'Warming' } })
  })

  it('does not harm an actor if the clock of the inspection fails', () => {
    let isBroken = false
    const feed = feedOf({
      now: () => {
        if (isBroken) throw new Error('no clock')
        return time
      },
    })
    const { room, relay } = startRoom(feed.observe)
    feed.open()
    isBroken = true
    relay('press')
    feed.noteEvent({ type: 'chain.followed', at: time })
    expect(lampOf(room).getSnapshot()).toMatchObject({ value: { On: 'Warming' } })
    isBroken = false
  })
})

describe('samples', () => {
  it('count what happens', () => {
    const feed = feedOf()
    startRoom(feed.observe)
    feed.noteEvent({ type: 'operation.accepted', id: '1', kind: 'create_account', at: time })
    feed.noteEvent({ type: 'store.committed', writes: 1, duration: 1, at: time })
    feed.sample()
    expect(feed.welcome().samples).toMatchObject([
      { accepted: 1, refused: 0, finalized: 0, commits: 1, ready: 0, batches: 0, oldestAge: null },
    ])
  })

  it('have the results of operations, and the latency of the last five minutes', () => {
    const feed = feedOf()
    startRoom(feed.observe)
    const settle = (status: OpStatus, receivedAt: number) =>
      feed.noteEvent({
        type: 'operation.settled',
        id: '1',
        kind: 'k',
        status,
        cost: null,
        receivedAt,
        at: time,
      })
    time = 1_000_000
    const finalized = { type: 'Finalized', txHash: '0x', blockNumber: 1, gasUsed: 1 } as const
    for (let took = 1; took <= 100; took += 1) settle(finalized, time - took)
    settle({ type: 'Evicted', reason: 'Timeout', nextNonce: null }, 0)
    settle({ type: 'Failed', reason: { type: 'InvalidSignature' }, txHash: null }, 0)
    feed.sample()
    time += 300_000
    feed.sample()
    expect(feed.welcome().samples).toMatchObject([
      { finalized: 100, failed: 1, evicted: 1, latency: { p50: 50, p99: 99 } },
      { finalized: 100, latency: null },
    ])
  })

  it('ask for the spending only while there are viewers', () => {
    let asked = 0
    const money = () => {
      asked += 1
      return { spentLastHour: '5', runway: null }
    }
    const feed = feedOf({ money })
    startRoom(feed.observe)
    feed.sample()
    expect(asked).toBe(0)
    feed.open()
    feed.sample()
    expect(feed.welcome().samples.map((sample) => sample.money)).toEqual([
      null,
      { spentLastHour: '5', runway: null },
    ])
  })
})
