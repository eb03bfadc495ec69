/** Packs the sources of this checkout as in a clean clone, installs the package in empty folders, and runs what is installed. */
import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** `npm` and the programs of a package run on the Node of this process. */
function environment(more: NodeJS.Dict<string> = {}): NodeJS.ProcessEnv {
  const { HOME, PATH = '' } = process.env
  return { HOME, PATH: [dirname(process.execPath), PATH].join(delimiter), ...more }
}

/** npm needs what the machine tells about proxies and certificates, and nothing of an npm that runs this test. */
export function environmentOfNpm(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|node_env$|vitest)/i.test(name))
  return environment(Object.fromEntries(inherited.filter(([name]) => name !== 'PATH')))
}

export interface Packed {
  /** Path of the packed file. */
  readonly file: string
  /** Paths in the package. */
  readonly paths: readonly string[]
}

/** A copy with the files of the checkout alone: nothing that an earlier build has left is in it. */
export async function cleanClone(): Promise<string> {
  const clone = await emptyFolder()
  const { stdout } = await run('git', ['ls-files', '-co', '--exclude-standard'], { cwd: ROOT })
  for (const path of stdout.trim().split('\n')) {
    await cp(join(ROOT, path), join(clone, path), { recursive: true }).catch(ignoreDeleted)
  }
  return clone
}

/** Packs a clean clone. */
export async function pack(): Promise<Packed> {
  const clone = await cleanClone()
  for (const folder of ['node_modules', 'inspector/node_modules']) {
    await symlink(join(ROOT, folder), join(clone, folder))
  }
  const packed = await run('npm', ['pack', '--json'], { cwd: clone, env: environmentOfNpm() })
  const [{ filename, files }] = JSON.parse(packed.stdout.slice(packed.stdout.search(/^\[/m)))
  return {
    file: join(clone, filename),
    paths: files.map(({ path }: { readonly path: string }) => path),
  }
}

function ignoreDeleted(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}

/** Installs packages in a folder, as a user does. */
export async function install(folder: string, ...args: readonly string[]): Promise<void> {
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline']
  await run('npm', ['install', ...quiet, ...args], { cwd: folder, env: environmentOfNpm() })
}

/** A folder with a package.json without dependencies. */
export async function emptyProject(): Promise<string> {
  const folder = await emptyFolder()
  await writeFile(join(folder, 'package.json'), '{"private":true}')
  return folder
}

function emptyFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'opsbatcher-packed-'))
}

/** Runs a program to its end. */
export async function finish(
  folder: string,
  [program = '', ...args]: readonly string[],
  settings: NodeJS.Dict<string> = {},
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(program, args, { cwd: folder, env: environment(settings) })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  await once(child, 'close')
  return { code: child.exitCode, stdout, stderr }
}

export interface Running {
  /** Waits for a line of the output that matches. @returns the first group */
  line(pattern: RegExp): Promise<string>
  /**
   * Ends it with a signal. The default is that of Ctrl-C.
   * @returns the exit code
   */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** Starts the installed command. */
export function start(folder: string, args: readonly string[], settings: NodeJS.Dict<string> = {}): Running {
  const command = join(folder, 'node_modules', '.bin', 'opsbatcher')
  return watch(spawn(command, args, { cwd: folder, env: environment(settings) }))
}

/** Reads the output of a running program. */
export function watch(child: ChildProcessWithoutNullStreams): Running {
  const lines: string[] = []
  const waiting = new Set<() => void>()
  const closed = once(child, 'close')
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      lines.push(line)
      for (const look of waiting) look()
    })
  }
  return {
    line: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = lines.map((line) => pattern.exec(line)?.[1]).find((group) => group !== undefined)
          if (found !== undefined) resolve(found)
        }
        waiting.add(look)
        look()
        void closed.then(() => reject(new Error(`ended before ${pattern}:\n${lines.join('\n')}`)))
      }),
    async stop(signal = 'SIGINT') {
      child.kill(signal)
      await closed
      return child.exitCode
    },
  }
}

/** Sum of the sizes of all files in a folder, in bytes. */
export async function sizeOfFolder(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true })
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** Type-checks a program that uses the package, as a module of each kind. @returns the messages of the compiler */
export async function compile(folder: string, source: Readonly<Record<string, string>>): Promise<string> {
  const types = join(folder, 'typed')
  await mkdir(types)
  for (const [name, text] of Object.entries(source)) await writeFile(join(types, name), text)
  const compilerOptions = {
    module: 'nodenext',
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ['node'],
    typeRoots: [join(ROOT, 'node_modules', '@types')],
  }
  await writeFile(join(types, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
  return (await finish(types, [process.execPath, tsc, '-p', types])).stdout
}
