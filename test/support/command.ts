/** `opsbatcher` as a process of its own. */
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))

/** Starts it with nothing in its environment but what is given. */
export function startCommand(args: readonly string[], environment: NodeJS.Dict<string>, cwd: string) {
  const { PATH } = process.env
  return spawn(process.execPath, ['--import', TSX, CLI, ...args], { cwd, env: { PATH, ...environment } })
}
