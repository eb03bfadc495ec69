/** Runs the command line as a person would: as a process of its own. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { startCommand } from '../support/command.ts'

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const folders: string[] = []

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** @returns a folder that nothing is in; it goes when the test file has run */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'opsbatcher-cli-'))
  folders.push(folder)
  return folder
}

/** Starts `opsbatcher` with nothing in its environment but what is given. */
export function spawnCommand(
  args: readonly string[],
  environment: NodeJS.Dict<string> = {},
  cwd = emptyFolder(),
) {
  return startCommand(args, environment, cwd)
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
