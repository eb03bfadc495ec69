/** `npm run contracts`: compiles the contracts and writes their artifacts. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { CONTRACTS, compileArtifact } from './compiler.ts'

const own = new URL('./', import.meta.url)
const polls = new URL('../examples/polls/', import.meta.url)
const sources = [...CONTRACTS.map((name) => [name, own] as const), ['Polls', polls] as const]

for (const [name, folder] of sources) {
  const artifacts = new URL('./artifacts/', folder)
  mkdirSync(artifacts, { recursive: true })
  writeFileSync(new URL(`${name}.ts`, artifacts), compileArtifact(name, folder))
  console.log(`${name}.ts`)
}
