/** The edges of a machine: each of its transitions; of a guarded one also that its guard says no. */
import { type AnyStateMachine, type AnyStateNode, and } from 'xstate'

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

/**
 * Makes a machine tell which of its edges it takes. Its own guards are asked as before, and nothing else is changed.
 * @param machine one that nobody else uses: it is changed
 * @param take is told each edge
 * @returns tells the refusals that are known only after a step; to be called when a step is over
 */
export function watchEdges(machine: AnyStateMachine, take: (edge: EdgeName) => void): () => void {
  const asked = new Set<EdgeName>()
  for (const { name, transition } of transitionsOf(machine)) {
    const begin = () => {
      if (asked.has(name)) take(refused(name))
      asked.add(name)
      return true
    }
    const end = () => {
      asked.delete(name)
      take(name)
      return true
    }
    const { guard } = transition
    const asking = guard === undefined ? [begin, end] : [begin, guard, end]
    Object.assign(transition, { guard: Reflect.apply(and, undefined, [asking]) })
  }
  return () => {
    for (const name of asked) take(refused(name))
    asked.clear()
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
