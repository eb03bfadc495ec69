/** Measures the heap of the process after garbage collection. */
import { getHeapSnapshot, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** Bytes in use. The figure grows a little while the engine still compiles code. */
export function usedBytes(): number {
  // Objects with finalizers may need a second run.
  collectGarbage()
  collectGarbage()
  return process.memoryUsage().heapUsed
}

/** Node types of objects from the program. Other nodes belong to the engine, for example compiled code. */
const PROGRAM_TYPES: ReadonlySet<string> = new Set([
  'object',
  'array',
  'closure',
  'string',
  'concatenated string',
  'sliced string',
  'number',
  'bigint',
])

interface HeapSnapshot {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: readonly string[]
      readonly node_types: readonly [readonly string[], ...unknown[]]
    }
  }
  readonly nodes: readonly number[]
}

/** Counts objects, arrays, functions, strings and numbers. Takes seconds. */
export async function countObjects(): Promise<number> {
  let text = ''
  for await (const chunk of getHeapSnapshot().setEncoding('utf8')) text += chunk
  const { snapshot, nodes }: HeapSnapshot = JSON.parse(text)
  const { node_fields: fields, node_types: types } = snapshot.meta
  const typeField = fields.indexOf('type')
  let count = 0
  for (let node = 0; node < nodes.length; node += fields.length) {
    if (PROGRAM_TYPES.has(types[0][nodes[node + typeField] ?? 0] ?? '')) count += 1
  }
  return count
}
