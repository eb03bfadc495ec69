/** A registry from its definition. */
import { describe, expect, it } from 'vitest'
import type { RegistryDefinition } from '../../src/registry/definition.ts'
import { defineRegistry } from '../../src/registry/registry.ts'
import { createAccount } from '../../src/registry/worldId/createAccount.ts'
import { worldIdErrors } from '../../src/registry/worldId/errors.ts'
import { foldOfCreates } from '../../src/registry/worldId/fold.ts'
import { type CreateAccountOp, OPERATION_KINDS } from '../../src/registry/worldId/operations.ts'
import { worldId, worldIdV1, worldIdV2 } from '../../src/registry/worldId/worldId.ts'

const small: RegistryDefinition<CreateAccountOp> = {
  name: 'Small',
  kinds: { create_account: createAccount },
  routes: [{ path: '/create-account', kind: 'create_account' }],
  fold: foldOfCreates,
  counter: () => '0x',
  domain: worldIdV1.domain,
  errors: worldIdErrors,
  views: [],
}

describe('defineRegistry', () => {
  it('finds kinds by their names', () => {
    const registry = defineRegistry(small)
    expect(registry.kindOf({ kind: 'create_account' })).toBe(createAccount)
    expect(registry.findKind('vote')).toBeNull()
    expect(() => registry.kindOf({ kind: 'vote' })).toThrow(
      'Small has no kind of operation "vote". Its kinds are create_account.',
    )
    expect(registry.costs).toEqual({ create_account: { ...createAccount.gasEstimate, foldBytes: 260 } })
  })

  it.each([
    ['two routes with one path', { routes: [...small.routes, ...small.routes] }, 'two routes have the path'],
    [
      'a route of an unknown kind',
      { routes: [{ path: '/vote', kind: 'vote' }] },
      'the route /vote names no kind',
    ],
    [
      'an entry of another kind',
      { kinds: { vote: createAccount }, routes: [], fold: null },
      'the entry "vote"',
    ],
    [
      'a fold of an unknown kind',
      { fold: { ...foldOfCreates, kind: 'vote' } },
      'the fold names no kind: "vote"',
    ],
  ])('refuses %s', (_, change, message) => {
    expect(() => defineRegistry({ ...small, ...change } as never)).toThrow(message)
  })
})

describe('the versions of the World ID registry', () => {
  it('have the same kinds, paths and views', () => {
    for (const { kinds, routes, views } of worldId.versions) {
      expect(kinds.map(({ kind }) => kind).toSorted()).toEqual([...OPERATION_KINDS].toSorted())
      expect(routes.map(({ path }) => path)).toEqual(worldIdV1.routes.map(({ path }) => path))
      expect(views).toEqual(worldIdV1.views)
    }
  })

  it('prefer the routes that are not deprecated', () => {
    expect(worldIdV1.pathOf('update_recovery_agent')).toBe('/initiate-recovery-agent-update')
    expect(worldIdV2.pathOf('update_recovery_agent')).toBe('/update-recovery-agent')
  })

  it('differ in zero addresses, in the update of an authenticator, and in the execution of an update', () => {
    const zero = { newAuthenticatorAddress: `0x${'0'.repeat(40)}`, kind: 'insert_authenticator' }
    expect(worldIdV1.kindOf(zero).validate({ ...zero })).toBe(
      'new_authenticator_address cannot be zero on V1',
    )
    expect(worldIdV2.kindOf(zero).claims({ ...zero })).toEqual([])
    expect(worldIdV2.kindOf({ kind: 'update_authenticator' }).unavailable).toMatch(
      /not supported on registry V2/,
    )
    expect(worldIdV2.kindOf({ kind: 'execute_recovery_agent_update' }).needsNoTransaction).toBe(true)
  })
})
