/** A call that reverts, and with what. */
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

/** The names of the registry's own errors, and of those of the libraries that it is built on. */
type ErrorName = (typeof registryErrors)[number]['name']

/** @throws Reverted with one of the registry's errors */
export function revert(errorName: ErrorName, ...args: readonly unknown[]): never {
  throw new Reverted(encodeErrorResult({ abi: registryErrors, errorName, args } as never))
}
