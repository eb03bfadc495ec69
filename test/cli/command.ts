/** Runs the command line in a separate process. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { startCommand } from '../support/command.ts'

export interface CommandResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const folders: string[] = []

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** @returns an empty folder; it is deleted after the test file */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'opsbatcher-cli-'))
  folders.push(folder)
  return folder
}

/** Starts `opsbatcher` with the given environment variables only. */
export function spawnCommand(
  args: readonly string[],
  environment: NodeJS.Dict<string> = {},
  cwd = emptyFolder(),
) {
  return startCommand(args, environment, cwd)
}

/** Runs `opsbatcher` and waits for its exit. */
export async function runCommand(
  args: readonly string[],
  environment: NodeJS.Dict<string> = {},
  cwd?: string,
): Promise<CommandResult> {
  const child = spawnCommand(args, environment, cwd)
  const texts = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (texts.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (texts.stderr += chunk.toString()))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, ...texts }
}
