/** The version of the registry: asked at the start, and again when the contract may have been upgraded. */
import { createPublicClient, custom, numberToHex, RpcRequestError } from 'viem'
import { describe, expect, it } from 'vitest'
import { RegistryVersion } from '../../src/actors/registryVersion.ts'
import type { GatewayEvent } from '../../src/domain/events.ts'
import { pinned, type RegistryVersions } from '../../src/registry/versions.ts'
import { worldId, worldIdV1, worldIdV2 } from '../../src/registry/worldId/worldId.ts'

const ADDRESS = `0x${'1'.repeat(40)}` as const

/** A node whose contract answers the view of version 2, or reverts, or that does not answer. */
function scene(versions: RegistryVersions = worldId) {
  const node = { answer: 'reverts' as 'reverts' | 'nothing' | 'words' | 'outage' }
  const transport = custom(
    {
      async request() {
        if (node.answer === 'outage') throw new Error('no answer')
        if (node.answer === 'nothing') return '0x'
        if (node.answer === 'words') return numberToHex(0, { size: 64 })
        const error = { code: 3, message: 'execution reverted' }
        throw new RpcRequestError({ body: {}, error, url: 'http://node' })
      },
    },
    { retryCount: 0 },
  )
  const client = createPublicClient({ transport })
  const events: GatewayEvent[] = []
  const version = new RegistryVersion(versions, {
    address: ADDRESS,
    publish: (event) => events.push(event),
    now: () => 7,
  })
  return { node, events, version, refresh: () => version.refresh(client) }
}

describe('the version of the registry', () => {
  it.each(['reverts', 'nothing'] as const)('is 1 if the view of version 2 %s', async (answer) => {
    const { node, version, refresh, events } = scene()
    node.answer = answer
    expect(await refresh()).toBe(false)
    expect(version.current).toMatchObject({ name: 'WorldIDRegistry V1', address: ADDRESS })
    expect(events).toEqual([])
  })

  it('changes with an upgrade, which is published once', async () => {
    const { node, version, refresh, events } = scene()
    await refresh()
    node.answer = 'words'
    expect(await refresh()).toBe(true)
    expect(version.current).toMatchObject({ name: 'WorldIDRegistry V2', address: ADDRESS })
    expect(await refresh()).toBe(false)
    expect(events).toEqual([
      { type: 'registry.versionChanged', from: 'WorldIDRegistry V1', to: 'WorldIDRegistry V2', at: 7 },
    ])
  })

  it('stays when the node does not answer', async () => {
    const { node, version, refresh } = scene()
    node.answer = 'words'
    await refresh()
    node.answer = 'outage'
    await expect(refresh()).rejects.toThrow('no answer')
    expect(version.current.name).toBe('WorldIDRegistry V2')
  })

  it.each([
    [worldIdV1, 'reverts', 'words'],
    [worldIdV2, 'words', 'reverts'],
  ] as const)('that is configured refuses a contract of another version', async (configured, own, other) => {
    const { node, version, refresh } = scene(pinned(worldId, configured))
    node.answer = own
    expect(await refresh()).toBe(false)
    expect(version.current.name).toBe(configured.name)
    node.answer = other
    await expect(refresh()).rejects.toThrow(/^REGISTRY_VERSION stands for .*Set REGISTRY_VERSION=auto/)
  })
})
