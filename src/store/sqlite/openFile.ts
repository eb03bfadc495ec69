/** The file of an open database: is it still the file on disk? */
import { statSync } from 'node:fs'
import { StoreError } from '../port.ts'
import { lockPath } from './fileLock.ts'

/**
 * A program can go on writing to a file that was removed or replaced, and everything written is lost at its end. Therefore
 * each commit compares the files on disk with the files that were opened.
 */
export class OpenFile {
  readonly #path: string
  /** Identity of the opened file by path. SQLite makes the write-ahead log at the first commit. */
  readonly #identities = new Map<string, string>()

  /** @param path of the open database; `:memory:` for a database without a file */
  constructor(path: string) {
    this.#path = path
    this.verify()
  }

  /** @throws StoreError if a file was removed or replaced */
  verify(): void {
    if (this.#path === ':memory:') return
    for (const path of [this.#path, `${this.#path}-wal`, lockPath(this.#path)]) {
      const identity = identityOf(path)
      const known = this.#identities.get(path)
      if (known === undefined && identity !== null) this.#identities.set(path, identity)
      if (known !== undefined && known !== identity) throw lost(path)
    }
  }
}

/** @returns null if there is no file */
function identityOf(path: string): string | null {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stats === undefined ? null : `${stats.dev}:${stats.ino}`
}

function lost(path: string): StoreError {
  const message = `the database file ${path} was removed or replaced while in use; stop the gateway, restore the file, and start again`
  return new StoreError('unavailable', message)
}
