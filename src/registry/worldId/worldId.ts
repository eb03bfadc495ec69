/** The World ID registry, version 1. */
import { numberToHex } from 'viem'
import { defineRegistry } from '../registry.ts'
import { registryCall } from './calls.ts'
import { worldIdErrors } from './errors.ts'
import { foldOfCreates } from './fold.ts'
import { kindTable } from './kinds.ts'
import type { WorldIdOperation } from './operations.ts'
import { rootValidity } from './rootValidity.ts'
import { registryDomain } from './typedData.ts'

const getSignatureNonce = registryCall('getSignatureNonce')

export const worldIdV1 = defineRegistry<WorldIdOperation>({
  name: 'WorldIDRegistry V1',
  kinds: kindTable,
  fold: foldOfCreates,
  counter: (leaf) => getSignatureNonce({ leafIndex: numberToHex(BigInt(leaf)) }),
  domain: registryDomain,
  errors: worldIdErrors,
  views: [rootValidity],
})
