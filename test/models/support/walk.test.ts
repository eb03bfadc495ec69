/** Tests of the model-based tests: small machines, each with a fault for a model to find. */
import { describe, expect, it } from 'vitest'
import { type AnyStateMachine, assign, createActor, fromPromise, StateMachine, setup } from 'xstate'
import { edgesOf } from './edges.ts'
import { after, done, fails, possible } from './events.ts'
import { deferredEffects, logicOf, type Model, pathStage } from './model.ts'
import type { ModelEvent } from './paths.ts'
import { walkAtRandom } from './randomWalk.ts'
import { takeAllPaths } from './walk.ts'

interface ToyContext {
  readonly tries: number
}

/** A machine with a limit of two failures. */
const toy = setup({
  types: { context: {} as ToyContext },
  actors: { work: fromPromise(async () => {}) },
  delays: { rest: 1_000 },
  guards: { isTired: ({ context }) => context.tries >= 2 },
  actions: { count: assign({ tries: ({ context }) => context.tries + 1 }) },
}).createMachine({
  id: 'toy',
  context: { tries: 0 },
  initial: 'Idle',
  states: {
    Idle: { on: { go: 'Working' } },
    Working: {
      entry: 'count',
      invoke: {
        id: 'work',
        src: 'work',
        onDone: 'Happy',
        onError: [{ guard: 'isTired', target: 'Sad' }, { target: 'Resting' }],
      },
    },
    Resting: { after: { rest: 'Working' } },
    Happy: { type: 'final' },
    Sad: { type: 'final' },
  },
})

const GO: ModelEvent = { type: 'go', label: 'go' }
const EVENTS = [GO, done('work', undefined, 'worked'), fails('work'), after('rest', 'toy.Resting')]

/** A model of a machine, without faults by default. */
function modelOf(
  machine: AnyStateMachine,
  traits: Partial<Model> & { readonly events?: Model['events']; readonly played?: AnyStateMachine } = {},
  check: (event: ModelEvent) => void = () => {},
): Model {
  const { played = machine, ...rest } = traits
  return {
    machine,
    input: undefined,
    events: (snapshot) => possible(snapshot, EVENTS),
    view: ({ context }) => JSON.stringify(context),
    sent: ['go'],
    start(watch) {
      const { stage, ...hands } = pathStage(null, watch)
      const effects = deferredEffects(stage, ['work'])
      const provided = watch.watch(played.provide({ actors: logicOf(effects) }))
      return { actor: createActor(provided, { parent: stage.parent }).start(), effects, check, ...hands }
    },
    ...rest,
  }
}

/** The toy machine with a changed definition. */
function changed(change: (config: Config) => unknown): AnyStateMachine {
  const config = structuredClone(toy.config)
  change(config as Config)
  return new StateMachine(config, toy.implementations) as AnyStateMachine
}

interface Config {
  readonly states: Record<string, { on?: Record<string, unknown>; invoke?: { onError?: unknown } }>
}

describe('coverage', () => {
  it('is complete when every edge is taken, with results, delays and refusals of guards', async () => {
    const { missing, ignored, unseen, ...counts } = await takeAllPaths([modelOf(toy)])
    expect({ missing, ignored, unseen }).toEqual({ missing: [], ignored: [], unseen: [] })
    expect(counts).toMatchObject({ machine: 'toy', states: 5, transitions: 5 })
    expect(counts.edges).toEqual([
      'toy.Idle: go → toy.Working',
      'toy.Working: xstate.done.actor.work → toy.Happy',
      'toy.Working: xstate.error.actor.work → toy.Sad',
      'toy.Working: xstate.error.actor.work → toy.Sad, refused',
      'toy.Working: xstate.error.actor.work #2 → toy.Resting',
      'toy.Resting: xstate.after.rest.toy.Resting → toy.Working',
    ])
  })

  it('names an unreachable edge', async () => {
    const machine = changed(({ states }) => {
      states['Attic'] = { on: { go: 'Happy' } }
    })
    expect((await takeAllPaths([modelOf(machine)])).missing).toEqual(['toy.Attic: go → toy.Happy'])
  })

  it('names a guard without refusals, and the unreachable edges behind the guard', async () => {
    const machine = toy.provide({ guards: { isTired: () => true } })
    expect((await takeAllPaths([modelOf(machine)])).missing).toEqual([
      'toy.Working: xstate.error.actor.work → toy.Sad, refused',
      'toy.Working: xstate.error.actor.work #2 → toy.Resting',
      'toy.Resting: xstate.after.rest.toy.Resting → toy.Working',
    ])
  })

  it('does not count an edge prevented by an edge of a parallel region', async () => {
    const region = {
      initial: 'On',
      states: { On: { always: { guard: 'isTired', target: '#pair.Over' } } },
    } as const
    const machine = setup({
      types: { context: {} as ToyContext },
      guards: { isTired: ({ context }) => context.tries >= 1 },
      actions: { count: assign({ tries: ({ context }) => context.tries + 1 }) },
    }).createMachine({
      id: 'pair',
      context: { tries: 0 },
      initial: 'Both',
      states: {
        Both: {
          type: 'parallel',
          on: { go: { actions: 'count' } },
          states: { First: region, Second: region },
        },
        Over: { type: 'final' },
      },
    })
    expect((await takeAllPaths([modelOf(machine)])).missing).toEqual([
      'pair.Both.Second.On: always → pair.Over',
    ])
  })

  it('names results of effects without a handler', async () => {
    const machine = changed(({ states }) => {
      delete states['Working']?.invoke?.onError
    })
    expect((await takeAllPaths([modelOf(machine)])).ignored).toEqual(['toy.Working: xstate.error.actor.work'])
  })

  it('names context fields read by guards but not by the view', async () => {
    expect((await takeAllPaths([modelOf(toy, { view: () => '' })])).unseen).toEqual(['tries'])
  })
})

describe('a path', () => {
  it('fails when an event has no executor', async () => {
    await expect(takeAllPaths([modelOf(toy, { sent: [] })])).rejects.toThrow(
      "toy: go → worked\nafter 'go': Error: no executor for go",
    )
    const withoutHands: Model = {
      ...modelOf(toy),
      start: (watch) => ({ ...modelOf(toy).start(watch), effects: {} }),
    }
    await expect(takeAllPaths([withoutHands])).rejects.toThrow('no executor for xstate.done.actor.work')
  })

  it('fails when no timer runs for a delay', async () => {
    const EARLY: ModelEvent = { type: 'xstate.after.nap.toy.Idle', label: 'a nap is over' }
    const machine = changed(({ states }) => {
      states['Idle'] = { on: { go: 'Working', [EARLY.type]: 'Happy' } }
    })
    await expect(takeAllPaths([modelOf(machine, { events: () => [EARLY] })])).rejects.toThrow(
      'no executor for xstate.after.nap.toy.Idle',
    )
  })

  it('fails when the state of the actor differs from the definition', async () => {
    const played = toy.provide({ actions: { count: () => {} } })
    await expect(takeAllPaths([modelOf(toy, { played })])).rejects.toThrow(
      `toy: go → worked\nafter 'go': Error: it is\n  "Working" active {"tries":0}\nand should be\n  "Working" active {"tries":1}`,
    )
  })

  it('fails when the first state of the actor differs from the definition', async () => {
    const played = changed((config) => Object.assign(config, { initial: 'Resting' }))
    await expect(takeAllPaths([modelOf(toy, { played })])).rejects.toThrow(/at the start: .*"Resting"/s)
  })

  it('fails when the actor breaks a promise', async () => {
    const check = ({ type }: ModelEvent) => {
      if (type === 'go') throw new Error('it promises: to stay')
    }
    await expect(takeAllPaths([modelOf(toy, {}, check)])).rejects.toThrow(
      "after 'go': Error: it promises: to stay",
    )
  })
})

describe('random walks', () => {
  it('pass on a machine without faults', async () => {
    await walkAtRandom(modelOf(toy), { walks: 20, steps: 10 })
  })

  it('fail with the shortest walk that breaks a promise, even late in a walk', async () => {
    const model: Model = {
      ...modelOf(toy),
      start(watch) {
        const running = modelOf(toy).start(watch)
        let steps = 0
        const check = () => {
          steps += 1
          if (steps === 4) throw new Error('it promises: three steps at most')
        }
        return { ...running, check }
      },
    }
    const walk = walkAtRandom(model, { walks: 100, steps: 10 })
    await expect(walk).rejects.toThrow('Counterexample')
    await expect(walk).rejects.toMatchObject({
      cause: {
        message: expect.stringMatching(
          /^toy: go → work: no answer → rest of toy.Resting is over → .*three steps/s,
        ),
      },
    })
  })
})

describe('edges', () => {
  it('have unique names', () => {
    const edges = edgesOf(toy)
    expect(new Set(edges).size).toBe(edges.length)
  })
})
