/** A SQLite file as a side of a copy. */
import { existsSync, rmSync } from 'node:fs'
import { StoreError } from '../port.ts'
import { Database, type NoParameters } from '../sqlite/database.ts'
import { prepareSchema } from '../sqlite/schema.ts'
import { type Row, type Side, TABLES } from './side.ts'

/**
 * Opens a file. A new file is created as the target of a copy.
 * @param mustExist true for the source of a copy
 * @throws StoreError `locked` when a gateway uses the file, `unavailable` when it is missing
 */
export function openSqliteSide(path: string, mustExist: boolean): Side {
  const isNew = !existsSync(path)
  if (isNew && mustExist) throw new StoreError('unavailable', `there is no database ${path}`)
  const database = Database.open(path)
  let isFinished = !isNew
  prepareSchema(database)
  const rows = (sql: string) => database.prepare<NoParameters, Row>(sql).all({})
  const isEmpty = () => rows('SELECT 1 FROM batches UNION ALL SELECT 1 FROM operations LIMIT 1').length === 0
  return {
    async identity() {
      const [found] = rows(`SELECT value FROM meta WHERE key = 'identity'`)
      if (found === undefined && !isEmpty())
        throw new StoreError('conflict', `${path} belongs to no registry`)
      return found === undefined ? null : String(found['value'])
    },
    columns: async (table) => rows(`PRAGMA table_info(${table})`).map(({ name }) => String(name)),
    page: async (table, columns, above, limit) =>
      rows(
        `SELECT ${columns.join(', ')} FROM ${table} WHERE ${TABLES[table]} > ${above} ORDER BY ${TABLES[table]} LIMIT ${limit}`,
      ).map(withBuffers),
    async insert(table, columns, inserted) {
      database.transaction(() => {
        const values = columns.map((column) => `:${column}`).join(', ')
        const insert = database.prepare<Readonly<Record<string, string | number | null>>>(
          `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${values})`,
        )
        // The driver binds buffers, too.
        for (const row of inserted) insert.run(row as Readonly<Record<string, string | number | null>>)
      })
    },
    async highestSequence() {
      return Number(rows(`SELECT seq FROM sqlite_sequence WHERE name = 'operations'`)[0]?.['seq'] ?? 0)
    },
    async finish(identity, highest) {
      database.transaction(() => {
        database.execute(`DELETE FROM sqlite_sequence WHERE name = 'operations'`)
        database
          .prepare<{ highest: number }>(
            `INSERT INTO sqlite_sequence (name, seq) VALUES ('operations', :highest)`,
          )
          .run({ highest })
        database
          .prepare<{ identity: string }>(`INSERT INTO meta VALUES ('identity', :identity)`)
          .run({ identity })
      })
      isFinished = true
    },
    async close() {
      database.close()
      if (isFinished) return
      for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${path}${suffix}`, { force: true })
    },
  }
}

/** The driver gives bytes as an `ArrayBuffer`, and takes a `Buffer`. */
function withBuffers(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column,
      value instanceof ArrayBuffer ? Buffer.from(value) : value,
    ]),
  )
}
