/** A reverted call with its return data. */
import { encodeErrorResult } from 'viem'
import type { Hex } from '../../../src/domain/primitives.ts'
import { registryErrors } from '../../../src/registry/worldId/abi.ts'

export class Reverted extends Error {
  readonly data: Hex

  constructor(data: Hex) {
    super('execution reverted')
    this.data = data
  }
}

/** Error names of the registry and of its libraries. */
type ErrorName = (typeof registryErrors)[number]['name']

/** @throws Reverted with an error of the registry */
export function revert(errorName: ErrorName, ...args: readonly unknown[]): never {
  throw new Reverted(encodeErrorResult({ abi: registryErrors, errorName, args } as never))
}
