/** `npm run contracts`: compiles the contracts and writes their artifacts. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { CONTRACTS, compileArtifacts } from './compiler.ts'

const folder = new URL('./artifacts/', import.meta.url)
const artifacts = compileArtifacts()

mkdirSync(folder, { recursive: true })
for (const name of CONTRACTS) {
  writeFileSync(new URL(`${name}.ts`, folder), artifacts[name])
  console.log(`contracts/artifacts/${name}.ts`)
}
