/**
 * An actor of the gateway in the form of an XState 4 service, for `@xstate/inspect`. The stream updates the service. An event from
 * a tool to the service is discarded.
 */
import { type AnyEventObject, type AnyStateMachine, createMachine, State, toSCXMLEvent } from 'xstate'
import type { ActorMessage, EventView, SnapshotMessage } from '../wire.ts'

type Observer = (state: State<object>) => void

export class Service {
  readonly id: string
  /**
   * The name of the actor, not the session. A slot runs many batches, and the package keeps every session for ever.
   */
  readonly sessionId: string
  readonly machine: AnyStateMachine
  state: State<object>
  readonly #observers = new Set<Observer>()
  readonly #stopListeners = new Set<() => void>()
  #context: object

  constructor({ name, definition, snapshot }: ActorMessage) {
    this.id = name
    this.sessionId = name
    this.machine = createMachine({ ...JSON.parse(definition), predictableActionArguments: true })
    this.#context = snapshot.context ?? {}
    this.state = this.#stateOf(snapshot, { type: 'xstate.init' })
  }

  get initialState(): State<object> {
    return this.state
  }

  /** The package wraps the function to observe events. The function itself does nothing. */
  send(_event: AnyEventObject): void {}

  subscribe(observer: Observer): { unsubscribe(): void } {
    this.#observers.add(observer)
    return { unsubscribe: () => this.#observers.delete(observer) }
  }

  onStop(listener: () => void): this {
    this.#stopListeners.add(listener)
    return this
  }

  /** The actor was sent an event. */
  receive(event: EventView): void {
    this.send({ ...event })
  }

  /** The actor has taken a step. */
  step({ snapshot, event }: SnapshotMessage): void {
    this.#context = { ...this.#context, ...snapshot.context }
    this.state = this.#stateOf(snapshot, event)
    for (const observe of this.#observers) observe(this.state)
  }

  stop(): void {
    for (const notify of this.#stopListeners) notify()
    this.#observers.clear()
    this.#stopListeners.clear()
  }

  #stateOf({ value, status }: SnapshotMessage['snapshot'], event: EventView): State<object> {
    return State.create<object>({
      value: value ?? {},
      context: this.#context,
      _event: toSCXMLEvent({ ...event }),
      _sessionid: this.sessionId,
      actions: [],
      meta: {},
      configuration: [],
      transitions: [],
      children: {},
      done: status !== 'active',
    })
  }
}
