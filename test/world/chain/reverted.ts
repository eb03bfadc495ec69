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

/** Error names of the registry and of the libraries that it uses. */
type ErrorName = (typeof registryErrors)[number]['name']

/** @throws Reverted with one of the registry's errors */
export function revert(errorName: ErrorName, ...args: readonly unknown[]): never {
  throw new Reverted(encodeErrorResult({ abi: registryErrors, errorName, args } as never))
}
