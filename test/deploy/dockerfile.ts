/** Reads a Dockerfile, and carries out its steps in folders instead of containers. */
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { textOf } from './settings.ts'

const run = promisify(execFile)

/** User and group of the image. */
export const IMAGE_USER = '1000:1000'

export interface Stage {
  /** An image of a registry, or the name of an earlier stage. */
  readonly from: string
  readonly name: string
  readonly steps: readonly Step[]
}

export interface Step {
  readonly word: string
  readonly text: string
}

/** The stages of `deploy/docker/Dockerfile`, in order. */
export function readDockerfile(): readonly Stage[] {
  const stages: { from: string; name: string; steps: Step[] }[] = []
  const lines = textOf('docker/Dockerfile').replaceAll(/\\\n/g, ' ').split('\n')
  for (const line of lines) {
    const [, word = '', text = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? []
    if (word === 'FROM') {
      const [from = '', , name = ''] = text.split(' ')
      stages.push({ from, name, steps: [] })
    } else if (word !== '') stages.at(-1)?.steps.push({ word, text })
    else if (line !== '' && !line.startsWith('#')) throw new Error(`not understood: ${line}`)
  }
  return stages
}

/** The steps of a stage, after those of the stages that it starts from. */
export function stepsOf(stages: readonly Stage[], name: string): readonly Step[] {
  const stage = stages.find((other) => other.name === name)
  return stage === undefined ? [] : [...stepsOf(stages, stage.from), ...stage.steps]
}

/** The text of the last step with a word; empty if there is none. */
export function lastOf(steps: readonly Step[], word: string): string {
  return steps.findLast((step) => step.word === word)?.text ?? ''
}

/** The variables that the ENV steps set. */
export function variablesOf(steps: readonly Step[]): Readonly<Record<string, string>> {
  const pairs = steps.filter(({ word }) => word === 'ENV').flatMap(({ text }) => text.split(' '))
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  )
}

export interface Machine {
  /** Folder with the files that the build may read. */
  readonly context: string
  /** Variables for the steps RUN. */
  readonly environment: NodeJS.ProcessEnv
  /** Numbers of user and group that own what the Dockerfile gives to its user. */
  readonly owner: string
}

/**
 * Carries out the steps COPY and RUN of stages in folders. Node and npm are those of this process, instead of those of the
 * image that the first stage starts from.
 * @returns makes the file system of a stage, and returns its root folder
 */
export function builder(
  stages: readonly Stage[],
  { context, environment, owner }: Machine,
): (stage: string) => Promise<string> {
  const roots = new Map<string, Promise<string>>()
  const rootOf = (name: string): Promise<string> => {
    const made = roots.get(name) ?? make(name)
    roots.set(name, made)
    return made
  }
  const make = async (name: string): Promise<string> => {
    const stage = stages.find((other) => other.name === name)
    const root = await mkdtemp(join(tmpdir(), `opsbatcher-${name}-`))
    if (stage === undefined) return root
    if (stages.some((other) => other.name === stage.from)) await link(`${await rootOf(stage.from)}/.`, root)
    for (const { word, text } of stage.steps) {
      const workdir = join(root, lastOf(stepsOf(stages, name), 'WORKDIR'))
      await mkdir(workdir, { recursive: true })
      if (word === 'COPY') await copy(text, workdir)
      if (word === 'RUN')
        await run('sh', ['-ec', inFolder(text.replaceAll(IMAGE_USER, owner), root)], {
          cwd: workdir,
          env: environment,
        })
    }
    return root
  }
  const copy = async (text: string, workdir: string): Promise<void> => {
    const [, from, paths = ''] = /^(?:--from=(\S+) )?(.*)$/.exec(text) ?? []
    const sources = paths.split(' ')
    const target = sources.pop() ?? ''
    for (const source of sources) {
      const path = from === undefined ? join(context, source) : join(await rootOf(from), source)
      const isFolder = await readdir(path).then(
        () => true,
        () => false,
      )
      // The content of a folder is copied into the target, and a file below it.
      const place = isFolder ? join(workdir, target) : join(workdir, target, basename(source))
      await mkdir(isFolder ? place : dirname(place), { recursive: true })
      if (from === undefined) await cp(path, place, { recursive: true })
      else await link(isFolder ? `${path}/.` : path, place)
    }
  }
  return rootOf
}

/** Copies by hard links. */
async function link(from: string, to: string): Promise<void> {
  await run('cp', ['-al', from, to])
}

/** A command with its absolute paths below a folder. */
function inFolder(command: string, root: string): string {
  return command.replaceAll(/(?<= )\/(?=\w)/g, `${root}/`)
}
