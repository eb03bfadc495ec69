/** One side of a copy: a store, table by table. */

/** The copied tables, in the order of their references, with the column of the row number. */
export const TABLES = {
  batches: 'number',
  plans: 'number',
  attempts: 'number',
  operations: 'sequence',
  payloads: 'sequence',
} as const

export type TableName = keyof typeof TABLES

/** A row as both drivers give it: numbers, texts, buffers and null. */
export type Row = Readonly<Record<string, unknown>>

export interface Side {
  /** The chain and the registry of the store; null for a store that was never used. */
  identity(): Promise<string | null>
  columns(table: TableName): Promise<readonly string[]>
  /** Rows with a number above the given one, in order. */
  page(table: TableName, columns: readonly string[], above: number, limit: number): Promise<readonly Row[]>
  insert(table: TableName, columns: readonly string[], rows: readonly Row[]): Promise<void>
  /** The highest sequence number that an operation ever had. */
  highestSequence(): Promise<number>
  /** Makes everything that was inserted a store, in one step. */
  finish(identity: string, highestSequence: number): Promise<void>
  /** Frees the store. What was inserted without `finish` is gone. */
  close(): Promise<void>
}
