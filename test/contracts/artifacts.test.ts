/** The committed artifacts are up to date. If not, run `npm run contracts`. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ERC1967Proxy } from '../../contracts/artifacts/ERC1967Proxy.ts'
import { HashTime } from '../../contracts/artifacts/HashTime.ts'
import { Multicall3 } from '../../contracts/artifacts/Multicall3.ts'
import { Simulator } from '../../contracts/artifacts/Simulator.ts'
import { TestAgent } from '../../contracts/artifacts/TestAgent.ts'
import { TestToken } from '../../contracts/artifacts/TestToken.ts'
import { WorldIDRegistry } from '../../contracts/artifacts/WorldIDRegistry.ts'
import { WorldIDRegistryV2 } from '../../contracts/artifacts/WorldIDRegistryV2.ts'
import { CONTRACTS, compileArtifact, sourceHash } from '../../contracts/compiler.ts'

test('every artifact has the hash of the current sources', () => {
  const artifacts = {
    ERC1967Proxy,
    HashTime,
    Multicall3,
    Simulator,
    TestAgent,
    TestToken,
    WorldIDRegistry,
    WorldIDRegistryV2,
  }
  for (const name of CONTRACTS) expect(artifacts[name].sourceHash, name).toBe(sourceHash(name))
})

// Only the simulator runs in production. For the other contracts, slow to compile, the hash above is enough.
test('the artifact of the simulator is equal to the compiled source', () => {
  const file = new URL('../../contracts/artifacts/Simulator.ts', import.meta.url)
  expect(compileArtifact('Simulator')).toBe(readFileSync(file, 'utf8'))
})
