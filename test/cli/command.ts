/** Runs the command line as a person would: as a process of its own. */
import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))

/** @returns a folder that nothing is in */
export function emptyFolder(): string {
  return mkdtempSync(join(tmpdir(), 'opsbatcher-'))
}

/** Starts `opsbatcher` with nothing in its environment but what is given. */
export function spawnCommand(
  args: readonly string[],
  environment: NodeJS.Dict<string> = {},
  cwd = emptyFolder(),
) {
  const { PATH } = process.env
  return spawn(process.execPath, ['--import', TSX, CLI, ...args], { cwd, env: { PATH, ...environment } })
}

/** Runs it to its end. */
export async function runCommand(
  args: readonly string[],
  environment: NodeJS.Dict<string> = {},
  cwd?: string,
): Promise<Outcome> {
  const child = spawnCommand(args, environment, cwd)
  const texts = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (texts.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (texts.stderr += chunk.toString()))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, ...texts }
}
