/** Recovery agents with code: the registry asks them by ERC-1271, and hostile agents can do harm. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Address } from '../../src/domain/primitives.ts'
import { type Agent, delegate, deployAgent } from '../support/agents.ts'
import { create, newAccount, type RegistryFixture, signer, startRegistry } from './registryFixture.ts'

const OWNER = signer(3)
const OTHER = signer(4)

/** Gas of a recovery whose agent only checks a signature. */
const ORDINARY_GAS = 700_000n

let fixture: RegistryFixture
let accounts = 0

beforeAll(async () => {
  fixture = await startRegistry()
})

afterAll(() => fixture.chain.stop())

/** The recovery of a new account with the agent, signed by a key. */
async function recoveryWith(agent: Address, by = OWNER) {
  accounts += 1
  const n = 100 * accounts
  await fixture.send(create(newAccount(n, { recoveryAddress: agent })))
  return fixture.recover(by, {
    leafIndex: `0x${accounts.toString(16)}`,
    newAuthenticatorAddress: signer(n + 1).address,
  })
}

const deploy = (agent: Omit<Agent, 'owner'>) => deployAgent(fixture, { owner: OWNER.address, ...agent })

test('an agent with code decides by its answer', async () => {
  const agent = await deploy({})
  expect(await fixture.refusal(await recoveryWith(agent))).toBeNull()
  expect(await fixture.refusal(await recoveryWith(agent, OTHER))).toBe('InvalidSignature()')
})

test.each(['SayNo', 'Revert'] as const)('an agent refuses with %s', async (does) => {
  const agent = await deploy({ when: 'Always', does })
  expect(await fixture.refusal(await recoveryWith(agent))).toBe('InvalidSignature()')
})

test('a long answer costs little gas, and only the first word counts', async () => {
  const { gasUsed, status } = await fixture.send(
    await recoveryWith(await deploy({ when: 'Always', does: 'ReturnMuch' })),
  )
  expect(status).toBe('success')
  expect(gasUsed).toBeLessThan(ORDINARY_GAS)
})

test('a key with a delegation is asked like a contract: its own signature is not enough', async () => {
  const key = signer(5)
  await delegate(fixture, key.address, await deploy({}))
  expect(await fixture.refusal(await recoveryWith(key.address))).toBeNull()
  expect(await fixture.refusal(await recoveryWith(key.address, key))).toBe('InvalidSignature()')
})

test.each(['Loop', 'Invalid'] as const)(
  'an agent can answer in simulation and burn all gas on chain: %s',
  async (does) => {
    const recovery = await recoveryWith(await deploy({ when: 'WhenGasIsPaid', does }))
    expect(await fixture.refusal(recovery)).toBeNull()
    const { gasUsed, status } = await fixture.send(recovery)
    expect(status).toBe('reverted')
    expect(gasUsed).toBeGreaterThan(10_000_000n)
  },
)

test('an agent notices a replaced code of Multicall3', async () => {
  const recovery = await recoveryWith(await deploy({ when: 'WhenCodeIsReal', does: 'SayNo' }))
  expect(await fixture.refusal(recovery)).toBe('InvalidSignature()')
  const address = fixture.chain.multicallAddress
  const code = await fixture.client.getCode({ address })
  await fixture.client.setCode({ address, bytecode: '0x00' })
  expect(await fixture.refusal(recovery)).toBeNull()
  await fixture.client.setCode({ address, bytecode: code ?? '0x' })
})

test('an agent notices the beneficiary of the block', async () => {
  const recovery = await recoveryWith(await deploy({ when: 'WhenBlockHasCoinbase', does: 'SayNo' }))
  await fixture.client.setCoinbase({ address: OTHER.address })
  await fixture.client.mine({ blocks: 1 })
  expect((await fixture.send(recovery)).logs).toEqual([])
})
