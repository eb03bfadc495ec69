/** Temporary copies of the source tree, each with a fault. */
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { applyTo, type Mutant } from './mutant.ts'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Folders that no test reads: installed packages, builds and stored data. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'node_modules',
  'dist',
  'coverage',
  '.git',
  '.chaos',
  '.opsbatcher',
])

export interface Scratch {
  readonly folder: string
  remove(): Promise<void>
}

/**
 * Copies the tree into a temporary folder, with the installed packages linked.
 * @param mutant the fault to apply; null for a copy without a fault
 * @throws Error if the fault does not apply
 */
export async function copyTree(mutant: Mutant | null): Promise<Scratch> {
  const folder = await mkdtemp(join(tmpdir(), 'opsbatcher-mutant-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    await cp(ROOT, folder, { recursive: true, filter: (path) => !LEFT_OUT.has(basename(path)) })
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    if (mutant !== null) {
      const file = join(folder, mutant.file)
      await writeFile(file, applyTo(await readFile(file, 'utf8'), mutant))
    }
    return { folder, remove }
  } catch (error) {
    await remove()
    throw error
  }
}
