/** Reads states and transitions, with stable ids, from the definitions of machines. */
import {
  type AnyActor,
  type AnyStateMachine,
  type AnyStateNode,
  type AnyTransitionDefinition,
  StateMachine,
} from 'xstate'

/** The root machine and all machines below it, each once, in the order of the actor slots. */
export function machinesOf(root: AnyStateMachine): readonly AnyStateMachine[] {
  const found = new Map<string, AnyStateMachine>()
  const visit = (machine: AnyStateMachine) => {
    if (found.has(machine.id)) return
    found.set(machine.id, machine)
    for (const logic of Object.values(machine.implementations.actors)) if (isMachine(logic)) visit(logic)
  }
  visit(root)
  return [...found.values()]
}

export function isMachine(logic: unknown): logic is AnyStateMachine {
  return logic instanceof StateMachine
}

/** The name of an actor for viewers: the id. The root has a random id, so the name of the root is the id of its machine. */
export function actorName({ id, logic, _parent }: AnyActor): string {
  return _parent === undefined && isMachine(logic) ? logic.id : id
}

/** All states below a node in the order of the definition, parents before children. */
export function statesIn(node: AnyStateNode): readonly AnyStateNode[] {
  const children: readonly AnyStateNode[] = Object.values(node.states)
  return children.flatMap((child) => [child, ...statesIn(child)])
}

/** All transitions of a state. Transitions without an event are included, unlike in `toDirectedGraph`. */
export function transitionsOf(node: AnyStateNode): readonly AnyTransitionDefinition[] {
  return [...[...node.transitions.values()].flat(), ...(node.always ?? [])]
}

/** Name for a transition without an event. */
export const ALWAYS = 'always'

const ids = new WeakMap<AnyTransitionDefinition, string | null>()

/**
 * The id of a transition: state, event, and index among the transitions with equal state and event.
 * @returns null if the transition is not part of a definition, such as the entry into the initial state
 */
export function transitionId(transition: AnyTransitionDefinition): string | null {
  const known = ids.get(transition)
  if (known !== undefined) return known
  const id = nameTransition(transition)
  ids.set(transition, id)
  return id
}

function nameTransition(transition: AnyTransitionDefinition): string | null {
  const { source, eventType } = transition
  const alwaysIndex = source.always?.indexOf(transition) ?? -1
  if (alwaysIndex >= 0) return `${source.id}:${ALWAYS}:${alwaysIndex}`
  const index = source.transitions.get(eventType)?.indexOf(transition) ?? -1
  return index < 0 ? null : `${source.id}:${eventType}:${index}`
}

/** The name of a guard, `…` for a guard without a name, null if there is no guard. */
export function guardName(guard: unknown): string | null {
  if (guard === undefined || guard === null) return null
  if (typeof guard === 'string') return guard
  if (typeof guard === 'object' && 'type' in guard) return guardName(guard.type)
  if (typeof guard !== 'function') return UNNAMED
  const parts: unknown = 'guards' in guard ? guard.guards : undefined
  if (!Array.isArray(parts)) return UNNAMED
  return parts.map(guardName).join(guard.name === 'or' ? ' or ' : ' and ')
}

const UNNAMED = '…'

const definitions = new WeakMap<AnyStateMachine, string>()

/**
 * The definition of a machine as JSON that `createMachine` of any XState version reads. Functions are replaced by names, and the
 * context is left out. The result is cached per machine.
 */
export function definitionOf(machine: AnyStateMachine): string {
  const known = definitions.get(machine)
  if (known !== undefined) return known
  const definition = JSON.stringify({ id: machine.id, ...configOf(machine.root) })
  definitions.set(machine, definition)
  return definition
}

function configOf(node: AnyStateNode): object {
  const children: readonly AnyStateNode[] = Object.values(node.states)
  const [initial] = node.initial?.target ?? []
  return {
    ...(initial !== undefined && { initial: initial.key }),
    ...(node.type === 'final' || node.type === 'parallel' ? { type: node.type } : {}),
    ...(node.description !== undefined && { description: node.description }),
    ...(node.invoke.length > 0 && {
      invoke: node.invoke.map(({ id, src }) => ({ id, src: typeof src === 'string' ? src : id })),
    }),
    ...(node.always !== undefined && { always: node.always.map(transitionConfig) }),
    on: Object.fromEntries([...node.transitions].map(([event, list]) => [event, list.map(transitionConfig)])),
    states: Object.fromEntries(children.map((child) => [child.key, configOf(child)])),
  }
}

function transitionConfig({ target, guard, actions }: AnyTransitionDefinition): object {
  const [first] = target ?? []
  const condition = guardName(guard)
  return {
    ...(first !== undefined && { target: `#${first.id}` }),
    ...(condition !== null && { guard: condition, cond: condition }),
    actions: actions.map(actionName),
  }
}

function actionName(action: unknown): string {
  if (typeof action === 'string') return action
  if (typeof action === 'object' && action !== null && 'type' in action) return String(action.type)
  return typeof action === 'function' && action.name !== '' ? action.name : UNNAMED
}
