/**
 * Makes a backup while a gateway writes to the database. The gateway does not wait: another process reads the database. That process
 * can be ended at any time, which a statement of SQLite in this process cannot.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, linkSync, renameSync, rmSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BackupError, type Contents } from './copy.ts'
import type { CopyResult } from './copyMain.ts'
import { syncFolder } from './newFile.ts'
import { unpackError } from './packedError.ts'

export interface BackupOptions {
  /** Called with the path of the growing copy, before the copy begins. */
  readonly onStart?: (draft: string) => void
  /** An abort ends the backup with a `BackupError`. */
  readonly signal?: AbortSignal
}

/**
 * Copies the database and checks the copy. The file gets its name only then: a file with this name is complete. An unfinished copy
 * is removed, unless this process is killed. Its name ends with `.part`.
 * @param path of the database
 * @param target of the copy; its folder exists
 * @returns what the copy holds
 * @throws BackupError if the target exists, the copy differs, or the backup was interrupted
 * @throws StoreError if the database cannot be read, or the copy cannot be written
 */
export async function backUp(path: string, target: string, options: BackupOptions = {}): Promise<Contents> {
  if (!existsSync(path))
    throw new BackupError(`there is no database ${path}; give its folder with --data-dir`)
  if (existsSync(target)) throw alreadyThere(target)
  const draft = `${resolve(target)}.${randomUUID()}.part`
  try {
    options.onStart?.(draft)
    const contents = await copyElsewhere(path, draft, options.signal)
    publish(draft, target)
    return contents
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Resolves or rejects after the other process has ended. */
async function copyElsewhere(path: string, draft: string, signal?: AbortSignal): Promise<Contents> {
  const child = startCopy(path, draft)
  let result: CopyResult | null = null
  child.on('message', (message: CopyResult) => {
    result = message
  })
  const end = () => child.kill('SIGKILL')
  if (signal?.aborted) end()
  signal?.addEventListener('abort', end, { once: true })
  await once(child, 'close')
  signal?.removeEventListener('abort', end)
  return contentsOf(result, signal?.aborted ?? false)
}

function contentsOf(result: CopyResult | null, isAborted: boolean): Contents {
  if (isAborted) throw new BackupError('interrupted; no backup was made')
  if (result === null) throw new BackupError('the process that makes the copy has ended; no backup was made')
  if ('error' in result) throw unpackError(result.error)
  return result.contents
}

/** Starts the built file from a built program, otherwise the source. */
function startCopy(path: string, draft: string): ChildProcess {
  const isBuilt = import.meta.url.endsWith('.js')
  const program = new URL(isBuilt ? './copyMain.js' : './copyMain.ts', import.meta.url)
  return fork(fileURLToPath(program), [path, draft], {
    execArgv: isBuilt ? [] : ['--import', import.meta.resolve('tsx')],
  })
}

function alreadyThere(target: string): BackupError {
  return new BackupError(`${target} is there already, and is not overwritten; choose another name`)
}

/** Gives the copy its name, unless another file has the name. */
function publish(draft: string, target: string): void {
  try {
    linkSync(draft, target)
  } catch (error) {
    if (existsSync(target)) throw alreadyThere(target)
    // Some file systems have no hard links.
    if (!(error instanceof Error && 'code' in error && NO_LINKS.has(String(error.code)))) throw error
    renameSync(draft, target)
  }
  syncFolder(dirname(resolve(target)))
}

const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])
