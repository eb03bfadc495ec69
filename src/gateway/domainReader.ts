/** The EIP-712 domain that operations are signed for. */
import type { Address } from '../domain/primitives.ts'
import { type RegistryDomain, registryDomain } from '../registry/worldId/typedData.ts'

/**
 * Makes a function that reads the domain. The domain is computed once for a chain, because its separator takes several hashes and
 * every submission reads it.
 * @param chain has the id of the chain as soon as operations are admitted
 */
export function domainReader(chain: { readonly chainId: number }, registry: Address): () => RegistryDomain {
  let domain: RegistryDomain | null = null
  return () => {
    const { chainId } = chain
    if (domain?.chainId !== chainId) domain = registryDomain(chainId, registry)
    return domain
  }
}
