import { OpenAPIHono } from '@hono/zod-openapi'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { operationKinds } from '../../src/registry/worldId/kinds.ts'
import {
  OPERATION_KINDS,
  type WorldIdKind,
  type WorldIdOperation,
} from '../../src/registry/worldId/operations.ts'
import { worldIdV2 } from '../../src/registry/worldId/worldId.ts'
import { A1, A2, anyOperation, create, recover, remove, SAMPLES, SIGNATURE, ZERO } from './samples.ts'

type Body = Readonly<Record<string, unknown>>

const SIGNED = { leaf_index: '7', signature: SIGNATURE, nonce: '0x3' }

const ACCOUNT = {
  ...SIGNED,
  old_offchain_signer_commitment: '0x64',
  new_offchain_signer_commitment: '200',
}

/** The wire form of the samples, with every field of a kind. */
const BODIES: Readonly<Record<WorldIdKind, Body>> = {
  create_account: {
    recovery_address: A1,
    authenticator_addresses: [A2],
    authenticator_pubkeys: ['9'],
    offchain_signer_commitment: '0x64',
  },
  insert_authenticator: {
    ...ACCOUNT,
    new_authenticator_address: A2,
    pubkey_id: '1',
    new_authenticator_pubkey: '0xa',
  },
  update_authenticator: {
    ...ACCOUNT,
    old_authenticator_address: A1,
    new_authenticator_address: A2,
    pubkey_id: '0',
    new_authenticator_pubkey: '0xb',
  },
  remove_authenticator: {
    ...ACCOUNT,
    authenticator_address: A2,
    pubkey_id: '0x2',
    authenticator_pubkey: '12',
  },
  update_recovery_agent: { ...SIGNED, new_recovery_agent: A2 },
  cancel_recovery_agent_update: SIGNED,
  execute_recovery_agent_update: { leaf_index: '7' },
  recover_account: { ...ACCOUNT, new_authenticator_address: A2, new_authenticator_pubkey: '0xd' },
}

const OPTIONAL: readonly (readonly [WorldIdKind, string, WorldIdOperation])[] = [
  ['create_account', 'recovery_address', { ...create, recoveryAddress: ZERO }],
  ['remove_authenticator', 'pubkey_id', { ...remove, pubkeyId: 0 }],
  ['remove_authenticator', 'authenticator_pubkey', { ...remove, authenticatorPubkey: '0x0' }],
  ['recover_account', 'new_authenticator_pubkey', { ...recover, newAuthenticatorPubkey: '0x0' }],
]

const isOptional = (kind: WorldIdKind, field: string) =>
  OPTIONAL.some(([owner, name]) => owner === kind && name === field)

const REQUIRED = OPERATION_KINDS.flatMap((kind) =>
  Object.keys(BODIES[kind])
    .filter((field) => !isOptional(kind, field))
    .map((field) => [kind, field] as const),
)

function without(body: Body, field: string): Body {
  return Object.fromEntries(Object.entries(body).filter(([name]) => name !== field))
}

/** The first issue of a kind's schema with a body. */
function issueOf(kind: WorldIdKind, body: unknown) {
  return operationKinds[kind].request.safeParse(body).error?.issues[0]
}

describe('requests', () => {
  it.each(OPERATION_KINDS)('read %s from its wire form', (kind) => {
    expect(operationKinds[kind].request.parse(BODIES[kind])).toEqual(SAMPLES[kind])
  })

  it.each(OPERATION_KINDS)('accept unknown fields in %s', (kind) => {
    const body = { ...BODIES[kind], kind: 'other', leafIndex: '9', note: 1 }
    expect(operationKinds[kind].request.parse(body)).toEqual(SAMPLES[kind])
  })

  it.each(OPTIONAL)('accept %s without %s, or with null', (kind, field, operation) => {
    const { request } = operationKinds[kind]
    expect(request.parse(without(BODIES[kind], field))).toEqual(operation)
    expect(request.parse({ ...BODIES[kind], [field]: null })).toEqual(operation)
  })

  it.each(REQUIRED)('refuse %s without %s', (kind, field) => {
    const issue = { code: 'invalid_type', path: [field] }
    expect(issueOf(kind, without(BODIES[kind], field))).toMatchObject(issue)
    expect(issueOf(kind, { ...BODIES[kind], [field]: null })).toMatchObject(issue)
    expect(issueOf(kind, { ...BODIES[kind], [field]: 1 })).toMatchObject(issue)
  })

  it('name the invalid value of a list', () => {
    const body = { ...BODIES.create_account, authenticator_addresses: [A1, '0x12'] }
    expect(issueOf('create_account', body)).toEqual({
      code: 'custom',
      path: ['authenticator_addresses', 1],
      message: 'must be 20 bytes in hex',
    })
  })

  it('describe the form of an integer', () => {
    expect(issueOf('insert_authenticator', { ...BODIES.insert_authenticator, pubkey_id: 'ff' })).toEqual({
      code: 'custom',
      path: ['pubkey_id'],
      message: 'must be an integer below 2^32, in decimal, or in hex with 0x',
    })
  })

  it.each([[null], [[]], ['{}'], [7]])('refuse the body %j', (body) => {
    expect(issueOf('create_account', body)).toMatchObject({ code: 'invalid_type', path: [] })
  })

  it('restore any operation from its wire form', () => {
    fc.assert(
      fc.property(anyOperation, (operation) => {
        const normal = withNormalV(operation)
        expect(operationKinds[operation.kind].request.parse(toWire(normal))).toEqual(normal)
      }),
    )
  })
})

describe('the OpenAPI document', () => {
  const schemas = documentedSchemas()

  it.each([
    ['create_account', 'CreateAccountRequest'],
    ['insert_authenticator', 'InsertAuthenticatorRequest'],
    ['update_authenticator', 'UpdateAuthenticatorRequest'],
    ['remove_authenticator', 'RemoveAuthenticatorRequest'],
    ['recover_account', 'RecoverAccountRequest'],
  ] as const)('shows the wire form of %s as %s', (kind, name) => {
    const schema = schemas.get(name)
    const fields = schema?.properties ?? {}
    expect(Object.keys(fields).sort()).toEqual(Object.keys(BODIES[kind]).sort())
    const required = REQUIRED.filter(([owner]) => owner === kind).map(([, field]) => field)
    expect([...(schema?.required ?? [])].sort()).toEqual(required.sort())
  })

  it('states the form of a field, and whether null is allowed', () => {
    expect(schemas.get('RemoveAuthenticatorRequest')?.properties).toMatchObject({
      leaf_index: { type: 'string', description: expect.stringContaining('2^64'), example: '0x1' },
      pubkey_id: { type: ['string', 'null'], description: expect.stringContaining('2^32') },
      signature: { type: 'string', description: expect.stringContaining('65 bytes') },
    })
    expect(schemas.get('CreateAccountRequest')?.properties).toMatchObject({
      authenticator_addresses: { type: 'array', items: { type: 'string' } },
    })
  })
})

interface DocumentedSchema {
  readonly properties?: Readonly<Record<string, unknown>>
  readonly required?: readonly string[]
}

/** The schemas of a document with a route for each kind, generated as in the server. */
function documentedSchemas(): ReadonlyMap<string, DocumentedSchema> {
  const app = new OpenAPIHono()
  for (const { path, kind } of worldIdV2.routes) {
    const { request } = worldIdV2.kindOf({ kind })
    const body = { content: { 'application/json': { schema: request } } }
    app.openAPIRegistry.registerPath({ method: 'post', path, request: { body }, responses: {} })
  }
  const document = app.getOpenAPI31Document({ openapi: '3.1.0', info: { title: 'operations', version: '1' } })
  return new Map(Object.entries(JSON.parse(JSON.stringify(document.components?.schemas))))
}

/** A signature is read with v = 27 or 28; the other forms have their own tests. */
function withNormalV(operation: WorldIdOperation): WorldIdOperation {
  if (!('signature' in operation)) return operation
  return { ...operation, signature: `0x${operation.signature.slice(2, -2)}1c` }
}

function toWire({ kind: _, ...operation }: WorldIdOperation): Body {
  const entries = Object.entries(operation).map(([name, value]) => [
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    typeof value === 'number' ? String(value) : value,
  ])
  return Object.fromEntries(entries)
}
