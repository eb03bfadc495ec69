/** Copies a store into an empty one, and compares the two. */
import { isDeepStrictEqual } from 'node:util'
import { StoreError } from '../port.ts'
import { type Row, type Side, TABLES, type TableName } from './side.ts'

/** Rows per read and per insert. */
const PAGE = 500

/** Number of rows by table. */
export type CopyReport = Readonly<Record<TableName, number>>

/**
 * Copies all records. Columns that only one side has are derived from the others.
 * @param onProgress called with the number of rows of the table that are copied so far
 * @throws StoreError `conflict` when the source was never used, the target is not empty, or the copy differs
 */
export async function copyStore(
  from: Side,
  to: Side,
  onProgress: (table: TableName, rows: number) => void = () => {},
): Promise<CopyReport> {
  const identity = await from.identity()
  if (identity === null) throw new StoreError('conflict', 'the source holds no records: nothing to copy')
  if ((await to.identity()) !== null) {
    throw new StoreError('conflict', 'the target is in use already: copy into an empty folder or schema')
  }
  const report: Partial<Record<TableName, number>> = {}
  for (const table of Object.keys(TABLES) as TableName[]) {
    const columns = await commonColumns(from, to, table)
    let copied = 0
    for await (const rows of pages(from, table, columns)) {
      await to.insert(table, columns, rows)
      copied += rows.length
      onProgress(table, copied)
    }
    await compare(from, to, table, columns)
    report[table] = copied
  }
  await to.finish(identity, await from.highestSequence())
  return report as CopyReport
}

async function commonColumns(from: Side, to: Side, table: TableName): Promise<readonly string[]> {
  const known = new Set(await to.columns(table))
  return (await from.columns(table)).filter((column) => known.has(column))
}

async function* pages(side: Side, table: TableName, columns: readonly string[]) {
  let above = 0
  for (;;) {
    const rows = await side.page(table, columns, above, PAGE)
    if (rows.length > 0) yield rows
    if (rows.length < PAGE) return
    above = Number(rows.at(-1)?.[TABLES[table]])
  }
}

/** @throws StoreError when a row differs */
async function compare(from: Side, to: Side, table: TableName, columns: readonly string[]): Promise<void> {
  const copies = pages(to, table, columns)
  for await (const rows of pages(from, table, columns)) {
    const { value: copied } = await copies.next()
    if (!isDeepStrictEqual(copied?.map(comparable), rows.map(comparable))) {
      throw new StoreError('conflict', `the copy of the table ${table} differs from its source`)
    }
  }
}

/** Texts of JSON differ in order and spaces. */
function comparable(row: Row): Row {
  const { costs, ...rest } = row
  return costs === undefined ? rest : { ...rest, costs: JSON.parse(String(costs)) }
}
