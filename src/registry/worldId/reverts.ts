/** Reverts of the registry. */
import { revertDecoder } from '../../evm/revertDecoder.ts'
import { registryErrors } from './abi.ts'

/** Decodes revert data into an error of the registry or of the Solidity language; `Unknown` if neither has its selector. */
export const decodeRevert = revertDecoder(registryErrors)
