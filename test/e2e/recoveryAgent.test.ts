/** One account through every kind of operation, on version 1, on version 2, and across an upgrade of the registry. */
import { encodeFunctionData } from 'viem'
import { afterEach, describe, expect, it } from 'vitest'
import { WorldIDRegistryV2 } from '../../contracts/artifacts/WorldIDRegistryV2.ts'
import type { Address } from '../../src/domain/primitives.ts'
import { changeAccount, createAccount, type LiveAccount } from '../../src/load/account.ts'
import { toBody } from '../../src/load/client.ts'
import { createKey } from '../../src/load/key.ts'
import type { ChangeKind } from '../../src/load/plan.ts'
import { registryFunctions } from '../../src/registry/worldId/abi.ts'
import type { InsertAuthenticatorOp, RecoverAccountOp } from '../../src/registry/worldId/operations.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { domainOf, signedBy } from '../support/accounts.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { eventually } from '../support/eventually.ts'
import { type Miner, startMiner } from '../support/miner.ts'
import { startTestService, type TestService, temporaryFolder } from '../support/service.ts'

const COOLDOWN = 14 * 86_400
const ZERO = `0x${'0'.repeat(40)}` as const
const random = seededRandom(14)

let ending: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const end of ending.toReversed()) await end()
  ending = []
})

interface Scene {
  readonly chain: TestChain
  readonly miner: Miner
  readonly service: TestService
}

async function scene(registryVersion: 'v1' | 'v2', settings: NodeJS.Dict<string> = {}): Promise<Scene> {
  const chain = await startTestChain({ registryVersion })
  ending.push(() => chain.stop())
  const miner = await startMiner(chain)
  ending.push(() => miner.pause())
  const folder = await temporaryFolder()
  ending.push(() => folder.remove())
  const service = await startTestService({ chain, dataDir: folder.path, settings })
  ending.push(() => service.stop())
  return { chain, miner, service }
}

/** Posts a body, and waits for the verdict. */
async function settle({ service }: Scene, path: string, body: object) {
  const answer = await service.post(path, body)
  expect(answer).toMatchObject({ status: 200 })
  const id = String((answer.body as { request_id: string }).request_id)
  return eventually(
    `a verdict on ${path}`,
    () => service.status(id),
    ({ status }) => status.state === 'finalized' || status.state === 'failed',
  )
}

/** An account of the scene that is created over HTTP, with its changes. */
async function newAccount(stage: Scene) {
  const { chain } = stage
  const creation = createAccount(2, random)
  expect(await settle(stage, '/create-account', toBody(creation.operation))).toMatchObject({
    kind: 'create_account',
    status: { state: 'finalized' },
  })
  const [{ key }] = creation.account.authenticators
  const packed = await read(chain, 'getPackedAccountData', [key.address])
  let account: LiveAccount = {
    ...creation.account,
    leafIndex: `0x${BigInt.asUintN(64, BigInt(packed as bigint)).toString(16)}`,
  }
  return {
    get account() {
      return account
    },
    /** The next change, signed. The account counts as changed. */
    next(kind: ChangeKind) {
      const step = changeAccount(account, kind, { domain: domainOf(chain), random })
      account = step.account
      return step.operation
    },
    /** The nonce of the account moves on without a change of the model. */
    skip(operation: Partial<LiveAccount> = {}) {
      account = { ...account, ...operation, nonce: account.nonce + 1 }
    },
  }
}

function read(
  { client, registryAddress }: TestChain,
  functionName: 'getPackedAccountData' | 'getRecoveryAgent' | 'getPendingRecoveryAgentUpdate',
  args: readonly unknown[],
): Promise<unknown> {
  return client.readContract({
    address: registryAddress,
    abi: registryFunctions,
    functionName,
    args: args as never,
  }) as Promise<unknown>
}

/** The last default account of anvil, the owner of the registry. */
const OWNER = '0xa0Ee7A142d267C1f36714E4a8F75612F20a79720'

async function deployV2({ client }: TestChain): Promise<Address> {
  const { bytecode } = WorldIDRegistryV2
  const hash = await client.sendTransaction({ account: OWNER, data: bytecode, gas: 8_000_000n })
  const receipt = await eventually(
    'the implementation of version 2',
    () => client.getTransactionReceipt({ hash }).catch(() => null),
    (found) => found !== null,
  )
  return receipt?.contractAddress ?? '0x'
}

/** Sends the upgrade with a high tip: it executes before the other transactions of the next block. */
async function upgradeFirst({ client, registryAddress }: TestChain, implementation: Address): Promise<void> {
  const data = encodeFunctionData({
    abi: WorldIDRegistryV2.abi,
    functionName: 'upgradeToAndCall',
    args: [implementation, '0x'],
  })
  const fees = { maxFeePerGas: 10n ** 12n, maxPriorityFeePerGas: 10n ** 11n }
  await client.sendTransaction({ account: OWNER, to: registryAddress, data, gas: 1_000_000n, ...fees })
}

const agentOf = async (chain: TestChain, { leafIndex }: LiveAccount) =>
  String(await read(chain, 'getRecoveryAgent', [BigInt(leafIndex)])).toLowerCase()

const finalized = (kind: string) => ({ kind, status: { state: 'finalized' } })

describe('an account on registry V1', () => {
  it('lives through every kind', async () => {
    const stage = await scene('v1')
    const { chain, service } = stage
    const one = await newAccount(stage)
    const { recovery } = one.account
    for (const kind of ['insert_authenticator', 'update_authenticator', 'remove_authenticator'] as const) {
      const path = `/${kind.replace('_', '-')}`
      expect(await settle(stage, path, toBody(one.next(kind)))).toMatchObject(finalized(kind))
    }
    const initiate = '/initiate-recovery-agent-update'
    const first = await service.post(initiate, toBody(one.next('update_recovery_agent')))
    expect(first.headers.get('deprecation')).toBe('@1785110400')
    expect(first.headers.get('sunset')).toBe('Tue, 27 Jul 2027 00:00:00 GMT')
    expect(
      await settle(stage, '/cancel-recovery-agent-update', toBody(one.next('update_recovery_agent'))),
    ).toMatchObject(finalized('cancel_recovery_agent_update'))
    expect(await read(chain, 'getPendingRecoveryAgentUpdate', [BigInt(one.account.leafIndex)])).toEqual([
      ZERO,
      0n,
    ])

    const agent = createKey(random)
    const update = signedBy(
      one.account.authenticators[0].key,
      { ...(one.next('update_recovery_agent') as never as InsertAuthenticatorOp) },
      domainOf(chain),
      { newRecoveryAgent: agent.address } as never,
    )
    expect(await settle(stage, initiate, toBody(update))).toMatchObject(finalized('update_recovery_agent'))
    const execution = { leaf_index: one.account.leafIndex }
    const early = await service.post('/execute-recovery-agent-update', execution)
    expect(early).toMatchObject({ status: 400, body: { code: 'bad_request' } })
    await chain.client.increaseTime({ seconds: COOLDOWN })
    await chain.client.mine({ blocks: 1 })
    expect(await settle(stage, '/execute-recovery-agent-update', execution)).toMatchObject(
      finalized('execute_recovery_agent_update'),
    )
    expect(await agentOf(chain, one.account)).toBe(agent.address)

    const recover = one.next('recover_account') as RecoverAccountOp
    expect(await service.post('/recover-account', toBody(recover))).toMatchObject({ status: 400 })
    const byAgent = signedBy(agent, recover, domainOf(chain))
    expect(await settle(stage, '/recover-account', toBody(byAgent))).toMatchObject(
      finalized('recover_account'),
    )
    expect(recovery.address).not.toBe(agent.address)
  })

  it('has no direct update of a recovery agent', async () => {
    const { service } = await scene('v1')
    const body = {
      leaf_index: '1',
      new_recovery_agent: ZERO,
      signature: `0x${'5a'.repeat(64)}1b`,
      nonce: '0',
    }
    expect(await service.post('/update-recovery-agent', body)).toMatchObject({
      status: 501,
      body: {
        code: 'method_not_available',
        message:
          'POST /update-recovery-agent requires the registry to be on V2 (WIP-102). The current registry is V1; use POST /initiate-recovery-agent-update instead.',
      },
    })
    expect(await service.post('/revert-recovery-agent-update', body)).toMatchObject({
      status: 501,
      body: {
        message:
          'POST /revert-recovery-agent-update requires the registry to be on V2 (WIP-102). The current registry is V1; use POST /cancel-recovery-agent-update instead.',
      },
    })
    expect(await service.post('/update-recovery-agent', { leaf_index: 1 })).toMatchObject({ status: 422 })
  })
})

describe('an account on registry V2', () => {
  it('lives through every kind', async () => {
    const stage = await scene('v2')
    const { chain, service } = stage
    const one = await newAccount(stage)
    const [{ key }] = one.account.authenticators
    expect(
      await settle(stage, '/insert-authenticator', toBody(one.next('insert_authenticator'))),
    ).toMatchObject(finalized('insert_authenticator'))
    const unmanaged = one.next('insert_authenticator') as InsertAuthenticatorOp
    const proving = signedBy(key, unmanaged, domainOf(chain), { newAuthenticatorAddress: ZERO })
    expect(await settle(stage, '/insert-authenticator', toBody(proving))).toMatchObject(
      finalized('insert_authenticator'),
    )
    expect(
      await service.post('/update-authenticator', toBody(one.next('update_authenticator'))),
    ).toMatchObject({
      status: 501,
      body: {
        code: 'method_not_available',
        message: 'POST /update-authenticator is not supported on registry V2; use insert/remove instead.',
      },
    })
    // The refused operation used no nonce.
    one.skip({ nonce: one.account.nonce - 2 })
    expect(await agentOf(chain, one.account)).toBe(one.account.recovery.address)
  })

  it('changes its recovery agent by the routes of both versions', async () => {
    const stage = await scene('v2')
    const { chain, service } = stage
    const one = await newAccount(stage)
    const paths = [
      ['/update-recovery-agent', 'update_recovery_agent'],
      ['/revert-recovery-agent-update', 'cancel_recovery_agent_update'],
      ['/initiate-recovery-agent-update', 'update_recovery_agent'],
      ['/cancel-recovery-agent-update', 'cancel_recovery_agent_update'],
      ['/update-recovery-agent', 'update_recovery_agent'],
    ] as const
    for (const [path, kind] of paths) {
      expect(await settle(stage, path, toBody(one.next('update_recovery_agent')))).toMatchObject(
        finalized(kind),
      )
      // Within the window the agent before counts.
      expect(await agentOf(chain, one.account)).toBe(one.account.recovery.address)
    }
    await chain.client.increaseTime({ seconds: COOLDOWN })
    await chain.client.mine({ blocks: 1 })
    expect(await agentOf(chain, one.account)).not.toBe(one.account.recovery.address)

    const answer = await service.post('/execute-recovery-agent-update', { leaf_index: one.account.leafIndex })
    expect(answer).toMatchObject({
      status: 200,
      body: {
        kind: 'execute_recovery_agent_update',
        status: { state: 'finalized', tx_hash: '' },
      },
    })
    const { request_id } = answer.body as { request_id: string }
    expect((await service.status(request_id)).status).toEqual({ state: 'finalized', tx_hash: '' })
  })
})

describe('an upgrade while the gateway runs', () => {
  it('keeps the operations that the new version has, and fails the others', async () => {
    const stage = await scene('v1')
    const { chain, miner, service } = stage
    const [one, two, three] = [await newAccount(stage), await newAccount(stage), await newAccount(stage)]
    const implementation = await deployV2(chain)
    await miner.pause()
    const inFlight = await Promise.all([
      service.accept(one.next('update_authenticator')),
      service.accept(two.next('update_recovery_agent')),
      service.accept(three.next('insert_authenticator')),
    ])
    await eventually(
      'the batch to be sent',
      async () => Promise.all(inFlight.map((id) => service.status(id))),
      (states) => states.every(({ status }) => status.state === 'submitted'),
    )
    await upgradeFirst(chain, implementation)
    miner.resume()
    const verdicts = await Promise.all(
      inFlight.map((id) =>
        eventually(
          'a verdict',
          () => service.status(id),
          ({ status }) => status.state === 'finalized' || status.state === 'failed',
        ),
      ),
    )
    expect(verdicts.map(({ status }) => status.state)).toEqual(['failed', 'finalized', 'finalized'])
    expect(verdicts[0]?.status).toMatchObject({ error_code: 'method_not_available' })
    // The gateway works with version 2 from now on.
    expect(await service.get('/chain')).toMatchObject({ body: { registry: 'WorldIDRegistry V2' } })
    expect(
      await settle(stage, '/revert-recovery-agent-update', toBody(two.next('update_recovery_agent'))),
    ).toMatchObject(finalized('cancel_recovery_agent_update'))
  })
})

describe('an upgrade between two requests', () => {
  it('is noticed by the next request that the new version answers differently', async () => {
    const stage = await scene('v1')
    const { chain } = stage
    const one = await newAccount(stage)
    const implementation = await deployV2(chain)
    await upgradeFirst(chain, implementation)
    await chain.client.mine({ blocks: 1 })
    const update = toBody(one.next('update_recovery_agent'))
    expect(await settle(stage, '/initiate-recovery-agent-update', update)).toMatchObject(
      finalized('update_recovery_agent'),
    )
  })
})

describe('REGISTRY_VERSION', () => {
  it('stops the start if the contract has another version', async () => {
    await expect(scene('v2', { REGISTRY_VERSION: 'v1' })).rejects.toThrow(
      'REGISTRY_VERSION stands for WorldIDRegistry V1, but the contract at REGISTRY_ADDRESS is WorldIDRegistry V2. Set REGISTRY_VERSION=auto, or the version of the contract.',
    )
  })
})
