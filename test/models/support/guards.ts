/** What guards look at in a machine's context. */
import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate'

type Context = AnyMachineSnapshot['context']

type Guards = AnyStateMachine['implementations']['guards']
type Guard = NonNullable<Guards[string]>
type GuardArgs = Parameters<Guard>[0]

/** Notes what of the context the guards of a machine read. */
export class GuardWatch {
  readonly #read = new Set<string>()

  /** The same machine, with its named guards looked at. Those without a name are to look at events and states alone. */
  watch(machine: AnyStateMachine): AnyStateMachine {
    const named: Guards = machine.implementations.guards
    const guards = Object.entries(named).flatMap(([name, guard]) =>
      guard === undefined || 'check' in guard ? [] : [[name, guard] as const],
    )
    const noting = guards.map(([name, guard]) => [
      name,
      (args: GuardArgs, params: Parameters<Guard>[1]) =>
        guard({ ...args, context: noted(args.context, this.#read) }, params),
    ])
    return machine.provide({ guards: Object.fromEntries(noting) })
  }

  /** What guards have read that differs between states, and that a view of these does not look at. */
  unseen(states: readonly AnyMachineSnapshot[], view: (snapshot: AnyMachineSnapshot) => string): string[] {
    const viewed = new Set<string>()
    for (const state of states) view({ ...state, context: noted(state.context, viewed) })
    const varies = (field: string) => new Set(states.map(({ context }) => context[field])).size > 1
    return [...this.#read].filter((field) => !viewed.has(field) && varies(field))
  }
}

/** The context, with each field noted that is read. */
function noted(context: Context, fields: Set<string>): Context {
  return new Proxy(context, {
    get(target, field, receiver) {
      fields.add(String(field))
      return Reflect.get(target, field, receiver)
    },
  })
}
