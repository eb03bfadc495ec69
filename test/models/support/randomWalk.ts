/** Ways through a machine that no plan has chosen: longer than the paths, and with other histories. */
import fc from 'fast-check'
import { initialTransition, transition } from 'xstate'
import { EdgeWatch } from './edges.ts'
import type { Model } from './model.ts'
import { keyOf, type Path } from './paths.ts'
import { takePath } from './walk.ts'

/**
 * Takes some ways at random, of which each step is one that can happen where it is taken.
 * @param walks how many
 * @param steps most steps of each
 * @throws Error naming the shortest way that was found on which the actor is not where the definition says, or has broken a
 *   promise
 */
export async function walkAtRandom(
  model: Model,
  { walks, steps }: { readonly walks: number; readonly steps: number },
): Promise<void> {
  const choices = fc.array(fc.nat(), { maxLength: steps, size: 'max' })
  const taken = new Set<string>()
  await fc.assert(
    fc.asyncProperty(choices, (chosen) => takePath(model, wayOf(model, chosen), new EdgeWatch(taken))),
    { numRuns: walks },
  )
}

/** The way that some choices lead, until there is nothing left to choose from. */
function wayOf({ machine, provided = {}, input, events, view }: Model, choices: readonly number[]): Path {
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
