/** The edges of a machine: each of its transitions; of a guarded one also that its guard says no. */
import { type AnyStateMachine, type AnyStateNode, type InspectionEvent, or, StateMachine } from 'xstate'

/** An edge by name: `pendingBatch.Submitted.Confirming: chain.reorged → pendingBatch.Submitted.Checking`. */
export type EdgeName = string

type Transition = NonNullable<AnyStateNode['always']>[number]

/** The states of a machine, the outer ones first; the machine itself is the first of them. */
export function statesOf(machine: AnyStateMachine): readonly AnyStateNode[] {
  const walk = (node: AnyStateNode): readonly AnyStateNode[] => [
    node,
    ...Object.values(node.states).flatMap(walk),
  ]
  return walk(machine.root)
}

/** Every edge that there is. */
export function edgesOf(machine: AnyStateMachine): readonly EdgeName[] {
  return transitionsOf(machine).flatMap(({ name, transition }) =>
    transition.guard === undefined ? [name] : [name, refused(name)],
  )
}

/** Notes which edges an actor takes. */
export class EdgeWatch {
  readonly #names = new Map<object, EdgeName>()
  readonly #taken: Set<EdgeName>

  /** @param taken to what they are added */
  constructor(taken: Set<EdgeName>) {
    this.#taken = taken
  }

  /**
   * Makes a machine tell when a guard of its own says no. Guards are asked as before, and nothing else is changed.
   * @param machine one that nobody else uses: it is changed
   */
  watch<M extends AnyStateMachine>(machine: M): M {
    for (const { name, transition } of transitionsOf(machine)) {
      this.#names.set(transition, name)
      const { guard } = transition
      if (guard === undefined) continue
      const saysNo = () => {
        this.#taken.add(refused(name))
        return false
      }
      Object.assign(transition, { guard: Reflect.apply(or, undefined, [[guard, saysNo]]) })
    }
    return machine
  }

  /** Looks at what the actors of a system really do. */
  readonly observe = (inspection: InspectionEvent): void => {
    if (inspection.type !== '@xstate.microstep') return
    for (const transition of inspection._transitions) {
      const name = this.#names.get(transition)
      if (name !== undefined) this.#taken.add(name)
    }
  }
}

function refused(name: EdgeName): EdgeName {
  return `${name}, refused`
}

/** Every transition, by a name that is its own. */
export function transitionsOf(
  machine: AnyStateMachine,
): readonly { name: EdgeName; transition: Transition }[] {
  return statesOf(machine).flatMap((node) =>
    [node.always ?? [], ...node.transitions.values()].flatMap((candidates) =>
      candidates.map((transition, index) => ({ name: nameOf(node, transition, index), transition })),
    ),
  )
}

function nameOf(node: AnyStateNode, { eventType, target }: Transition, index: number): EdgeName {
  const event = eventType === '' ? 'always' : eventType
  const place = index === 0 ? '' : ` #${index + 1}`
  return `${node.id}: ${event}${place} → ${target?.map(({ id }) => id).join(', ') ?? 'itself'}`
}

/**
 * Outcomes of what states invoke that nothing is said about: of an effect that it answers or fails, of a machine that it
 * dies. An outer state may say it, by name or by wildcard.
 */
export function ignoredOutcomes(machine: AnyStateMachine): readonly string[] {
  return statesOf(machine).flatMap((node) =>
    node.invoke.flatMap(({ id, src }) => {
      const logic = typeof src === 'string' ? machine.implementations.actors[src] : src
      const isEffect = !(logic instanceof StateMachine)
      const outcomes = [`xstate.error.actor.${id}`, ...(isEffect ? [`xstate.done.actor.${id}`] : [])]
      const known = [...descriptorsFrom(node)]
      return outcomes
        .filter((type) => !known.some((descriptor) => hears(descriptor, type)))
        .map((type) => `${node.id}: ${type}`)
    }),
  )
}

/** What a state and those around it listen to. */
function descriptorsFrom(node: AnyStateNode): readonly string[] {
  const own = [...node.transitions.keys()]
  return node.parent === undefined ? own : [...own, ...descriptorsFrom(node.parent)]
}

/** Whether an event descriptor, with or without a wildcard, is for a type. */
export function hears(descriptor: string, type: string): boolean {
  return descriptor === type || (descriptor.endsWith('*') && type.startsWith(descriptor.slice(0, -1)))
}
