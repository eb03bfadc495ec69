/**
 * `npm run bench [-- --only NAME]... [--quick] [--json FILE] [--profile] [--hash-cost real]`: measures the gateway on this
 * machine. Machines differ and other work disturbs the figures. Therefore a comparing row measures both figures in one run:
 * look at the ratios.
 */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { accept } from './accept.ts'
import { chooseParts } from './choose.ts'
import { everyday } from './everyday.ts'
import { fold } from './fold.ts'
import { idle } from './idle.ts'
import { inFlight } from './inFlight.ts'
import { libraries } from './libraries.ts'
import { printProfile, profileGateway } from './profile.ts'
import type { Part, Row } from './row.ts'
import { selection } from './selection.ts'
import { starts } from './starts.ts'
import { tableHead, tableRow, toJson } from './table.ts'
import { throughput } from './throughput.ts'
import { viewers } from './viewers.ts'

const PARTS: readonly Part[] = [
  accept,
  idle,
  everyday,
  throughput,
  fold,
  starts,
  selection,
  inFlight,
  viewers,
  libraries,
]

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    profile: { type: 'boolean', default: false },
    // Read by `hashCost.ts`.
    'hash-cost': { type: 'string' },
  },
})
const size = { isQuick: values.quick }
const print = (line: string) => process.stdout.write(`${line}\n`)

print(tableHead())
if (values.profile) printProfile(await profileGateway(size), print)
else await measureAll(chooseParts(PARTS, values.only ?? []))

async function measureAll(parts: readonly Part[]): Promise<void> {
  const rows: Row[] = []
  for (const part of parts) {
    const measured = await part.measure(size)
    for (const row of measured) print(tableRow(row))
    rows.push(...measured)
  }
  if (values.json !== undefined) await writeFile(values.json, toJson(rows, size.isQuick))
}
