import { expect, it } from 'vitest'
import { domainReader } from '../../src/gateway/domainReader.ts'
import { registryDomain } from '../../src/registry/worldId/typedData.ts'

const REGISTRY = `0x${'1'.repeat(40)}` as const

it('the domain is computed once for a chain', () => {
  const domain = domainReader({ chainId: 480 }, REGISTRY)
  expect(domain()).toEqual(registryDomain(480, REGISTRY))
  expect(domain()).toBe(domain())
})

it('the domain is that of the chain that the endpoints have now', () => {
  const chain = { chainId: 480 }
  const domain = domainReader(chain, REGISTRY)
  domain()
  chain.chainId = 31_337
  expect(domain()).toEqual(registryDomain(31_337, REGISTRY))
})
