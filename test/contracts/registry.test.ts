/** The effects of the registry's functions, in real transactions on a local chain. */
import { encodeFunctionData, parseEventLogs, type TransactionReceipt, zeroAddress } from 'viem'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { WorldIDRegistry } from '../../contracts/artifacts/WorldIDRegistry.ts'
import type { Address, Hex } from '../../src/domain/primitives.ts'
import { registryEvents } from '../../src/registry/worldId/abi.ts'
import {
  create,
  createMany,
  newAccount,
  type RegistryFixture,
  signer,
  startRegistry,
} from './registryFixture.ts'

const ALICE = signer(1)
const LAPTOP = signer(2)
const AGENT = signer(3)
const RECOVERED = signer(4)
const PHONE = signer(5)

let fixture: RegistryFixture
let snapshot: Hex

beforeAll(async () => {
  fixture = await startRegistry()
  snapshot = await fixture.client.snapshot()
})

beforeEach(async () => {
  await fixture.client.revert({ id: snapshot })
  snapshot = await fixture.client.snapshot()
})

afterAll(() => fixture.chain.stop())

/** The events of a successful transaction, except the `RootRecorded` of every transaction. */
function eventsOf(receipt: TransactionReceipt): string[] {
  expect(receipt.status).toBe('success')
  const logs = parseEventLogs({ abi: registryEvents, logs: receipt.logs })
  return logs.map((log) => log.eventName).filter((name) => name !== 'RootRecorded')
}

function packedData(of: { readonly address: Address }): Promise<bigint> {
  return fixture.client.readContract({
    ...fixture.registry,
    functionName: 'getPackedAccountData',
    args: [of.address],
  })
}

/** `[32 recoveryCounter][32 pubkeyId][128 reserved][64 leafIndex]` */
function packed(recoveryCounter: bigint, pubkeyId: bigint, leafIndex: bigint): bigint {
  return (recoveryCounter << 224n) | (pubkeyId << 192n) | leafIndex
}

test('an account executes every kind of operation in sequence', async () => {
  const { client, registry, send } = fixture
  const nonce = () => client.readContract({ ...registry, functionName: 'getSignatureNonce', args: [1n] })

  const created = newAccount(1, { recoveryAddress: AGENT.address })
  expect(eventsOf(await send(create(created)))).toEqual(['AccountCreated'])
  expect(await packedData(ALICE)).toBe(packed(0n, 0n, 1n))
  expect(await nonce()).toBe(0n)

  const insert = await fixture.insert(ALICE, { newAuthenticatorAddress: LAPTOP.address })
  expect(eventsOf(await send(insert))).toEqual(['AuthenticatorInserted'])
  expect(await packedData(LAPTOP)).toBe(packed(0n, 1n, 1n))

  // Any authenticator of an account may remove any authenticator of the account: the laptop removes Alice's first key.
  const remove = await fixture.remove(LAPTOP, {
    authenticatorAddress: ALICE.address,
    nonce: '0x1',
    oldOffchainSignerCommitment: '0x2',
    newOffchainSignerCommitment: '0x3',
  })
  expect(eventsOf(await send(remove))).toEqual(['AuthenticatorRemoved'])
  expect(await packedData(ALICE)).toBe(0n)

  const recover = await fixture.recover(AGENT, {
    newAuthenticatorAddress: RECOVERED.address,
    nonce: '0x2',
    oldOffchainSignerCommitment: '0x3',
    newOffchainSignerCommitment: '0x4',
  })
  expect(eventsOf(await send(recover))).toEqual(['AccountRecovered'])
  expect(await packedData(RECOVERED)).toBe(packed(1n, 0n, 1n))
  expect(await client.readContract({ ...registry, functionName: 'getRecoveryCounter', args: [1n] })).toBe(1n)

  const update = await fixture.update(RECOVERED, {
    newAuthenticatorAddress: PHONE.address,
    nonce: '0x3',
    oldOffchainSignerCommitment: '0x4',
    newOffchainSignerCommitment: '0x5',
  })
  expect(eventsOf(await send(update))).toEqual(['AccountUpdated'])
  expect(await packedData(RECOVERED)).toBe(0n)
  expect(await packedData(PHONE)).toBe(packed(1n, 0n, 1n))
  expect(await nonce()).toBe(4n)
})

test('an event contains every field of the operation', async () => {
  await fixture.send(create(newAccount(1)))
  const receipt = await fixture.send(
    await fixture.insert(ALICE, { newAuthenticatorAddress: LAPTOP.address, newAuthenticatorPubkey: '0xc8' }),
  )
  const [inserted] = parseEventLogs({
    abi: registryEvents,
    logs: receipt.logs,
    eventName: 'AuthenticatorInserted',
  })
  expect(inserted?.args).toEqual({
    leafIndex: 1n,
    pubkeyId: 1,
    authenticatorAddress: LAPTOP.address,
    newAuthenticatorPubkey: 200n,
    oldOffchainSignerCommitment: 1n,
    newOffchainSignerCommitment: 2n,
  })
})

describe('recovery', () => {
  test('invalidates the earlier authenticators and frees the addresses', async () => {
    await fixture.send(create(newAccount(1, { recoveryAddress: AGENT.address })))
    await fixture.send(await fixture.recover(AGENT, { newAuthenticatorAddress: RECOVERED.address }))

    const next = {
      nonce: '0x1',
      oldOffchainSignerCommitment: '0x2',
      newOffchainSignerCommitment: '0x3',
    } as const
    expect(await fixture.refusal(await fixture.insert(ALICE, next))).toBe(
      'MismatchedRecoveryCounter(1, 1, 0)',
    )
    const again = { ...next, newAuthenticatorAddress: ALICE.address }
    expect(eventsOf(await fixture.send(await fixture.insert(RECOVERED, again)))).toEqual([
      'AuthenticatorInserted',
    ])
    expect(await packedData(ALICE)).toBe(packed(1n, 1n, 1n))
  })

  test('frees every slot except the first', async () => {
    await fixture.send(create(newAccount(1, { recoveryAddress: AGENT.address })))
    await fixture.send(await fixture.insert(ALICE, { newAuthenticatorAddress: LAPTOP.address }))
    const second = {
      nonce: '0x1',
      oldOffchainSignerCommitment: '0x2',
      newOffchainSignerCommitment: '0x3',
    } as const
    await fixture.send(
      await fixture.recover(AGENT, { ...second, newAuthenticatorAddress: RECOVERED.address }),
    )

    const third = {
      nonce: '0x2',
      oldOffchainSignerCommitment: '0x3',
      newOffchainSignerCommitment: '0x4',
    } as const
    expect(await fixture.refusal(await fixture.insert(RECOVERED, { ...third, pubkeyId: 0 }))).toBe(
      'PubkeyIdInUse()',
    )
    expect(await fixture.refusal(await fixture.insert(RECOVERED, { ...third, pubkeyId: 1 }))).toBeNull()
  })
})

describe('createManyAccounts', () => {
  test('assigns leaves in order and records a single root', async () => {
    const receipt = await fixture.send(createMany([newAccount(1), newAccount(2), newAccount(3)]))
    expect(eventsOf(receipt)).toEqual(['AccountCreated', 'AccountCreated', 'AccountCreated'])
    expect(
      parseEventLogs({ abi: registryEvents, logs: receipt.logs, eventName: 'RootRecorded' }),
    ).toHaveLength(1)
    expect(await Promise.all([1, 2, 3].map((n) => packedData(signer(n))))).toEqual([1n, 2n, 3n])
    expect(await fixture.client.readContract({ ...fixture.registry, functionName: 'getNextLeafIndex' })).toBe(
      4n,
    )
  })

  test('creates no account if a single create fails', async () => {
    const twice = createMany([newAccount(1), newAccount(2), newAccount(1)])
    expect((await fixture.send(twice)).status).toBe('reverted')
    expect(await fixture.refusal(twice)).toBe(
      `AuthenticatorAddressAlreadyInUse(${ALICE.address.toLowerCase()})`,
    )
    expect(await packedData(signer(2))).toBe(0n)
    expect(await fixture.client.readContract({ ...fixture.registry, functionName: 'getNextLeafIndex' })).toBe(
      1n,
    )
  })
})

describe('a batch through Multicall3', () => {
  test('gets no log from a failed call, and the other calls succeed', async () => {
    await fixture.send(createMany([newAccount(1), newAccount(2)]))
    const good = await fixture.insert(signer(1), { newAuthenticatorAddress: signer(11).address })
    const stale = await fixture.insert(signer(2), { leafIndex: '0x2', nonce: '0x5' })
    const receipt = await fixture.sendAll([good, stale], true)
    expect(eventsOf(receipt)).toEqual(['AuthenticatorInserted'])
    expect(receipt.logs).toHaveLength(2)
  })

  test('executes two operations of an account only in nonce order', async () => {
    await fixture.send(create(newAccount(1)))
    const first = await fixture.insert(ALICE, { newAuthenticatorAddress: LAPTOP.address })
    const second = await fixture.insert(LAPTOP, {
      newAuthenticatorAddress: PHONE.address,
      pubkeyId: 2,
      nonce: '0x1',
      oldOffchainSignerCommitment: '0x2',
      newOffchainSignerCommitment: '0x3',
    })
    const before = await fixture.client.snapshot()
    expect(eventsOf(await fixture.sendAll([second, first], true))).toEqual(['AuthenticatorInserted'])
    await fixture.client.revert({ id: before })
    expect(eventsOf(await fixture.sendAll([first, second], true))).toHaveLength(2)
  })
})

describe('a root', () => {
  test('is valid without limit while it is the latest, and for an hour after a newer root', async () => {
    const { client, registry } = fixture
    const isValid = (root: bigint) =>
      client.readContract({ ...registry, functionName: 'isValidRoot', args: [root] })
    const latest = () => client.readContract({ ...registry, functionName: 'getLatestRoot' })

    await fixture.send(create(newAccount(1)))
    const earlier = await latest()
    const recorded = await client.readContract({
      ...registry,
      functionName: 'getRootTimestamp',
      args: [earlier],
    })
    await fixture.send(create(newAccount(2)))

    await client.setNextBlockTimestamp({ timestamp: recorded + 3600n })
    await client.mine({ blocks: 1 })
    expect(await isValid(earlier)).toBe(true)
    await client.setNextBlockTimestamp({ timestamp: recorded + 3601n })
    await client.mine({ blocks: 1 })
    expect(await isValid(earlier)).toBe(false)

    await client.increaseTime({ seconds: 100_000 })
    await client.mine({ blocks: 1 })
    expect(await isValid(await latest())).toBe(true)
    expect(await isValid(12_345n)).toBe(false)
    expect(await client.readContract({ ...registry, functionName: 'currentRoot' })).toBe(await latest())
  })
})

test('the constants and the EIP-712 domain are equal to the deployed registry', async () => {
  const { client, registry, domain } = fixture
  const [fields, name, version, chainId, verifyingContract] = await client.readContract({
    ...registry,
    functionName: 'eip712Domain',
  })
  expect([fields, name, version, chainId, verifyingContract]).toEqual([
    '0x0f',
    'WorldIDRegistry',
    '1.0',
    31_337n,
    registry.address,
  ])
  expect(await client.readContract({ ...registry, functionName: 'domainSeparatorV4' })).toBe(domain.separator)
  expect(await client.readContract({ ...registry, functionName: 'getTreeDepth' })).toBe(30n)
  expect(await client.readContract({ ...registry, functionName: 'getMaxAuthenticators' })).toBe(7n)
  expect(await client.readContract({ ...registry, functionName: 'getRootValidityWindow' })).toBe(3600n)
  expect(await client.readContract({ ...registry, functionName: 'getRegistrationFee' })).toBe(0n)
})

test('the registry cannot be initialized twice', async () => {
  const again = encodeFunctionData({
    abi: WorldIDRegistry.abi,
    functionName: 'initialize',
    args: [30n, zeroAddress, zeroAddress, 0n],
  })
  expect(await fixture.refusal(again)).toBe('InvalidInitialization()')
})
