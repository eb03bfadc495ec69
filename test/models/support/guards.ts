/** Finds the context fields that guards read. */
import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate'

type Context = AnyMachineSnapshot['context']

type Guards = AnyStateMachine['implementations']['guards']
type Guard = NonNullable<Guards[string]>
type GuardArgs = Parameters<Guard>[0]

/** Records the context fields read by the named guards of a machine. */
export class GuardWatch {
  readonly #read = new Set<string>()

  /** The machine with recorded named guards. Guards without a name must read only events and states. */
  watch(machine: AnyStateMachine): AnyStateMachine {
    const named: Guards = machine.implementations.guards
    const guards = Object.entries(named).flatMap(([name, guard]) =>
      guard === undefined || 'check' in guard ? [] : [[name, guard] as const],
    )
    const recording = guards.map(([name, guard]) => [
      name,
      (args: GuardArgs, params: Parameters<Guard>[1]) =>
        guard({ ...args, context: recorded(args.context, this.#read) }, params),
    ])
    return machine.provide({ guards: Object.fromEntries(recording) })
  }

  /** Fields read by guards, different between states, and absent from the view. */
  unseen(states: readonly AnyMachineSnapshot[], view: (snapshot: AnyMachineSnapshot) => string): string[] {
    const viewed = new Set<string>()
    for (const state of states) view({ ...state, context: recorded(state.context, viewed) })
    const varies = (field: string) => new Set(states.map(({ context }) => context[field])).size > 1
    return [...this.#read].filter((field) => !viewed.has(field) && varies(field))
  }
}

/** A proxy of the context. It records each field on reading. */
function recorded(context: Context, fields: Set<string>): Context {
  return new Proxy(context, {
    get(target, field, receiver) {
      fields.add(String(field))
      return Reflect.get(target, field, receiver)
    },
  })
}
