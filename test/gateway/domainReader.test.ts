import { expect, it } from 'vitest'
import { domainReader } from '../../src/gateway/domainReader.ts'
import { registryDomain } from '../../src/registry/worldId/typedData.ts'
import { registryAt } from '../support/registry.ts'

const REGISTRY = `0x${'1'.repeat(40)}` as const
const registry = registryAt(REGISTRY)

it('the domain is computed once for a chain', () => {
  const domain = domainReader({ chainId: 480 }, () => registry)
  expect(domain()).toEqual(registryDomain(480, REGISTRY))
  expect(domain()).toBe(domain())
})

it('the domain is that of the chain that the endpoints have now', () => {
  const chain = { chainId: 480 }
  const domain = domainReader(chain, () => registry)
  domain()
  chain.chainId = 31_337
  expect(domain()).toEqual(registryDomain(31_337, REGISTRY))
})

it('the domain is that of the registry at present', () => {
  const other = { ...registry, domain: () => registryDomain(1, REGISTRY) }
  let current = registry
  const domain = domainReader({ chainId: 480 }, () => current)
  domain()
  current = other
  expect(domain()).toEqual(registryDomain(1, REGISTRY))
})
