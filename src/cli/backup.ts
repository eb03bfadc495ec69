/** `opsbatcher backup`: a consistent copy of the SQLite database, also while the gateway runs. */
import { statSync } from 'node:fs'
import { databasePath } from '../config/gatewayConfig.ts'
import { readStorageSettings } from '../config/read.ts'
import { backUp } from '../store/sqlite/backup.ts'
import { BackupError } from '../store/sqlite/copy.ts'
import { type CliContext, EXIT, type ExitCode, type Flags } from './context.ts'
import { whileShown } from './terminal.ts'

/**
 * @param target path of the copy
 * @throws ConfigurationError if a setting is wrong
 * @throws BackupError if no backup was made
 * @throws StoreError if the database cannot be read, or the copy cannot be written
 */
export async function backup(target: string, flags: Flags, context: CliContext): Promise<ExitCode> {
  const { dataDir, databaseUrl } = readStorageSettings({ flags, environment: context.environment })
  if (databaseUrl !== undefined) throw new BackupError(USE_PG_DUMP)
  const path = databasePath(dataDir)
  let draft: string | null = null
  const onStart = (name: string) => {
    draft = name
  }
  const work = backUp(path, target, { onStart, signal: context.interruption() })
  const contents = await whileShown(() => describeProgress(path, draft), work)
  const bytes = sizeOf(target)
  const { operations, batches, attempts } = contents
  const text =
    flags['json'] === true
      ? JSON.stringify({ file: target, bytes, operations, batches, attempts })
      : `${target}  ${megabytes(bytes)}, checked: ${operations} operations, ${batches} batches, ${attempts} transactions`
  process.stdout.write(`${text}\n`)
  return EXIT.ok
}

const USE_PG_DUMP =
  'the operations are in PostgreSQL; use pg_dump "$DATABASE_URL" --format=custom --file=opsbatcher.dump, because only the server can copy its database in one state'

/** A copy without free pages is smaller than the database, and the check follows the copy. */
function describeProgress(path: string, draft: string | null): string {
  return `copying ${megabytes(sizeOf(path))}: ${megabytes(draft === null ? 0 : sizeOf(draft))} written, then checked`
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}
