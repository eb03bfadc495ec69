/** Statecharts, with elements for a page to highlight. */

/** `GET /inspector/charts`. */
export interface ChartList {
  /** All charts, the root machine first. */
  readonly charts: readonly Chart[]
}

/**
 * The statechart of a machine, derived from the definition. In the SVG, a state is a `<g>` with `data-state="<id>"`, the class
 * `state` and the class of its type. Transitions between two states share a line: a `<g>` with the class `edge` and
 * `data-transitions="<id> <id>"`. The text of a transition is in a `<g>` with the class `transition` and `data-transition="<id>"`.
 * Groups of transitions with equal texts are nested. The `<title>` contains the full text. The SVG has no colours: lines and texts
 * use `currentColor`, and areas are not filled. A dashed line can leave from any child of the source. Labels lie over lines:
 * `paint-order: stroke` in the colour of the background makes them readable. To highlight an element, add a class. The page may
 * contain a chart twice, because `data-` attributes need not be unique.
 */
export interface Chart {
  /** Id of the machine. */
  readonly machine: string
  /** Path of the SVG. */
  readonly svg: string
  /** All states in the order of the definition, parents first. */
  readonly states: readonly ChartState[]
  readonly transitions: readonly ChartTransition[]
}

export interface ChartState {
  /** Stable while the state keeps its name: `pendingBatch.Submitted.Evidence.Checking`. The root of the machine is not listed. */
  readonly id: string
  /** Path without the machine: `Submitted.Evidence.Checking`. */
  readonly path: string
  /** Name without the path: `Checking`. */
  readonly name: string
  /** Readable name: the description in the definition, or the name in words. */
  readonly words: string
  /** Id of the parent state. Null for a top state. */
  readonly parent: string | null
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history'
  /** True for the initial state of the parent. False in a parallel parent: all child states of a parallel parent start. */
  readonly isInitial: boolean
  /** Ids of the effects of the state. They run while the state is active. */
  readonly invokes: readonly string[]
}

export interface ChartTransition {
  /** State, event, and index among the transitions with equal state and event: `wallet.Ready.Idle:always:1`. */
  readonly id: string
  /** Id of the source state. Null if the root of the machine is the source. */
  readonly source: string | null
  /** Id of the target state. Null if the transition only runs actions. */
  readonly target: string | null
  /** Event type in the definition: `block.observed`, `xstate.done.actor.writeRecords`, `xstate.after.…`. `always` if there is none. */
  readonly event: string
  /** Name of the guard. Null if there is no guard. */
  readonly guard: string | null
  /** Readable text: `commit done [isFull]`. */
  readonly words: string
}
