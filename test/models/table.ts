/** `npm run test:models`: takes all paths and prints the coverage. Exits with code 1 when an edge is not taken. */
import { MODELS } from './models.ts'
import { takeAllPaths } from './support/walk.ts'

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
const gaps = rows.flatMap(({ machine, missing, ignored, unseen }) => [
  ...missing.map((edge) => `not taken: ${edge}`),
  ...ignored.map((outcome) => `not expected: ${outcome}`),
  ...unseen.map((field) => `guards of ${machine} look at ${field}, and its model does not`),
])
for (const gap of gaps) process.stdout.write(`${gap}\n`)
process.exitCode = gaps.length === 0 ? 0 : 1

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`
}
