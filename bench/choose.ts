/** Chooses the parts of a run by the names that the option `--only` gives. */
import type { Part } from './row.ts'

/**
 * @param names of parts or of rows; all parts without a name
 * @returns the parts in their own order, each once
 * @throws Error for a name that no part and no row has
 */
export function chooseParts(parts: readonly Part[], names: readonly string[]): readonly Part[] {
  const has = (part: Part, name: string) => part.name === name || part.rows.includes(name)
  const unknown = names.find((name) => !parts.some((part) => has(part, name)))
  if (unknown !== undefined) {
    const known = parts.map(({ name, rows }) => `${name} (${rows.join(', ')})`)
    throw new Error(`no part or row is named ${unknown}; the parts and their rows are ${known.join('; ')}`)
  }
  return names.length === 0 ? parts : parts.filter((part) => names.some((name) => has(part, name)))
}
