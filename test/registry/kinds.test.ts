import fc from 'fast-check'
import { size } from 'viem'
import { describe, expect, it } from 'vitest'
import { PriorityClass } from '../../src/domain/operation.ts'
import { toEnvelope } from '../../src/registry/envelope.ts'
import { registryCall } from '../../src/registry/worldId/calls.ts'
import { operationKinds } from '../../src/registry/worldId/kinds.ts'
import { OPERATION_KINDS, type WorldIdOperation } from '../../src/registry/worldId/operations.ts'
import { decodeRevert } from '../../src/registry/worldId/reverts.ts'
import { registryDomain } from '../../src/registry/worldId/typedData.ts'
import {
  A1,
  A2,
  anyOperation,
  cancelUpdate,
  create,
  executeUpdate,
  insert,
  recover,
  remove,
  SAMPLES,
  update,
  updateAgent,
} from './samples.ts'

const of = (operation: WorldIdOperation) => operationKinds[operation.kind]

const domain = registryDomain(480, `0x${'11'.repeat(20)}`)

/** `0x` plus 40 hex digits in another case. */
const upper = (address: string) => `0x${address.slice(2).toUpperCase()}` as const

describe('the kinds', () => {
  it('are listed under their own names', () => {
    expect(Object.keys(operationKinds)).toEqual([...OPERATION_KINDS])
    for (const kind of OPERATION_KINDS) expect(operationKinds[kind].kind).toBe(kind)
  })

  it('give creates the highest priority, recoveries the next, and the rest the lowest', () => {
    expect(of(create).priority).toBe(PriorityClass.Critical)
    expect(of(recover).priority).toBe(PriorityClass.High)
    for (const operation of [insert, update, remove])
      expect(of(operation).priority).toBe(PriorityClass.Normal)
  })

  it.each([
    [create, '0x9b075735', 516 - 4 * 64],
    [insert, '0x2c92b8a5', 388],
    [update, '0x64ca626f', 420],
    [remove, '0x6e8d8732', 388],
    [recover, '0x27c12bd3', 356],
    [updateAgent, '0xe2e4d72c', 260],
    [cancelUpdate, '0xd14a7611', 228],
    [executeUpdate, '0xf77eb124', 36],
  ] as const)('$kind calls its function', (operation, selector, bytes) => {
    const callData = of(operation).callData(operation)
    expect(callData.slice(0, 10)).toBe(selector)
    expect(size(callData)).toBe(bytes)
  })

  it.each([insert, update, remove, recover, updateAgent, cancelUpdate])(
    '$kind counts its nonce per account',
    (operation) => {
      expect(of(operation).lane(operation)).toEqual({ leaf: '7', nonce: 3n })
      const far = { ...operation, leafIndex: `0x${'f'.repeat(16)}`, nonce: `0x${'f'.repeat(64)}` } as const
      expect(of(far).lane(far)).toEqual({ leaf: '18446744073709551615', nonce: (1n << 256n) - 1n })
    },
  )

  it('a create has neither lane nor digest', () => {
    expect(of(create).lane(create)).toBeNull()
    expect(of(create).digest(create, domain)).toBeNull()
  })

  it('claim the addresses of new authenticators', () => {
    const twice = { ...create, authenticatorAddresses: [A2, upper(A1), A1] }
    expect(of(twice).claims(twice)).toEqual([A2, A1])
    for (const operation of [insert, update, recover]) {
      const shouting = { ...operation, newAuthenticatorAddress: upper(A1) }
      expect(of(shouting).claims(shouting)).toEqual([A1])
    }
    expect(of(remove).claims(remove)).toEqual([])
  })

  it('say how a signer is verified before the turn of the operation', () => {
    expect(
      [create, insert, update, remove, recover].map((operation) => of(operation).verification.type),
    ).toEqual(['none', 'byNonceRevert', 'byNonceRevert', 'byNonceRevert', 'byAgents'])
    const { verification } = of(recover)
    if (verification.type !== 'byAgents') throw new TypeError('a recovery has agents')
    const leaf = '7'.padStart(64, '0')
    expect(verification.agents(recover)).toEqual([`0x9a2e6973${leaf}`, `0x5d42ee34${leaf}`])
    expect(Object.values(verification.reverts).map((data) => decodeRevert(data).name)).toEqual([
      'RecoveryNotEnabled',
      'InvalidSignature',
    ])
  })

  it.each([insert, update, remove, recover, updateAgent, cancelUpdate])(
    '$kind binds its digest to every signed field',
    (operation) => {
      const digest = of(operation).digest(operation, domain)
      const {
        kind: _,
        signature: __,
        oldOffchainSignerCommitment: ___,
        ...signed
      } = {
        oldOffchainSignerCommitment: null,
        ...operation,
      }
      for (const field of Object.keys(signed)) {
        const changed = { ...operation, [field]: field === 'pubkeyId' ? 5 : A1.replace('a1', 'b2') }
        expect([field, of(changed).digest(changed, domain)]).not.toEqual([field, digest])
      }
      const unsigned = { ...operation, oldOffchainSignerCommitment: '0x1', signature: '0x' } as const
      expect(of(unsigned).digest(unsigned, domain)).toBe(digest)
    },
  )

  it('an update needs the signature of the replaced authenticator', () => {
    const message = 'signature must be from the authenticator being replaced'
    expect(of(update).authorise(update, A1)).toBeNull()
    expect(of(update).authorise(update, upper(A1))).toBeNull()
    expect(of(update).authorise(update, A2)).toBe(message)
  })

  it.each([create, insert, remove, recover])(
    'any signer of a $kind is accepted, because only the chain knows the authenticators',
    (operation) => {
      expect(of(operation).authorise(operation, A2)).toBeNull()
    },
  )
})

describe('foreign code', () => {
  it('may run in a recovery: the code of the recovery agent', () => {
    const view = of(recover).foreignCode(recover)
    expect(view).toBe(registryCall('getRecoveryAgent')({ leafIndex: recover.leafIndex }))
  })

  it.each([create, insert, update, remove])('never runs in a $kind', (operation) => {
    expect(of(operation).foreignCode(operation)).toBeNull()
  })
})

describe('toEnvelope', () => {
  const provenance = {
    id: '8c7e0d3a-5f0b-4a52-9b55-d1c0a7a2d6ff',
    client: '192.0.2.7',
    receivedAt: 1_000,
    signer: A1,
  }

  it('copies priority, lane and claims from the operation', () => {
    expect(toEnvelope(of(insert), insert, provenance)).toEqual({
      ...provenance,
      kind: 'insert_authenticator',
      priority: PriorityClass.Normal,
      lane: { leaf: '7', nonce: 3 },
      claims: [A2],
      bytes: 388,
      tries: 0,
      operation: insert,
    })
  })

  it('of a create has no lane and no signer', () => {
    expect(toEnvelope(of(create), create, { ...provenance, signer: null })).toMatchObject({
      priority: PriorityClass.Critical,
      lane: null,
      claims: [A2],
      signer: null,
    })
  })

  it('survives JSON, with the size of the calldata', () => {
    fc.assert(
      fc.property(anyOperation, (operation) => {
        const envelope = toEnvelope(of(operation), operation, provenance)
        expect(JSON.parse(JSON.stringify(envelope))).toEqual(envelope)
        expect(envelope.bytes).toBe((of(operation).callData(operation).length - 2) / 2)
      }),
    )
  })

  it('has the kind of every sample', () => {
    for (const [kind, operation] of Object.entries(SAMPLES)) {
      expect(toEnvelope(of(operation), operation, provenance).kind).toBe(kind)
    }
  })
})
