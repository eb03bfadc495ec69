/** The EIP-712 domain that operations are signed for. */
import type { Eip712Domain } from '../evm/eip712Domain.ts'
import type { DeployedRegistry } from '../registry/registry.ts'

/**
 * Makes a function that reads the domain. The domain is computed once for a chain, because its separator takes several hashes and
 * every submission reads it.
 * @param chain has the id of the chain as soon as operations are admitted
 */
export function domainReader(
  chain: { readonly chainId: number },
  registry: () => DeployedRegistry,
): () => Eip712Domain {
  let known: { readonly registry: DeployedRegistry; readonly domain: Eip712Domain } | null = null
  return () => {
    const [{ chainId }, current] = [chain, registry()]
    if (known?.registry !== current || known.domain.chainId !== chainId) {
      known = { registry: current, domain: current.domain(chainId, current.address) }
    }
    return known.domain
  }
}
