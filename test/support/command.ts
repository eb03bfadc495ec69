/** `opsbatcher` in its own process. */
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** Arguments of Node that start it. */
export type Program = readonly string[]

const inRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

const SOURCES: Program = [
  '--import',
  pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href,
  inRoot('src/cli.ts'),
]

/** Cache of compiled code, which cuts the start to a third of the time. */
export const COMPILED: Program = [inRoot('dist/src/cli.js')]

/** Starts it with the given environment only. */
export function startCommand(
  args: readonly string[],
  environment: NodeJS.Dict<string>,
  cwd: string,
  program: Program = SOURCES,
) {
  const { PATH } = process.env
  return spawn(process.execPath, [...program, ...args], { cwd, env: { PATH, ...environment } })
}
