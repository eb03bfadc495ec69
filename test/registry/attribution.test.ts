import fc from 'fast-check'
import { type AbiEvent, encodeAbiParameters, encodeEventTopics } from 'viem'
import { describe, expect, it } from 'vitest'
import type { Address, Hex } from '../../src/domain/primitives.ts'
import type { ReceiptLog } from '../../src/evm/logPattern.ts'
import { attribute } from '../../src/registry/attribution.ts'
import { registryEvents } from '../../src/registry/worldId/abi.ts'
import type { WorldIdOperation } from '../../src/registry/worldId/operations.ts'
import { registryAt } from '../support/registry.ts'
import { A1, A2, anyOperation, create, insert, recover, remove, SAMPLES, update } from './samples.ts'

const REGISTRY: Address = `0x${'0a'.repeat(20)}`
const STRANGER: Address = `0x${'0b'.repeat(20)}`

/** The registry's log of an operation: event name, and arguments in ABI order. */
function eventOf(operation: WorldIdOperation, leafIndex: bigint): { name: string; args: readonly unknown[] } {
  if (operation.kind === 'create_account') {
    const { recoveryAddress, authenticatorAddresses, authenticatorPubkeys } = operation
    const pubkeys = authenticatorPubkeys.map(BigInt)
    const args = [leafIndex, recoveryAddress, authenticatorAddresses, pubkeys]
    return { name: 'AccountCreated', args: [...args, BigInt(operation.offchainSignerCommitment)] }
  }
  const leaf = BigInt(operation.leafIndex)
  switch (operation.kind) {
    case 'update_recovery_agent':
      return {
        name: 'RecoveryAgentUpdateInitiated',
        args: [leaf, A1, operation.newRecoveryAgent, 1_700_000_000n],
      }
    case 'cancel_recovery_agent_update':
      return { name: 'RecoveryAgentUpdateCancelled', args: [leaf, A1] }
    case 'execute_recovery_agent_update':
      return { name: 'RecoveryAgentUpdateExecuted', args: [leaf, A1, A2] }
  }
  const commitments = [
    BigInt(operation.oldOffchainSignerCommitment),
    BigInt(operation.newOffchainSignerCommitment),
  ]
  switch (operation.kind) {
    case 'insert_authenticator': {
      const { pubkeyId, newAuthenticatorAddress, newAuthenticatorPubkey } = operation
      const args = [leaf, pubkeyId, newAuthenticatorAddress, BigInt(newAuthenticatorPubkey)]
      return { name: 'AuthenticatorInserted', args: [...args, ...commitments] }
    }
    case 'update_authenticator': {
      const { pubkeyId, newAuthenticatorPubkey, oldAuthenticatorAddress, newAuthenticatorAddress } = operation
      const args = [leaf, pubkeyId, BigInt(newAuthenticatorPubkey), oldAuthenticatorAddress]
      return { name: 'AccountUpdated', args: [...args, newAuthenticatorAddress, ...commitments] }
    }
    case 'remove_authenticator': {
      const { pubkeyId, authenticatorAddress, authenticatorPubkey } = operation
      const args = [leaf, pubkeyId, authenticatorAddress, BigInt(authenticatorPubkey)]
      return { name: 'AuthenticatorRemoved', args: [...args, ...commitments] }
    }
    case 'recover_account': {
      const { newAuthenticatorAddress, newAuthenticatorPubkey } = operation
      const args = [leaf, newAuthenticatorAddress, BigInt(newAuthenticatorPubkey)]
      return { name: 'AccountRecovered', args: [...args, ...commitments] }
    }
  }
}

function encodeLog(name: string, args: readonly unknown[], address: Address): ReceiptLog {
  const event: AbiEvent | undefined = registryEvents.find((item) => item.name === name)
  if (event === undefined) throw new Error(`no event ${name}`)
  const valuesOf = (wanted: (input: AbiEvent['inputs'][number]) => boolean) =>
    event.inputs.map((input, index) => [input, args[index]] as const).filter(([input]) => wanted(input))
  const indexed = valuesOf((input) => input.indexed === true)
  const data = valuesOf((input) => input.indexed !== true)
  const topics = encodeEventTopics({ abi: [event], args: indexed.map(([, value]) => value) })
  return {
    address,
    topics: topics.filter((topic): topic is Hex => typeof topic === 'string'),
    data: encodeAbiParameters(
      data.map(([input]) => input),
      data.map(([, value]) => value),
    ),
  }
}

let leaves = 0n

function logOf(operation: WorldIdOperation, address: Address = REGISTRY): ReceiptLog {
  leaves += 1n
  const { name, args } = eventOf(operation, leaves)
  return encodeLog(name, args, address)
}

const rootRecorded = encodeLog('RootRecorded', [123n, 456n], REGISTRY)

const enveloped = (operations: readonly WorldIdOperation[]) =>
  operations.map((operation, index) => ({ id: `id-${index}`, operation }))

function succeeded(operations: readonly WorldIdOperation[], logs: readonly ReceiptLog[]): readonly string[] {
  return [...attribute(enveloped(operations), logs, registryAt(REGISTRY))]
}

describe('attribute', () => {
  it.each(Object.entries(SAMPLES))('finds a successful %s by its log', (_, operation) => {
    expect(succeeded([operation], [rootRecorded, logOf(operation)])).toEqual(['id-0'])
    expect(succeeded([operation], [rootRecorded])).toEqual([])
  })

  it('separates the successes of a mixed batch from the failures', () => {
    const entry = fc.record({ operation: anyOperation, success: fc.boolean() })
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 8 }), (entries) => {
        const logs = entries.flatMap(({ operation, success }) =>
          success ? [logOf(operation), rootRecorded] : [logOf(operation, STRANGER)],
        )
        const expected = entries.flatMap(({ success }, index) => (success ? [`id-${index}`] : []))
        const operations = entries.map(({ operation }) => operation)
        expect(succeeded(operations, logs)).toEqual(expected)
      }),
    )
  })

  it('counts only logs of the registry, with the address in any case', () => {
    const log = logOf(insert)
    expect(succeeded([insert], [{ ...log, address: STRANGER }])).toEqual([])
    expect(succeeded([insert], [{ ...log, address: `0x${'0A'.repeat(20)}` }])).toEqual(['id-0'])
  })

  it('assigns each log to a single operation, the earliest first', () => {
    const later = { ...insert, nonce: '0x5' } as const
    const log = logOf(insert)
    expect(log).toEqual(logOf(later))
    expect(succeeded([insert, later], [log])).toEqual(['id-0'])
    expect(succeeded([insert, later], [log, log])).toEqual(['id-0', 'id-1'])
    expect(succeeded([insert], [log, log])).toEqual(['id-0'])
  })

  it('separates two equal operations of an account by the operation in between', () => {
    const removed = { ...remove, authenticatorAddress: insert.newAuthenticatorAddress, nonce: '0x4' } as const
    const again = { ...insert, nonce: '0x5' } as const
    const operations = [insert, removed, again]
    const logs = operations.map((operation) => logOf(operation))
    expect(succeeded(operations, logs)).toEqual(['id-0', 'id-1', 'id-2'])
    expect(succeeded(operations, logs.slice(0, 1))).toEqual(['id-0'])
    // A foreign transaction executed the first operation.
    expect(succeeded(operations, logs.slice(1))).toEqual(['id-1', 'id-2'])
  })

  it('prefers an operation without a known revert, and otherwise the earlier operation', () => {
    const operations = enveloped([insert, { ...insert, nonce: '0x5' }])
    const known = (...reverted: string[]) => [
      ...attribute(operations, [logOf(insert)], registryAt(REGISTRY), new Set(reverted)),
    ]
    expect(known('id-0')).toEqual(['id-1'])
    expect(known('id-1')).toEqual(['id-0'])
    // The log proves a success. A recorded revert must be wrong.
    expect(known('id-0', 'id-1')).toEqual(['id-0'])
  })

  it.each<[string, WorldIdOperation, WorldIdOperation]>([
    ['another account', insert, { ...insert, leafIndex: '0x8' }],
    ['another address', insert, { ...insert, newAuthenticatorAddress: A1 }],
    ['another slot', insert, { ...insert, pubkeyId: 2 }],
    ['another commitment', update, { ...update, newOffchainSignerCommitment: '0x1' }],
    ['another pubkey', remove, { ...remove, authenticatorPubkey: '0x1' }],
    ['another kind', recover, { ...insert, newAuthenticatorPubkey: recover.newAuthenticatorPubkey }],
    ['another authenticator', create, { ...create, authenticatorAddresses: [A1] }],
    ['more authenticators', create, { ...create, authenticatorAddresses: [A2, A1] }],
    ['another recovery address', create, { ...create, recoveryAddress: A2 }],
  ])('does not count the log of %s', (_, operation, other) => {
    expect(succeeded([operation], [logOf(other)])).toEqual([])
    expect(succeeded([operation, other], [logOf(other)])).toEqual(['id-1'])
  })

  it('finds creations at any leaf index', () => {
    const second = { ...create, authenticatorAddresses: [A1] }
    expect(succeeded([create, second], [logOf(second), logOf(create)])).toEqual(['id-1', 'id-0'])
  })

  it('returns nothing without operations', () => {
    expect(succeeded([], [logOf(insert)])).toEqual([])
  })
})
