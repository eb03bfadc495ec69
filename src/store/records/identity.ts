/** The chain and the registry of a database, as text. */
import type { StoreIdentity } from '../port.ts'

/** In lower case, because addresses and hashes are written in either case. */
export function identityText({ chainId, registryAddress, genesisHash }: StoreIdentity): string {
  return `registry ${registryAddress} on chain ${chainId} with genesis ${genesisHash}`.toLowerCase()
}
