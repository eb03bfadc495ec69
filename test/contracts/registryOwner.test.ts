/** What the owner of the registry changes: settings, the registration fee, the owner, and the version. */
import { encodeFunctionData, maxUint256, zeroAddress } from 'viem'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { TestToken } from '../../contracts/artifacts/TestToken.ts'
import { WorldIDRegistry } from '../../contracts/artifacts/WorldIDRegistry.ts'
import { deployContracts } from '../../src/devnet/deploy.ts'
import type { Address, Hex } from '../../src/domain/primitives.ts'
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
const OLD = signer(3)
const NEW = signer(4)
const { abi } = WorldIDRegistry

let fixture: RegistryFixture
let snapshot: Hex

beforeAll(async () => {
  fixture = await startRegistry()
  await fixture.send(create(newAccount(1, { recoveryAddress: OLD.address })))
  snapshot = await fixture.client.snapshot()
})

beforeEach(async () => {
  await fixture.client.revert({ id: snapshot })
  snapshot = await fixture.client.snapshot()
})

afterAll(() => fixture.chain.stop())

const setMaximum = (maximum: bigint) =>
  encodeFunctionData({ abi, functionName: 'setMaxAuthenticators', args: [maximum] })
const setFee = (fee: bigint) => encodeFunctionData({ abi, functionName: 'setRegistrationFee', args: [fee] })

function ownerOf(): Promise<Address> {
  return fixture.client.readContract({ address: fixture.registry.address, abi, functionName: 'owner' })
}

const upgrade = () => deployContracts(fixture.chain.rpcUrl, { registryVersion: 'v2', hashCost: 'fast' })

const upgradeTo = (implementation: Address) =>
  encodeFunctionData({ abi, functionName: 'upgradeToAndCall', args: [implementation, '0x'] })

test('nobody else may change a setting or upgrade', async () => {
  const { client, registry } = fixture
  const stranger = `0x${'9'.repeat(40)}` as const
  for (const data of [setMaximum(3n), setFee(1n), upgradeTo(registry.address)]) {
    const call = client.call({ account: stranger, to: registry.address, data })
    await expect(call).rejects.toThrow('0x118cdaa7')
  }
})

test('a new owner has to accept', async () => {
  const { client, registry } = fixture
  const next = client.account.address
  await fixture.own(encodeFunctionData({ abi, functionName: 'transferOwnership', args: [next] }))
  expect(await ownerOf()).not.toBe(next)
  const accept = encodeFunctionData({ abi, functionName: 'acceptOwnership' })
  await expect(client.call({ account: zeroAddress, to: registry.address, data: accept })).rejects.toThrow()
  await fixture.send(accept)
  expect(await ownerOf()).toBe(next)
  await fixture.send(encodeFunctionData({ abi, functionName: 'renounceOwnership' }))
  expect(await ownerOf()).toBe(zeroAddress)
})

describe('the maximum of authenticators', () => {
  test('counts at once', async () => {
    const insert = (pubkeyId: number) => fixture.insert(ALICE, { pubkeyId }).then(fixture.refusal)
    expect(await insert(7)).toBe('PubkeyIdOutOfBounds()')
    await fixture.own(setMaximum(10n))
    expect(await insert(9)).toBeNull()
    expect(await insert(10)).toBe('PubkeyIdOutOfBounds()')
    await fixture.own(setMaximum(3n))
    expect(await insert(3)).toBe('PubkeyIdOutOfBounds()')
  })

  test('is 96 at most, and 48 on version 2', async () => {
    const set = (maximum: bigint) =>
      ownerOf().then((account) =>
        fixture.client.call({ account, to: fixture.registry.address, data: setMaximum(maximum) }),
      )
    await expect(set(97n)).rejects.toThrow('0x09ed763b')
    await set(96n)
    await upgrade()
    await expect(set(49n)).rejects.toThrow('0x09ed763b')
    await set(48n)
  })
})

describe('the registration fee', () => {
  const PRICE = 5n
  let token: Address

  async function charge(): Promise<void> {
    const { contractAddress } = await fixture.client.sendTransactionSync({
      data: TestToken.bytecode,
      gas: 2_000_000n,
    })
    token = contractAddress ?? zeroAddress
    await fixture.own(encodeFunctionData({ abi, functionName: 'setFeeToken', args: [token] }))
    await fixture.own(encodeFunctionData({ abi, functionName: 'setFeeRecipient', args: [NEW.address] }))
    await fixture.own(setFee(PRICE))
  }

  const balanceOf = (account: Address) =>
    fixture.client.readContract({
      address: token,
      abi: TestToken.abi,
      functionName: 'balanceOf',
      args: [account],
    })

  test('is paid by the sender of the create, so a create through Multicall3 is refused', async () => {
    await charge()
    expect(await fixture.refusal(create(newAccount(8)))).toBe('InsufficientFunds()')
    expect(await fixture.refusal(createMany([newAccount(8)]))).toBe('InsufficientFunds()')
    const through = await fixture.sendAll([createMany([newAccount(8)])], true)
    expect(through.logs).toEqual([])
    expect(await fixture.refusal(await fixture.insert(ALICE))).toBeNull()

    const wallet = fixture.client.account.address
    const call = { address: token, abi: TestToken.abi } as const
    await fixture.client.writeContractSync({ ...call, functionName: 'mint', args: [wallet, 3n * PRICE] })
    expect((await fixture.send(createMany([newAccount(8)]))).status).toBe('reverted')
    const approval = { functionName: 'approve', args: [fixture.registry.address, maxUint256] } as const
    await fixture.client.writeContractSync({ ...call, ...approval })
    expect((await fixture.send(createMany([newAccount(8), newAccount(9)]))).status).toBe('success')
    expect((await fixture.send(create(newAccount(10)))).status).toBe('success')
    expect(await balanceOf(NEW.address)).toBe(3n * PRICE)
    expect((await fixture.send(create(newAccount(11)))).status).toBe('reverted')
  })

  test('is checked before the accounts', async () => {
    await charge()
    expect(await fixture.refusal(createMany([newAccount(1)]))).toBe('InsufficientFunds()')
    expect(await fixture.refusal(createMany([]))).toBe('EmptyAddressArray()')
  })
})

describe('an upgrade to version 2', () => {
  const leafOf = (address: Address) =>
    fixture.client.readContract({
      ...fixture.registry,
      functionName: 'getPackedAccountData',
      args: [address],
    })
  const agent = () =>
    fixture.client.readContract({ ...fixture.registry, functionName: 'getRecoveryAgent', args: [1n] })
  const migrate = registryCall('migrateLegacyRecoveryAgentUpdate')({ leafIndex: '0x1' })
  const announce = async () => fixture.send(await fixture.setAgent(ALICE, NEW.address))

  test('keeps the accounts, the owner and the signatures', async () => {
    const insert = await fixture.insert(ALICE)
    const [owner, root] = [await ownerOf(), fixture.registry] as const
    const before = await fixture.client.readContract({ ...root, functionName: 'getLatestRoot' })
    await upgrade()
    expect(await leafOf(ALICE.address)).toBe(1n)
    expect(await ownerOf()).toBe(owner)
    expect(await fixture.client.readContract({ ...root, functionName: 'getLatestRoot' })).toBe(before)
    expect((await fixture.send(insert)).status).toBe('success')
    expect(await fixture.client.readContract({ ...root, functionName: 'isValidRoot', args: [before] })).toBe(
      true,
    )
    expect(await fixture.refusal(await fixture.update(ALICE, { nonce: '0x1' }))).toBe('MethodUnsupported()')
  })

  test('accepts only an implementation', async () => {
    const account = await ownerOf()
    const call = (data: Hex) => fixture.client.call({ account, to: fixture.registry.address, data })
    await expect(call(upgradeTo(ALICE.address))).rejects.toThrow('0x4c9c8ce3')
    await expect(call(upgradeTo(fixture.chain.multicallAddress))).rejects.toThrow('0x4c9c8ce3')
    // A proxy is no implementation.
    await expect(call(upgradeTo(fixture.registry.address))).rejects.toThrow('0x4c9c8ce3')
  })

  test('leaves an announced agent aside until somebody migrates it', async () => {
    await announce()
    const pending = { functionName: 'getPendingRecoveryAgentUpdate', args: [1n] } as const
    const [, executeAfter] = await fixture.client.readContract({ ...fixture.registry, ...pending })
    await upgrade()
    expect(await fixture.client.readContract({ ...fixture.registry, ...pending })).toEqual([zeroAddress, 0n])
    await fixture.send(migrate)
    expect(await agent()).toBe(OLD.address)
    expect(await fixture.client.readContract({ ...fixture.registry, ...pending })).toEqual([
      NEW.address,
      executeAfter,
    ])
    await fixture.pass(14 * 24 * 3600)
    expect(await agent()).toBe(NEW.address)
    expect(await fixture.refusal(migrate)).toBe('NoPendingRecoveryAgentUpdate(1)')
  })

  test('drops an announced agent with a recovery', async () => {
    await announce()
    await upgrade()
    await fixture.send(await fixture.recover(OLD, { nonce: '0x1' }))
    expect(await fixture.refusal(migrate)).toBe('NoPendingRecoveryAgentUpdate(1)')
  })
})
