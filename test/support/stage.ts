/** A local chain with steady blocks, the gateway on it, and accounts that live through HTTP. */
import { encodeFunctionData } from 'viem'
import { WorldIDRegistryV2 } from '../../contracts/artifacts/WorldIDRegistryV2.ts'
import type { Address } from '../../src/domain/primitives.ts'
import { changeAccount, createAccount, type LiveAccount } from '../../src/load/account.ts'
import { toBody } from '../../src/load/client.ts'
import type { ChangeKind } from '../../src/load/plan.ts'
import type { Random } from '../../src/load/random.ts'
import { registryFunctions } from '../../src/registry/worldId/abi.ts'
import { domainOf } from './accounts.ts'
import { startTestChain, type TestChain } from './chain.ts'
import { eventually } from './eventually.ts'
import { type Miner, startMiner } from './miner.ts'
import { startTestService, type TestService, temporaryFolder } from './service.ts'

export interface Stage {
  readonly chain: TestChain
  readonly miner: Miner
  readonly service: TestService
  readonly random: Random
  /** Stops the service and starts it again over the same database. */
  restart(settings?: NodeJS.Dict<string>): Promise<void>
  end(): Promise<void>
}

export interface StageOptions {
  readonly registryVersion: 'v1' | 'v2'
  readonly random: Random
  readonly settings?: NodeJS.Dict<string>
}

/** @throws the error that prevents the start of the gateway */
export async function openStage({ registryVersion, random, settings = {} }: StageOptions): Promise<Stage> {
  const chain = await startTestChain({ registryVersion })
  const miner = await startMiner(chain)
  const folder = await temporaryFolder()
  const start = (changed: NodeJS.Dict<string>) =>
    startTestService({ chain, dataDir: folder.path, settings: changed })
  const closeChain = async () => {
    await miner.pause()
    await chain.stop()
    await folder.remove()
  }
  let service = await start(settings).catch(async (error: unknown) => {
    await closeChain()
    throw error
  })
  return {
    chain,
    miner,
    random,
    get service() {
      return service
    },
    async restart(changed = settings) {
      await service.stop()
      service = await start(changed)
    },
    async end() {
      await service.stop()
      await closeChain()
    },
  }
}

/** The verdict on an operation. */
export function verdict({ service }: Stage, id: string) {
  return eventually(
    `a verdict on ${id}`,
    () => service.status(id),
    ({ status }) => status.state === 'finalized' || status.state === 'failed',
  )
}

/** Posts a body, and waits for the verdict. @throws Error if the gateway refuses it */
export async function settle(stage: Stage, path: string, body: object) {
  const answer = await stage.service.post(path, body)
  if (answer.status !== 200)
    throw new Error(`${path} answers ${answer.status} ${JSON.stringify(answer.body)}`)
  return verdict(stage, (answer.body as { readonly request_id: string }).request_id)
}

/** An account that exists in the registry, with its next changes. */
export interface Life {
  readonly account: LiveAccount
  /** The next change, signed. The account counts as changed from now on. */
  next(kind: ChangeKind): ReturnType<typeof changeAccount>['operation']
  /** The change that `next` would give. The account does not change. */
  sketch(kind: ChangeKind): ReturnType<typeof changeAccount>['operation']
  /** The gateway has executed a change of the nonce that `next` does not know. */
  skipNonce(): void
}

/** Creates an account over HTTP. @throws Error if it is not finalized */
export async function createLife(stage: Stage, authenticators = 2): Promise<Life> {
  const { chain, random } = stage
  const creation = createAccount(authenticators, random)
  const { status } = await settle(stage, '/create-account', toBody(creation.operation))
  if (status.state !== 'finalized') throw new Error(`the account is ${status.state}`)
  const [{ key }] = creation.account.authenticators
  const { leaf } = await accountAt(chain, key.address)
  let account: LiveAccount = { ...creation.account, leafIndex: `0x${leaf.toString(16)}` }
  const step = (kind: ChangeKind) => changeAccount(account, kind, { domain: domainOf(chain), random })
  return {
    get account() {
      return account
    },
    next(kind) {
      const next = step(kind)
      account = next.account
      return next.operation
    },
    sketch: (kind) => step(kind).operation,
    skipNonce() {
      account = { ...account, nonce: account.nonce + 1 }
    },
  }
}

/** The registry's entry of an authenticator. Leaf 0 stands for no account. */
export async function accountAt({ client, registryAddress }: TestChain, authenticator: Address) {
  const packed = await client.readContract({
    address: registryAddress,
    abi: registryFunctions,
    functionName: 'getPackedAccountData',
    args: [authenticator],
  })
  return {
    leaf: BigInt.asUintN(64, packed),
    pubkeyId: Number(BigInt.asUintN(32, packed >> 192n)),
    recoveries: Number(packed >> 224n),
  }
}

/** The recovery agent that counts now. */
export async function agentOf({ client, registryAddress }: TestChain, { leafIndex }: LiveAccount) {
  const agent = await client.readContract({
    address: registryAddress,
    abi: registryFunctions,
    functionName: 'getRecoveryAgent',
    args: [BigInt(leafIndex)],
  })
  return agent.toLowerCase()
}

/** The update of the recovery agent that waits: the new agent, and from when on it can be executed. */
export function pendingAgentOf({ client, registryAddress }: TestChain, { leafIndex }: LiveAccount) {
  return client.readContract({
    address: registryAddress,
    abi: registryFunctions,
    functionName: 'getPendingRecoveryAgentUpdate',
    args: [BigInt(leafIndex)],
  })
}

/** Cooldown, and window for a revert, of an update of the recovery agent. In seconds. */
const COOLDOWN = 14 * 86_400

export async function passCooldown({ client }: TestChain): Promise<void> {
  await client.increaseTime({ seconds: COOLDOWN })
  await client.mine({ blocks: 1 })
}

/** The last default account of anvil, the owner of the registry. */
const OWNER = '0xa0Ee7A142d267C1f36714E4a8F75612F20a79720'

/** @returns the address of the implementation of version 2 */
export async function deployV2({ client }: TestChain): Promise<Address> {
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
export async function upgradeFirst(
  { client, registryAddress }: TestChain,
  implementation: Address,
): Promise<void> {
  const data = encodeFunctionData({
    abi: WorldIDRegistryV2.abi,
    functionName: 'upgradeToAndCall',
    args: [implementation, '0x'],
  })
  const fees = { maxFeePerGas: 10n ** 12n, maxPriorityFeePerGas: 10n ** 11n }
  await client.sendTransaction({ account: OWNER, to: registryAddress, data, gas: 1_000_000n, ...fees })
}
