/** The files of failed runs, in `.world/seed-N` (ignored by git). */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Plan } from '../plan.ts'
import type { Report } from '../world.ts'

const FOLDER = '.world'

/** The folder of a seed. */
export function folderOf(seed: number): string {
  return join(FOLDER, `seed-${seed}`)
}

/** Stores a run with its plan. */
export function keepRun(plan: Plan, report: Report): Promise<void> {
  return keep(plan, report, { plan: 'plan.json', trace: 'trace.log', recording: 'recording.json' })
}

/** Stores the smallest run with an equal failure. */
export function keepShrunk(plan: Plan, report: Report): Promise<void> {
  return keep(plan, report, { plan: 'least.json', trace: 'least.log', recording: 'least-recording.json' })
}

/** Reads the smallest run of a seed. */
export async function readShrunk(seed: number): Promise<{ readonly plan: string; readonly trace: string }> {
  const folder = folderOf(seed)
  return {
    plan: await readFile(join(folder, 'least.json'), 'utf8'),
    trace: await readFile(join(folder, 'least.log'), 'utf8'),
  }
}

/** @throws SyntaxError, or any error of the file system */
export async function readPlan(file: string): Promise<Plan> {
  return JSON.parse(await readFile(file, 'utf8'))
}

/** A plan as JSON, with a line for each item of a list. */
export function tellPlan(plan: Plan): string {
  const fields = Object.entries(plan).map(([name, value]) => {
    const isList = Array.isArray(value) && value.length > 0
    const text = isList
      ? `[\n${value.map((item) => `    ${JSON.stringify(item)}`).join(',\n')}\n  ]`
      : JSON.stringify(value)
    return `  ${JSON.stringify(name)}: ${text}`
  })
  return `{\n${fields.join(',\n')}\n}\n`
}

async function keep(
  plan: Plan,
  { trace, recording }: Report,
  names: { readonly plan: string; readonly trace: string; readonly recording: string },
): Promise<void> {
  const folder = folderOf(plan.seed)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, names.plan), tellPlan(plan))
  await writeFile(join(folder, names.trace), trace)
  if (recording !== null) await writeFile(join(folder, names.recording), JSON.stringify(recording))
}
