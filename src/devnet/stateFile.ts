/**
 * The state file of a local chain. anvil overwrites the file regularly, and leaves an incomplete file if killed during
 * a write. Therefore anvil writes to a second file, and the second file replaces the state file when the write is
 * complete.
 */
import { rename, rm, stat } from 'node:fs/promises'
import type { DurationMs } from '../domain/primitives.ts'
import { DevnetError } from './error.ts'

/** Time between two saves of a running node. A crash loses at most two intervals. */
const SAVE_INTERVAL: DurationMs = 10_000
/**
 * Upper bound for the duration of a save. An older file is complete, and anvil does not write to the file before the
 * age of `SAVE_INTERVAL`.
 */
const SAVE_TIME: DurationMs = 2_000
/** Time between two checks of the written file. */
const CHECK_INTERVAL: DurationMs = 1_000

const written = (file: string) => `${file}.writing`
/** The last save of a run that did not end with exit code 0. It may be incomplete. */
const unproven = (file: string) => `${file}.unproven`

/**
 * Starts a node from the newest readable save.
 *
 * @param file the state file; it need not exist
 * @param start starts anvil with further arguments
 * @throws {DevnetError} if saves exist, but anvil can read no save
 */
export async function startFrom<T>(file: string, start: (args: readonly string[]) => Promise<T>): Promise<T> {
  await replace(written(file), unproven(file))
  const saving = ['--dump-state', written(file), '--state-interval', `${SAVE_INTERVAL / 1000}`]
  let failure: Error | null = null
  for (const save of [unproven(file), file]) {
    if ((await ageOf(save)) === null) continue
    try {
      const node = await start(['--load-state', save, ...saving])
      if (save === file) await rm(unproven(file), { force: true })
      else await replace(save, file)
      return node
    } catch (error) {
      if (!(error instanceof Error)) throw error
      failure = error
    }
  }
  if (failure === null) return start(saving)
  const advice = 'if the file is damaged, delete its folder to start again'
  throw new DevnetError(`The local chain cannot resume from ${file} (${failure.message}); ${advice}.`, {
    cause: failure,
  })
}

/** Moves each complete save of a running node to the state file. @returns a function that ends this */
export function keepSaves(file: string): () => void {
  const timer = setInterval(() => void keepSave(file, Date.now()).catch(() => {}), CHECK_INTERVAL)
  return () => clearInterval(timer)
}

/** Moves the written file to the state file, unless anvil may be writing to it. @param now time in milliseconds */
export async function keepSave(file: string, now: number): Promise<void> {
  const age = await ageOf(written(file), now)
  if (age !== null && age > SAVE_TIME && age < SAVE_INTERVAL - SAVE_TIME) await replace(written(file), file)
}

/** Moves the last save of a node to the state file, after the node has ended with exit code 0. */
export const keepLastSave = (file: string): Promise<void> => replace(written(file), file)

/** @returns time since the last write to a file; null if the file does not exist */
function ageOf(file: string, now = Date.now()): Promise<DurationMs | null> {
  return stat(file).then(
    ({ mtimeMs }) => now - mtimeMs,
    () => null,
  )
}

/** Renames a file, if it exists. */
function replace(from: string, to: string): Promise<void> {
  return rename(from, to).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
}
