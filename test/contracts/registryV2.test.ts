/** Version 2 of the registry, after an upgrade: what differs from version 1. */
import { parseEventLogs, type TransactionReceipt, zeroAddress } from 'viem'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Hex } from '../../src/domain/primitives.ts'
import { registryEvents } from '../../src/registry/worldId/abi.ts'
import { registryCall } from '../../src/registry/worldId/calls.ts'
import {
  create,
  createMany,
  newAccount,
  type RegistryFixture,
  signer,
  startRegistry,
} from './registryFixture.ts'

const ALICE = signer(1)
const BOB = signer(2)
const OLD = signer(3)
const NEW = signer(4)
const PHONE = signer(5)
const STRANGER = signer(9)
const WINDOW = 14 * 24 * 3600

let fixture: RegistryFixture
let snapshot: Hex

/** Account 1 belongs to Alice, and the old agent may recover it. Account 2 belongs to Bob. */
beforeAll(async () => {
  fixture = await startRegistry('v2')
  await fixture.send(createMany([newAccount(1, { recoveryAddress: OLD.address }), newAccount(2)]))
  snapshot = await fixture.client.snapshot()
})

beforeEach(async () => {
  await fixture.client.revert({ id: snapshot })
  snapshot = await fixture.client.snapshot()
})

afterAll(() => fixture.chain.stop())

const eventsOf = (receipt: TransactionReceipt) =>
  parseEventLogs({ abi: registryEvents, logs: receipt.logs })
    .filter(({ eventName }) => eventName !== 'RootRecorded')
    .map(({ eventName, args }) => ({ eventName, ...args }))

const read = (
  functionName: 'getRecoveryAgent' | 'getPendingRecoveryAgentUpdate' | 'getPreviousRecoveryAgentUpdate',
) => fixture.client.readContract({ ...fixture.registry, functionName, args: [1n] })

/** The nth change of account 1, from the first. */
function turn(n: number) {
  return {
    leafIndex: '0x1',
    nonce: `0x${n}`,
    oldOffchainSignerCommitment: `0x${n + 1}`,
    newOffchainSignerCommitment: `0x${n + 2}`,
  } as const
}

test.each(['update', 'initiate', 'cancel', 'execute'] as const)('%s is not supported', async (what) => {
  const nothing = { leafIndex: '0x1', signature: '0x', nonce: '0x0', newRecoveryAgent: zeroAddress } as const
  const calls = {
    update: () => fixture.update(ALICE),
    initiate: async () => registryCall('initiateRecoveryAgentUpdate')(nothing),
    cancel: async () => registryCall('cancelRecoveryAgentUpdate')(nothing),
    execute: async () => registryCall('executeRecoveryAgentUpdate')(nothing),
  }
  expect(await fixture.refusal(await calls[what]())).toBe('MethodUnsupported()')
})

describe('a proving authenticator', () => {
  const insert = (n: number, pubkeyId: number) =>
    fixture.insert(ALICE, { ...turn(n), newAuthenticatorAddress: zeroAddress, pubkeyId })
  const remove = (n: number, pubkeyId: number, address = zeroAddress as Hex) =>
    fixture.remove(ALICE, { ...turn(n), authenticatorAddress: address, pubkeyId })

  test('has the zero address and a slot, and any number of them may exist', async () => {
    const receipt = await fixture.send(await insert(0, 1))
    expect(eventsOf(receipt)).toMatchObject([
      { eventName: 'AuthenticatorInserted', pubkeyId: 1, authenticatorAddress: zeroAddress },
    ])
    expect(await fixture.refusal(await insert(1, 1))).toBe('PubkeyIdInUse()')
    expect(await fixture.refusal(await insert(1, 2))).toBeNull()
    const packed = { functionName: 'getPackedAccountData', args: [zeroAddress] } as const
    expect(await fixture.client.readContract({ ...fixture.registry, ...packed })).toBe(0n)
  })

  test('is removed by the zero address only, and an admin by its own only', async () => {
    await fixture.send(await insert(0, 1))
    expect(await fixture.refusal(await remove(1, 1, ALICE.address))).toBe(
      'AuthenticatorClassMismatch(1, true)',
    )
    expect(await fixture.refusal(await remove(1, 0))).toBe('AuthenticatorClassMismatch(0, false)')
    expect(await fixture.refusal(await remove(1, 200, ALICE.address))).toBe('MismatchedPubkeyId(200, 0)')
    expect(eventsOf(await fixture.send(await remove(1, 1)))).toHaveLength(1)
    expect(await fixture.refusal(await insert(2, 1))).toBeNull()
  })

  test('keeps the last admin on the account', async () => {
    await fixture.send(await insert(0, 1))
    expect(await fixture.refusal(await remove(1, 0, ALICE.address))).toBe('UnmanageableNotAllowed()')
    await fixture.send(
      await fixture.insert(ALICE, { ...turn(1), newAuthenticatorAddress: PHONE.address, pubkeyId: 2 }),
    )
    expect(await fixture.refusal(await remove(2, 0, ALICE.address))).toBeNull()
  })

  test('is gone after a recovery', async () => {
    await fixture.send(await insert(0, 1))
    await fixture.send(await fixture.recover(OLD, { ...turn(1), newAuthenticatorAddress: PHONE.address }))
    const again = { ...turn(2), newAuthenticatorAddress: zeroAddress, pubkeyId: 1 }
    expect(await fixture.refusal(await fixture.insert(PHONE, again))).toBeNull()
  })
})

test('the last authenticator of all may be removed', async () => {
  expect(await fixture.refusal(await fixture.remove(ALICE))).toBeNull()
})

describe('an update of the recovery agent', () => {
  const update = (nonce: Hex, agent = NEW.address) =>
    fixture.setAgent(ALICE, agent, { leafIndex: '0x1', nonce })
  const revert = (nonce: Hex) => fixture.keepAgent(ALICE, { leafIndex: '0x1', nonce })

  test('counts after the window without another transaction', async () => {
    const [updated] = eventsOf(await fixture.send(await update('0x0')))
    const [previous, invalidAfter] = await fixture.client.readContract({
      ...fixture.registry,
      functionName: 'getPreviousRecoveryAgentUpdate',
      args: [1n],
    })
    expect(previous).toBe(OLD.address)
    expect(updated).toEqual({
      eventName: 'RecoveryAgentUpdated',
      leafIndex: 1n,
      previousRecoveryAgent: OLD.address,
      newRecoveryAgent: NEW.address,
      invalidAfter,
    })
    expect(await read('getRecoveryAgent')).toBe(OLD.address)
    expect(await read('getPendingRecoveryAgentUpdate')).toEqual([NEW.address, invalidAfter])

    await fixture.client.setNextBlockTimestamp({ timestamp: invalidAfter - 1n })
    await fixture.client.mine({ blocks: 1 })
    expect(await read('getRecoveryAgent')).toBe(OLD.address)
    await fixture.client.setNextBlockTimestamp({ timestamp: invalidAfter })
    await fixture.client.mine({ blocks: 1 })
    expect(await read('getRecoveryAgent')).toBe(NEW.address)
    expect(await read('getPendingRecoveryAgentUpdate')).toEqual([zeroAddress, 0n])
    expect(await read('getPreviousRecoveryAgentUpdate')).toEqual([zeroAddress, 0n])
    expect(await fixture.refusal(await revert('0x1'))).toBe(
      `RecoveryAgentUpdateWindowExpired(1, ${invalidAfter})`,
    )
    expect(await fixture.refusal(await update('0x1', STRANGER.address))).toBeNull()
    const recovery = await fixture.recover(NEW, { ...turn(0), nonce: '0x1' })
    expect(eventsOf(await fixture.send(recovery)).map(({ eventName }) => eventName)).toEqual([
      'AccountRecovered',
    ])
  })

  test('can be reverted once in the window', async () => {
    await fixture.send(await update('0x0'))
    expect(eventsOf(await fixture.send(await revert('0x1')))).toEqual([
      {
        eventName: 'RecoveryAgentUpdateReverted',
        leafIndex: 1n,
        restoredRecoveryAgent: OLD.address,
        revertedRecoveryAgent: NEW.address,
      },
    ])
    expect(await fixture.refusal(await revert('0x2'))).toBe('NoActiveRecoveryAgentUpdate(1)')
    await fixture.pass(WINDOW)
    expect(await read('getRecoveryAgent')).toBe(OLD.address)
  })

  test('is reverted by a recovery, which the previous agent signs', async () => {
    await fixture.send(await update('0x0'))
    const fields = { ...turn(0), nonce: '0x1' } as const
    expect(await fixture.refusal(await fixture.recover(NEW, fields))).toBe('InvalidSignature()')
    expect(eventsOf(await fixture.send(await fixture.recover(OLD, fields)))).toMatchObject([
      { eventName: 'RecoveryAgentUpdateReverted', restoredRecoveryAgent: OLD.address },
      { eventName: 'AccountRecovered' },
    ])
    await fixture.pass(WINDOW)
    expect(await read('getRecoveryAgent')).toBe(OLD.address)
  })

  test('has checks in a fixed order', async () => {
    const set = (by: typeof ALICE, leafIndex: Hex, nonce: Hex) =>
      fixture.setAgent(by, NEW.address, { leafIndex, nonce }).then(fixture.refusal)
    const keep = (by: typeof ALICE, leafIndex: Hex, nonce: Hex) =>
      fixture.keepAgent(by, { leafIndex, nonce }).then(fixture.refusal)
    expect(await set(BOB, '0x9', '0x5')).toBe('AccountDoesNotExist(9)')
    expect(await keep(BOB, '0x9', '0x5')).toBe('AccountDoesNotExist(9)')
    expect(await keep(BOB, '0x1', '0x5')).toBe('NoActiveRecoveryAgentUpdate(1)')
    expect(await set(BOB, '0x1', '0x5')).toBe('MismatchedLeafIndex(1, 2)')
    expect(await set(ALICE, '0x1', '0x5')).toBe('MismatchedSignatureNonce(1, 0, 5)')
    await fixture.send(await update('0x0'))
    expect(await set(BOB, '0x1', '0x5')).toMatch(/^RecoveryAgentUpdateStillActive\(1, \d+\)$/)
    expect(await keep(BOB, '0x1', '0x5')).toBe('MismatchedLeafIndex(1, 2)')
    expect(await keep(ALICE, '0x1', '0x5')).toBe('MismatchedSignatureNonce(1, 1, 5)')
  })
})

test('a root is valid for an hour after its replacement', async () => {
  const { client, registry } = fixture
  const latest = () => client.readContract({ ...registry, functionName: 'getLatestRoot' })
  const isValid = (root: bigint) =>
    client.readContract({ ...registry, functionName: 'isValidRoot', args: [root] })
  const expiration = (root: bigint) =>
    client.readContract({ ...registry, functionName: 'getRootExpiration', args: [root] })

  const first = await latest()
  expect(await expiration(first)).toBe(0n)
  await fixture.pass(100_000)
  await fixture.send(create(newAccount(20)))
  const { timestamp: replaced } = await client.getBlock()
  expect(await expiration(first)).toBe(replaced + 3600n)

  await client.setNextBlockTimestamp({ timestamp: replaced + 3600n })
  await client.mine({ blocks: 1 })
  expect(await isValid(first)).toBe(true)
  await client.setNextBlockTimestamp({ timestamp: replaced + 3601n })
  await client.mine({ blocks: 1 })
  expect(await isValid(first)).toBe(false)
  expect(await isValid(await latest())).toBe(true)
  await expect(expiration(12_345n)).rejects.toThrow('0x29fd3379')
})
