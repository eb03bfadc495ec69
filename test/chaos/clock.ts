/** The time of a run, in beats. */

export interface Clock {
  /** The plan's time: it stands nearly still while no gateway runs, for the plan is for one that does. */
  readonly beat: number
  /** Whether the weather is good from now on. */
  readonly isCalm: boolean
  /** Resolves with the given beat of the real time from now. */
  after(beats: number): Promise<void>
  /** Resolves when the plan's time has come, or the weather is good. */
  until(beat: number): Promise<void>
}

export interface RunningClock extends Clock {
  /** @param advances whether the plan's time goes on */
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

/** Something that comes once. */
export function createSignal(): { readonly given: Promise<void>; readonly give: () => void } {
  let give = () => {}
  const given = new Promise<void>((resolve) => {
    give = resolve
  })
  return { given, give }
}
