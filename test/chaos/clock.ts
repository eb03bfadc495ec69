/** The time of a run, in beats. */

export interface Clock {
  /** The plan's time. It nearly stops while no gateway runs, because the plan is for a running gateway. */
  readonly beat: number
  /** Whether the faults have ended. */
  readonly isCalm: boolean
  /** Resolves after a number of real beats. */
  after(beats: number): Promise<void>
  /** Resolves at a beat of the plan's time, or when the faults end. */
  until(beat: number): Promise<void>
}

export interface RunningClock extends Clock {
  /** @param advances whether the plan's time advances */
  tick(advances: boolean): void
  becomeCalm(): void
}

export function startClock(): RunningClock {
  let beat = 0
  let isCalm = false
  let ticked = createSignal()
  const wait = async (isOver: () => boolean) => {
    while (!isOver()) await ticked.given
  }
  return {
    get beat() {
      return beat
    },
    get isCalm() {
      return isCalm
    },
    async after(beats) {
      for (let count = 0; count < beats; count += 1) await ticked.given
    },
    until: (due) => wait(() => isCalm || beat >= due),
    tick(advances) {
      if (advances) beat += 1
      const { give } = ticked
      ticked = createSignal()
      give()
    },
    becomeCalm() {
      isCalm = true
    },
  }
}

/** An event that happens once. */
export function createSignal(): { readonly given: Promise<void>; readonly give: () => void } {
  let give = () => {}
  const given = new Promise<void>((resolve) => {
    give = resolve
  })
  return { given, give }
}
