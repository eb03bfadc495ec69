/** Loads libsql. Its native part is an optional package, one for each platform, so an installation may lack it. */
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import type Driver from 'libsql'
import { StoreError } from '../port.ts'

let loaded: typeof Driver | null = null

/** @throws StoreError that names the missing package */
export function driver(): typeof Driver {
  loaded ??= loadDriver()
  return loaded
}

/** @param load loads a package, and throws if it is missing */
export function loadDriver(load: (name: string) => unknown = createRequire(import.meta.url)): typeof Driver {
  try {
    return load('libsql') as typeof Driver
  } catch (cause) {
    const name = /@libsql\/[\w-]+/.exec(String(cause))?.[0] ?? 'libsql'
    throw new StoreError(
      'uninstalled',
      `the database needs the package ${name}, which is not installed; install it with: npm install ${name}`,
      { cause },
    )
  }
}

/** The name under which the driver opens a file only to read. Source: https://www.sqlite.org/uri.html */
export function readOnlyUri(path: string): string {
  return `${pathToFileURL(path).href}?mode=ro`
}
