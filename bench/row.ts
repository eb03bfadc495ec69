/** What a measurement gives: rows of one table. A bench file exports its rows as a part, and `run.ts` lists the parts. */

/** One figure of the table. */
export interface Row {
  /** The name of the figure with its unit, such as `latency_ms_p50`. */
  readonly name: string
  readonly value: number
  /** What the figure is compared with, such as the physical limit measured in the same run. */
  readonly beside?: string
}

/** The size of a run. The parts of a quick run take less than two minutes together, and their figures vary more. */
export interface Size {
  readonly isQuick: boolean
}

/** A group of rows that one measurement gives. */
export interface Part {
  readonly name: string
  /** The names of all rows of a full run. */
  readonly rows: readonly string[]
  /** @returns the rows; a quick run may leave out rows that take long */
  measure(size: Size): Promise<readonly Row[]>
}
