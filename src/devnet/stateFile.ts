/**
 * Where a local chain is kept between runs. anvil writes over its file, again and again: killed while it writes, it leaves
 * half of one. So it writes to a file beside, and what it wrote there takes the other's place once that is whole.
 */
import { rename, rm, stat } from 'node:fs/promises'
import type { DurationMs } from '../domain/primitives.ts'
import { DevnetError } from './error.ts'

/** Between saves while the chain runs: about what a crash may lose, twice. */
const SAVE_INTERVAL: DurationMs = 10_000
/** Longer than a save takes. What is older is whole, and what is younger than the interval less this is not written to. */
const SAVE_TIME: DurationMs = 2_000
const LOOK_INTERVAL: DurationMs = 1_000

const written = (file: string) => `${file}.writing`
/** Written by a run that did not end well: whole or not. */
const unproven = (file: string) => `${file}.unproven`

/**
 * Starts a node from the newest save that it can read.
 *
 * @param file Where the chain is kept; it may not be there yet.
 * @param start Starts anvil with the arguments given.
 * @throws {DevnetError} if there are saves, but none that it can read.
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
  const advice = 'if the file is damaged, delete the folder that it is in to start afresh'
  throw new DevnetError(`The local chain cannot go on from ${file} (${failure.message}); ${advice}.`, {
    cause: failure,
  })
}

/** Keeps a running node's saves. @returns what ends that */
export function keepSaves(file: string): () => void {
  const timer = setInterval(() => void keepSave(file, Date.now()).catch(() => {}), LOOK_INTERVAL)
  return () => clearInterval(timer)
}

/** Keeps what a node has written, unless it may be writing at the moment. @param now in milliseconds */
export async function keepSave(file: string, now: number): Promise<void> {
  const age = await ageOf(written(file), now)
  if (age !== null && age > SAVE_TIME && age < SAVE_INTERVAL - SAVE_TIME) await replace(written(file), file)
}

/** Keeps what a node wrote before it ended well. */
export const keepLastSave = (file: string): Promise<void> => replace(written(file), file)

/** @returns how long ago a file was last written to; null if it is not there */
function ageOf(file: string, now = Date.now()): Promise<DurationMs | null> {
  return stat(file).then(
    ({ mtimeMs }) => now - mtimeMs,
    () => null,
  )
}

/** Renames a file, if it is there. */
function replace(from: string, to: string): Promise<void> {
  return rename(from, to).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
}
