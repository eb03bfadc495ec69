/** The committed artifacts are what the sources compile to: `npm run contracts` has been run. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ERC1967Proxy } from '../../contracts/artifacts/ERC1967Proxy.ts'
import { Multicall3 } from '../../contracts/artifacts/Multicall3.ts'
import { Simulator } from '../../contracts/artifacts/Simulator.ts'
import { WorldIDRegistry } from '../../contracts/artifacts/WorldIDRegistry.ts'
import { CONTRACTS, compileArtifact, sourceHash } from '../../contracts/compiler.ts'

test('every artifact is of the sources as they are', () => {
  const artifacts = { ERC1967Proxy, Multicall3, Simulator, WorldIDRegistry }
  for (const name of CONTRACTS) expect(artifacts[name].sourceHash, name).toBe(sourceHash(name))
})

// The one that runs in production. The hash above vouches for the others, which take the compiler longer.
test('the simulator compiles to its artifact', () => {
  const file = new URL('../../contracts/artifacts/Simulator.ts', import.meta.url)
  expect(compileArtifact('Simulator')).toBe(readFileSync(file, 'utf8'))
})
