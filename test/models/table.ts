/** `npm run test:models`: takes all paths and prints what they cover. Ends with code 1 when an edge is not taken. */
import { MODELS } from './models.ts'
import { takeAllPaths } from './support/model.ts'

const rows = []
for (const { models } of MODELS) rows.push(await takeAllPaths(models))

console.table(
  Object.fromEntries(
    rows.map(({ machine, states, transitions, paths, edges, missing }) => [
      machine,
      {
        states,
        transitions,
        edges: edges.length,
        paths,
        covered: percent(edges.length - missing.length, edges.length),
      },
    ]),
  ),
)
for (const { missing } of rows) for (const edge of missing) process.stdout.write(`not taken: ${edge}\n`)
process.exitCode = rows.every(({ missing }) => missing.length === 0) ? 0 : 1

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`
}
