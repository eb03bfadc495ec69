/** Pre-flight: the limit of nonces ahead of the chain, and a single endpoint per operation. */
import { numberToHex } from 'viem'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createPreflight } from '../../../src/actors/preflight/preflight.ts'
import { createSimulators } from '../../../src/actors/simulation/simulator.ts'
import type { FutureNonces } from '../../../src/domain/config.ts'
import type { LiveAccount } from '../../../src/load/account.ts'
import { connectEndpoints, type Endpoints } from '../../../src/rpc/endpoints.ts'
import { changes, nextChange, seedAccounts, signedBy } from '../../support/accounts.ts'
import { versionAt } from '../../support/registry.ts'
import { methodsOf, type RpcProxy, startRpcProxy } from '../../support/rpcProxy.ts'
import { startWorkshop, type Workshop } from '../support/workshop.ts'

let workshop: Workshop
let other: RpcProxy
let endpoints: Endpoints
let account: LiveAccount

beforeAll(async () => {
  workshop = await startWorkshop(21)
  const seeds = { count: 1, authenticators: 2, random: workshop.random }
  for (const seeded of await seedAccounts(workshop.chain, seeds)) account = seeded
  other = await startRpcProxy(workshop.chain.rpcUrl)
  const rpcUrls = [workshop.proxy.url, other.url]
  const config = { rpcUrls, rpcTimeout: 5_000, simulationTimeout: 5_000, rpcConcurrency: 8 }
  endpoints = await connectEndpoints(config, () => {}, Date.now)
})

afterAll(async () => {
  endpoints.close()
  await other.close()
  await workshop.stop()
})

/** @param between called between the simulation alone and the simulation after the predecessors */
function preflight(between: () => void) {
  const { chain, store } = workshop
  return createPreflight({
    pin: (isAvoided) => endpoints.pin(isAvoided),
    longest: 8_000,
    futureNonces: 'queue',
    simulatorAt: createSimulators(chain.multicallAddress),
    store: {
      async envelopes(ids) {
        between()
        return store.envelopes(ids)
      },
    },
    version: versionAt(chain.registryAddress),
    domain: () => workshop.signing.domain,
    predecessors: () => [queued],
  })
}

let queued = ''

it('all simulations of a check use a single endpoint, and the whole check is repeated on the next', async () => {
  const [first, second] = changes(account, ['recover_account', 'insert_authenticator'], workshop.signing)
  if (first === undefined || second === undefined) throw new Error('no operations')
  for (const { id } of await workshop.queue([first])) queued = id

  const preferred = endpoints.best()
  const failing = preflight(() => preferred.markBehind('another has newer blocks'))(second, null)
  expect(await failing).toEqual({ chainNonce: 0 })
  expect(methodsOf(workshop.proxy).filter((method) => method === 'eth_call')).toHaveLength(1)
  expect(methodsOf(other).filter((method) => method === 'eth_call')).toHaveLength(2)
})

it('a nonce may be at most a hundred ahead of the chain nonce, or not at all', async () => {
  const { signing } = workshop
  const { operation } = nextChange(account, 'insert_authenticator', signing)
  const [{ key }] = account.authenticators
  const ahead = (nonce: number, futureNonces: FutureNonces = 'queue') =>
    createPreflight({
      pin: () => workshop.client,
      longest: 8_000,
      futureNonces,
      simulatorAt: () => workshop.simulate,
      store: workshop.store,
      version: versionAt(workshop.chain.registryAddress),
      domain: () => signing.domain,
      predecessors: () => [],
    })(signedBy(key, operation, signing.domain, { nonce: numberToHex(nonce) }), null)
  expect(await ahead(100)).toEqual({ chainNonce: 0 })
  await expect(ahead(101)).rejects.toMatchObject({
    code: 'mismatched_signature_nonce',
    message: "nonce 101 is more than 100 ahead of the account's next nonce 0",
  })
  expect(await ahead(0, 'refuse')).toEqual({ chainNonce: 0 })
  const code = 'mismatched_signature_nonce'
  for (const nonce of [1, 101])
    await expect(ahead(nonce, 'refuse')).rejects.toMatchObject({ code, message: code })
})
