/** Random walks through a machine: longer than the generated paths, with other histories. */
import fc from 'fast-check'
import { initialTransition, transition } from 'xstate'
import { EdgeWatch } from './edges.ts'
import type { Model } from './model.ts'
import { keyOf, type Path } from './paths.ts'
import { takePath } from './walk.ts'

/**
 * Takes random walks. Each step is a possible event of the current state.
 * @param walks number of walks
 * @param steps most steps of a walk
 * @throws Error with the shortest failing walk: the actor is in another state than the definition, or a promise is broken
 */
export async function walkAtRandom(
  model: Model,
  { walks, steps }: { readonly walks: number; readonly steps: number },
): Promise<void> {
  const choices = fc.array(fc.nat(), { maxLength: steps, size: 'max' })
  const taken = new Set<string>()
  await fc.assert(
    fc.asyncProperty(choices, (chosen) => takePath(model, pathOf(model, chosen), new EdgeWatch(taken))),
    { numRuns: walks },
  )
}

/** The path that follows from the choices. The path ends early in a final state. */
function pathOf({ machine, provided = {}, input, events, view }: Model, choices: readonly number[]): Path {
  const definition = machine.provide(provided)
  let [snapshot] = initialTransition(definition, input)
  const first = keyOf(snapshot, view)
  const steps: Path['steps'][number][] = []
  for (const choice of choices) {
    if (snapshot.status !== 'active') break
    const possible = events(snapshot)
    const event = possible[choice % possible.length]
    if (event === undefined) break
    snapshot = transition(definition, snapshot, event)[0]
    steps.push({ event, key: keyOf(snapshot, view) })
  }
  return { first, steps }
}
