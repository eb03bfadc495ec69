/**
 * Copies a database, and compares the copy with it. SQLite reads the database in one transaction, so the copy is the state of one
 * moment. Source: https://www.sqlite.org/lang_vacuum.html, section "VACUUM with an INTO clause".
 */
import { closeSync, fsyncSync, openSync } from 'node:fs'
import { Database, type NoParameters } from './database.ts'

/** What a copy holds. */
export interface Contents {
  readonly operations: number
  readonly batches: number
  readonly attempts: number
}

/** No backup was made. The message says why, and what to do. */
export class BackupError extends Error {
  override readonly name = 'BackupError'
}

/**
 * Copies a database to which a gateway may write meanwhile. When the call returns, the content is on the disk.
 * @param draft path of the copy; there is no such file
 * @throws BackupError if the copy differs from the database
 * @throws StoreError if the database cannot be read, or the copy cannot be written
 */
export function copyAndCheck(path: string, draft: string): Contents {
  const source = Database.openToRead(path)
  try {
    const before = readState(source)
    source.execute(`VACUUM INTO '${draft.replaceAll("'", "''")}'`)
    synchronise(draft)
    const after = readState(source)
    const copy = Database.openToRead(draft)
    try {
      checkIntegrity(copy)
      const copied = readState(copy)
      compare(copied, before, after)
      return copied.contents
    } finally {
      copy.close()
    }
  } finally {
    source.close()
  }
}

/** The contents of a database, and marks of its state. */
export interface State {
  /** Schema version, chain and registry. */
  readonly identity: string
  /** Number of the newest operation that was ever stored. It only grows. */
  readonly newest: number
  readonly contents: Contents
  /** Changes with every commit of another connection. */
  readonly version: number
}

function readState(database: Database): State {
  const row = database
    .prepare<NoParameters, Contents & Omit<State, 'contents'>>(`
      SELECT (SELECT json_group_array(value ORDER BY key) FROM meta) AS identity,
        (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'operations') AS newest,
        (SELECT count(*) FROM operations JOIN payloads USING (sequence)) AS operations,
        (SELECT count(*) FROM batches) AS batches,
        (SELECT count(*) FROM attempts) AS attempts,
        (SELECT data_version FROM pragma_data_version) AS version`)
    .first({})
  if (row === undefined) throw new TypeError('the database has not answered')
  const { identity, newest, version, operations, batches, attempts } = row
  return { identity, newest, version, contents: { operations, batches, attempts } }
}

function checkIntegrity(copy: Database): void {
  const damage = copy
    .prepare<NoParameters, { found: string }>(
      'SELECT integrity_check AS found FROM pragma_integrity_check(1)',
    )
    .first({})
  if (damage?.found !== 'ok') throw differs(`it is damaged: ${damage?.found}`)
  const orphan = copy.prepare<NoParameters, object>('SELECT 1 AS found FROM pragma_foreign_key_check LIMIT 1')
  if (orphan.first({}) !== undefined) throw differs('a row belongs to a row that is missing')
}

/**
 * The copy is a state between two states of the database. If nothing was written between these, all three are the same.
 * @throws BackupError otherwise
 */
export function compare(copied: State, before: State, after: State): void {
  const isBetween = before.newest <= copied.newest && copied.newest <= after.newest
  if (copied.identity !== before.identity || !isBetween) throw differs('it holds other operations')
  if (before.version !== after.version) return
  if (JSON.stringify(copied.contents) !== JSON.stringify(after.contents)) throw differs('the counts differ')
}

function differs(reason: string): BackupError {
  return new BackupError(`the copy is not the database: ${reason}; check the disk, and make the backup again`)
}

function synchronise(path: string): void {
  const handle = openSync(path, 'r+')
  fsyncSync(handle)
  closeSync(handle)
}
