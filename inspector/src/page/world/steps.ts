/** The path of an actor as a list of steps with a maximum length. */
import type { PathStep } from '../../wire.ts'
import { topState } from './states.ts'

/**
 * Adds a step. A step that enters the same states again is added to the last step, because nothing changed for the viewer.
 * @param most maximum number of steps. Above it, the oldest step between two inner states is left out.
 */
export function withStep(steps: readonly PathStep[], step: PathStep, most: number): readonly PathStep[] {
  const last = steps.at(-1)
  if (last !== undefined && last.states.join() === step.states.join()) {
    return [...steps.slice(0, -1), joined(last, step)]
  }
  return shortened([...steps, step], most)
}

/** The first of two steps, with the transitions of both. */
function joined(first: PathStep, { transitions }: PathStep): PathStep {
  return { ...first, transitions: [...new Set([...first.transitions, ...transitions])] }
}

function shortened(steps: readonly PathStep[], most: number): readonly PathStep[] {
  if (steps.length <= most) return steps
  const inner = steps.findIndex(
    ({ states }, index) => index > 0 && topState(states) === topState(steps[index - 1]?.states ?? []),
  )
  const [before, left] = [steps[inner - 1], steps[inner]]
  if (before === undefined || left === undefined || inner === steps.length - 1) return steps.slice(1)
  return [...steps.slice(0, inner - 1), joined(before, left), ...steps.slice(inner + 1)]
}
