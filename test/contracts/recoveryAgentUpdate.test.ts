/** The update of a recovery agent on version 1: announced, withdrawn, and executed by anybody after the cooldown. */
import { parseEventLogs, type TransactionReceipt, zeroAddress } from 'viem'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Hex } from '../../src/domain/primitives.ts'
import { registryEvents } from '../../src/registry/worldId/abi.ts'
import { registryCall } from '../../src/registry/worldId/calls.ts'
import { createMany, newAccount, type RegistryFixture, signer, startRegistry } from './registryFixture.ts'

const ALICE = signer(1)
const BOB = signer(2)
const OLD = signer(3)
const NEW = signer(4)
const STRANGER = signer(9)
const COOLDOWN = 14 * 24 * 3600

const execute = registryCall('executeRecoveryAgentUpdate')({ leafIndex: '0x1' })

let fixture: RegistryFixture
let snapshot: Hex

/** Account 1 belongs to Alice, and the old agent may recover it. Account 2 belongs to Bob. */
beforeAll(async () => {
  fixture = await startRegistry()
  await fixture.send(createMany([newAccount(1, { recoveryAddress: OLD.address }), newAccount(2)]))
  snapshot = await fixture.client.snapshot()
})

beforeEach(async () => {
  await fixture.client.revert({ id: snapshot })
  snapshot = await fixture.client.snapshot()
})

afterAll(() => fixture.chain.stop())

const eventsOf = (receipt: TransactionReceipt) =>
  parseEventLogs({ abi: registryEvents, logs: receipt.logs }).map(({ eventName, args }) => ({
    eventName,
    ...args,
  }))

const agent = () =>
  fixture.client.readContract({ ...fixture.registry, functionName: 'getRecoveryAgent', args: [1n] })

const pending = () =>
  fixture.client.readContract({
    ...fixture.registry,
    functionName: 'getPendingRecoveryAgentUpdate',
    args: [1n],
  })

async function initiate(nonce: Hex = '0x0', to = NEW.address): Promise<TransactionReceipt> {
  return fixture.send(await fixture.setAgent(ALICE, to, { leafIndex: '0x1', nonce }))
}

test('an announced agent becomes the agent when anybody executes the update after the cooldown', async () => {
  const [initiated] = eventsOf(await initiate())
  const [announced, executeAfter] = await pending()
  expect(announced).toBe(NEW.address)
  expect(initiated).toEqual({
    eventName: 'RecoveryAgentUpdateInitiated',
    leafIndex: 1n,
    oldRecoveryAgent: OLD.address,
    newRecoveryAgent: NEW.address,
    executeAfter,
  })
  expect(await agent()).toBe(OLD.address)
  expect(await fixture.refusal(execute)).toBe(`RecoveryAgentUpdateStillInCooldown(1, ${executeAfter})`)

  await fixture.pass(COOLDOWN)
  expect(eventsOf(await fixture.send(execute))).toEqual([
    {
      eventName: 'RecoveryAgentUpdateExecuted',
      leafIndex: 1n,
      oldRecoveryAgent: OLD.address,
      newRecoveryAgent: NEW.address,
    },
  ])
  expect(await agent()).toBe(NEW.address)
  expect(await pending()).toEqual([zeroAddress, 0n])
  expect(await fixture.refusal(execute)).toBe('NoPendingRecoveryAgentUpdate(1)')
})

test('an update is executable in the second of its time, and not before', async () => {
  await initiate()
  const [, executeAfter] = await pending()
  await fixture.client.setNextBlockTimestamp({ timestamp: executeAfter - 1n })
  await fixture.client.mine({ blocks: 1 })
  expect(await fixture.refusal(execute)).toBe(`RecoveryAgentUpdateStillInCooldown(1, ${executeAfter})`)
  await fixture.client.setNextBlockTimestamp({ timestamp: executeAfter })
  expect((await fixture.send(execute)).status).toBe('success')
})

test('a withdrawn update cannot be executed', async () => {
  await initiate()
  const cancelled = await fixture.send(await fixture.keepAgent(ALICE, { leafIndex: '0x1', nonce: '0x1' }))
  expect(eventsOf(cancelled)).toEqual([
    { eventName: 'RecoveryAgentUpdateCancelled', leafIndex: 1n, cancelledRecoveryAgent: NEW.address },
  ])
  expect(await pending()).toEqual([zeroAddress, 0n])
  expect(await fixture.refusal(execute)).toBe('NoPendingRecoveryAgentUpdate(1)')
})

test('a second announcement cancels the first, and its cooldown starts again', async () => {
  await initiate()
  const [, first] = await pending()
  await fixture.pass(1000)
  const events = eventsOf(await initiate('0x1', STRANGER.address))
  expect(events.map(({ eventName }) => eventName)).toEqual([
    'RecoveryAgentUpdateCancelled',
    'RecoveryAgentUpdateInitiated',
  ])
  const [announced, second] = await pending()
  expect(announced).toBe(STRANGER.address)
  expect(second).toBeGreaterThanOrEqual(first + 1000n)
})

test('an agent may be announced that nobody can be', async () => {
  await initiate('0x0', zeroAddress)
  await fixture.pass(COOLDOWN)
  await fixture.send(execute)
  expect(await agent()).toBe(zeroAddress)
  expect(await fixture.refusal(await fixture.recover(OLD, { nonce: '0x1' }))).toBe('RecoveryNotEnabled()')
})

test('a recovery by the old agent withdraws the update', async () => {
  await initiate()
  const recovered = await fixture.send(await fixture.recover(OLD, { nonce: '0x1' }))
  expect(eventsOf(recovered).map(({ eventName }) => eventName)).toEqual(['AccountRecovered', 'RootRecorded'])
  expect(await pending()).toEqual([zeroAddress, 0n])
})

test('the order of the checks', async () => {
  const set = (by: typeof ALICE, leafIndex: Hex, nonce: Hex) =>
    fixture.setAgent(by, NEW.address, { leafIndex, nonce }).then(fixture.refusal)
  const keep = (by: typeof ALICE, leafIndex: Hex, nonce: Hex) =>
    fixture.keepAgent(by, { leafIndex, nonce }).then(fixture.refusal)
  const unknown = `AuthenticatorDoesNotExist(${STRANGER.address.toLowerCase()})`

  expect(await set(STRANGER, '0x9', '0x5')).toBe('AccountDoesNotExist(9)')
  expect(await set(STRANGER, '0x1', '0x5')).toBe(unknown)
  expect(await set(BOB, '0x1', '0x5')).toBe('MismatchedLeafIndex(1, 2)')
  expect(await set(ALICE, '0x1', '0x5')).toBe('MismatchedSignatureNonce(1, 0, 5)')

  expect(await keep(STRANGER, '0x0', '0x5')).toBe('AccountDoesNotExist(0)')
  expect(await keep(STRANGER, '0x1', '0x5')).toBe('NoPendingRecoveryAgentUpdate(1)')
  await initiate()
  expect(await keep(STRANGER, '0x1', '0x5')).toBe(unknown)
  expect(await keep(BOB, '0x1', '0x5')).toBe('MismatchedLeafIndex(1, 2)')
  expect(await keep(ALICE, '0x1', '0x5')).toBe('MismatchedSignatureNonce(1, 1, 5)')

  const executeUnknown = registryCall('executeRecoveryAgentUpdate')({ leafIndex: '0x9' })
  expect(await fixture.refusal(executeUnknown)).toBe('AccountDoesNotExist(9)')
})
