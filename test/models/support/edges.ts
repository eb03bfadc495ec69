/** The edges of a machine: each transition, and each guard that refuses a transition. */
import { type AnyStateMachine, type AnyStateNode, type InspectionEvent, or, StateMachine } from 'xstate'

/** The name of an edge: `pendingBatch.Submitted.Confirming: chain.reorged → pendingBatch.Submitted.Checking`. */
export type EdgeName = string

type Transition = NonNullable<AnyStateNode['always']>[number]

/** The states of a machine, outer states first, starting with the machine's root. */
export function statesOf(machine: AnyStateMachine): readonly AnyStateNode[] {
  const walk = (node: AnyStateNode): readonly AnyStateNode[] => [
    node,
    ...Object.values(node.states).flatMap(walk),
  ]
  return walk(machine.root)
}

/** All edges of a machine. */
export function edgesOf(machine: AnyStateMachine): readonly EdgeName[] {
  return transitionsOf(machine).flatMap(({ name, transition }) =>
    transition.guard === undefined ? [name] : [name, refused(name)],
  )
}

/** Records the edges that an actor takes. */
export class EdgeWatch {
  readonly #names = new Map<object, EdgeName>()
  readonly #taken: Set<EdgeName>

  /** @param taken receives the names of taken edges */
  constructor(taken: Set<EdgeName>) {
    this.#taken = taken
  }

  /**
   * Makes a machine record each refusal of a guard. Results of guards do not change.
   * @param machine a machine of a single test, because the method changes the transitions
   */
  watch<M extends AnyStateMachine>(machine: M): M {
    for (const { name, transition } of transitionsOf(machine)) {
      this.#names.set(transition, name)
      const { guard } = transition
      if (guard === undefined) continue
      const refuse = () => {
        this.#taken.add(refused(name))
        return false
      }
      Object.assign(transition, { guard: Reflect.apply(or, undefined, [[guard, refuse]]) })
    }
    return machine
  }

  /** Records the transitions taken by the actors of a system. */
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

/** All transitions, each with a unique name. */
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
  const position = index === 0 ? '' : ` #${index + 1}`
  return `${node.id}: ${event}${position} → ${target?.map(({ id }) => id).join(', ') ?? 'itself'}`
}

/**
 * The results of invoked actors without a handler: done and error of an effect, error of a machine. A handler of an outer
 * state counts, also with a wildcard.
 */
export function unhandledResults(machine: AnyStateMachine): readonly string[] {
  return statesOf(machine).flatMap((node) =>
    node.invoke.flatMap(({ id, src }) => {
      const logic = typeof src === 'string' ? machine.implementations.actors[src] : src
      const isEffect = !(logic instanceof StateMachine)
      const results = [`xstate.error.actor.${id}`, ...(isEffect ? [`xstate.done.actor.${id}`] : [])]
      const known = [...descriptorsFrom(node)]
      return results
        .filter((type) => !known.some((descriptor) => handles(descriptor, type)))
        .map((type) => `${node.id}: ${type}`)
    }),
  )
}

/** The event descriptors of a state and of all outer states. */
function descriptorsFrom(node: AnyStateNode): readonly string[] {
  const own = [...node.transitions.keys()]
  return node.parent === undefined ? own : [...own, ...descriptorsFrom(node.parent)]
}

/** Whether an event descriptor, with or without wildcard, matches an event type. */
export function handles(descriptor: string, type: string): boolean {
  return descriptor === type || (descriptor.endsWith('*') && type.startsWith(descriptor.slice(0, -1)))
}
