/** Statecharts: what can be lit in them. */

/** `GET /inspector/charts`. */
export interface ChartList {
  /** In the order in which the system is composed: the root first. */
  readonly charts: readonly Chart[]
}

/**
 * A machine's statechart, derived from its definition. In its SVG every state is a `<g>` with `data-state="<id>"` and the
 * classes `state` and its type. Transitions between the same two states share a line, a `<g>` with class `edge` and
 * `data-transitions="<id> <id>"`; the text of each is in a `<g>` with class `transition` and `data-transition="<id>"`, one
 * within the other where several have the same text. Their full words are their `<title>`. Nothing in it has a colour:
 * lines and text are `currentColor`, areas are not filled. A dashed line leaves from wherever one is in its source. Labels
 * lie over lines: `paint-order: stroke` with the page's background as their stroke makes them readable. Light by adding a
 * class to these elements from the page; `data-` attributes, unlike ids, may be on the page twice.
 */
export interface Chart {
  /** The machine's id. */
  readonly machine: string
  /** The path of its SVG. */
  readonly svg: string
  /** Outermost first, in the order of the definition. */
  readonly states: readonly ChartState[]
  readonly transitions: readonly ChartTransition[]
}

export interface ChartState {
  /** Stable while the state keeps its name: `pendingBatch.Submitted.Checking`. The root of the machine is not listed. */
  readonly id: string
  /** Without the machine: `Submitted.Checking`. */
  readonly path: string
  /** `Checking`. */
  readonly name: string
  /** For people: the definition's description, or the name in words. */
  readonly words: string
  /** The id of the state that it is in; null at the top. */
  readonly parent: string | null
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history'
  /** Whether its parent begins in it; false in a parallel one, which begins in all of its states. */
  readonly isInitial: boolean
  /** The effects that run while it is active, by id. */
  readonly invokes: readonly string[]
}

export interface ChartTransition {
  /** Stable while its state, its event and its place among that event's transitions stay: `wallet.Ready.Idle:always:1`. */
  readonly id: string
  /** The id of the state that it leaves; null when the machine's root has it. */
  readonly source: string | null
  /** The id of the state that it goes to; null when it goes nowhere and only acts. */
  readonly target: string | null
  /** As the definition has it: `block.observed`, `xstate.done.actor.writeRecords`, `xstate.after.…`; `always` for none. */
  readonly event: string
  /** The guard's name; null without one. */
  readonly guard: string | null
  /** For people: `commit done [isFull]`. */
  readonly words: string
}
