/** The report of a run: one table for people, and the same figures as JSON. */
import { arch, availableParallelism, cpus, platform } from 'node:os'
import type { Row } from './row.ts'

const NAME_WIDTH = 34
const VALUE_WIDTH = 12

/** A row of the table. */
export function tableRow({ name, value, beside = '' }: Row): string {
  return `${name.padEnd(NAME_WIDTH)} ${figure(value).padStart(VALUE_WIDTH)}  ${beside}`.trimEnd()
}

/** The head of the table: the machine. */
export function tableHead(): string {
  const { processor, cores, system, node } = machine()
  return `# ${processor}, ${cores} cores, ${system}, Node ${node}`
}

/** The figures by name, with the machine and the remarks. */
export function toJson(rows: readonly Row[], isQuick: boolean): string {
  const figures = Object.fromEntries(rows.map(({ name, value }) => [name, Number(value.toPrecision(6))]))
  const beside = Object.fromEntries(rows.flatMap((row) => (row.beside ? [[row.name, row.beside]] : [])))
  return `${JSON.stringify({ machine: machine(), quick: isQuick, figures, beside }, null, 2)}\n`
}

function machine() {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown processor',
    cores: availableParallelism(),
    system: `${platform()} ${arch()}`,
    node: process.versions.node,
  }
}

/** Three digits are all that a measurement holds. Whole numbers keep all their digits. */
function figure(value: number): string {
  if (!Number.isFinite(value)) return '-'
  return Math.abs(value) >= 100
    ? Math.round(value).toLocaleString('en')
    : String(Number(value.toPrecision(3)))
}
