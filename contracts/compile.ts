/** `npm run contracts`: compiles the contracts and writes their artifacts. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { CONTRACTS, compileArtifact } from './compiler.ts'

const folder = new URL('./artifacts/', import.meta.url)

mkdirSync(folder, { recursive: true })
for (const name of CONTRACTS) {
  writeFileSync(new URL(`${name}.ts`, folder), compileArtifact(name))
  console.log(`contracts/artifacts/${name}.ts`)
}
