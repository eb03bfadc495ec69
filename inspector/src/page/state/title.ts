/** The title of the page, for tabs and the history of the browser. */
import { short } from '../format.ts'

const NAMES: Readonly<Record<string, (id: string) => string>> = {
  batches: () => 'Batches',
  lanes: () => 'Lanes',
  batch: (id) => `Batch ${short(id)}`,
  operation: (id) => `Operation ${short(id)}`,
  actor: (id) => id,
  search: (text) => `Search for ${text}`,
}

export function titleOf([name, id = '']: readonly string[]): string {
  const view = name === undefined ? 'Overview' : (NAMES[name]?.(id) ?? 'Page not found')
  return `${view} · opsbatcher`
}
