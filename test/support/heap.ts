/** What the heap of this process holds once everything that nobody holds has been collected. */
import { getHeapSnapshot, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** Bytes in use. They grow a little for as long as the engine goes on compiling. */
export function usedBytes(): number {
  // The first run may leave to the second what has finalizers.
  collectGarbage()
  collectGarbage()
  return process.memoryUsage().heapUsed
}

/** Things that a program makes; the rest is the engine's own, such as compiled code. */
const MADE: ReadonlySet<string> = new Set([
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

/** How many objects, arrays, functions, strings and numbers there are. Takes seconds. */
export async function countObjects(): Promise<number> {
  let text = ''
  for await (const chunk of getHeapSnapshot().setEncoding('utf8')) text += chunk
  const { snapshot, nodes }: HeapSnapshot = JSON.parse(text)
  const { node_fields: fields, node_types: types } = snapshot.meta
  const typeField = fields.indexOf('type')
  let count = 0
  for (let node = 0; node < nodes.length; node += fields.length) {
    if (MADE.has(types[0][nodes[node + typeField] ?? 0] ?? '')) count += 1
  }
  return count
}
