/** What `docs` tells an operator to watch. */
import { readFileSync } from 'node:fs'

export const read = (page: string) => readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8')

/** The rows of the table below the heading "What to watch". */
export function watchRows(page: string): readonly string[] {
  const section = read(page).split('\n## What to watch\n')[1]?.split('\n## ')[0] ?? ''
  const rows = section.split('\n').filter((line) => line.startsWith('| '))
  return rows.slice(2)
}

/** The names of metrics in a text. `ops_batcher_{a,b}_c` stands for several. */
export function metricsIn(text: string): readonly string[] {
  const written = text.match(/ops_batcher_[a-z_]*(\{[a-z,]+\}[a-z_]*)?/g) ?? []
  return written.flatMap((name) => {
    const [, list = ''] = /\{(.+)\}/.exec(name) ?? []
    return list.split(',').map((part) => name.replace(/\{.+\}/, part))
  })
}
