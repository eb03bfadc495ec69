/** The World ID registry, in both versions. */
import { numberToHex } from 'viem'
import type { RegistryDefinition } from '../definition.ts'
import { defineRegistry } from '../registry.ts'
import type { RegistryVersions } from '../versions.ts'
import { registryCall } from './calls.ts'
import { worldIdErrors } from './errors.ts'
import { foldOfCreates } from './fold.ts'
import { kindsV1, kindsV2 } from './kinds.ts'
import type { WorldIdOperation } from './operations.ts'
import { rootValidity } from './rootValidity.ts'
import { routesV1, routesV2 } from './routes.ts'
import { registryDomain } from './typedData.ts'

const getSignatureNonce = registryCall('getSignatureNonce')
const getPreviousRecoveryAgentUpdate = registryCall('getPreviousRecoveryAgentUpdate')

const common: Omit<RegistryDefinition<WorldIdOperation>, 'name' | 'kinds' | 'routes'> = {
  fold: foldOfCreates,
  counter: (leaf) => getSignatureNonce({ leafIndex: numberToHex(BigInt(leaf)) }),
  domain: registryDomain,
  errors: worldIdErrors,
  views: [rootValidity],
}

export const worldIdV1 = defineRegistry<WorldIdOperation>({
  ...common,
  name: 'WorldIDRegistry V1',
  kinds: kindsV1,
  routes: routesV1,
})

/** With WIP-102 (recovery agents with a revert window) and WIP-104 (authenticators without address). */
export const worldIdV2 = defineRegistry<WorldIdOperation>({
  ...common,
  name: 'WorldIDRegistry V2',
  kinds: kindsV2,
  routes: routesV2,
})

/** Both versions. Only version 2 has a view of the previous recovery agent. */
export const worldId: RegistryVersions<WorldIdOperation> = {
  versions: [worldIdV1, worldIdV2],
  async detect(hasView) {
    return (await hasView(getPreviousRecoveryAgentUpdate({ leafIndex: '0x1' }))) ? worldIdV2 : worldIdV1
  },
}
