/** Deploys the gateway's contracts on a local chain: the registry with its proxy, and Multicall3. */
import {
  type Address,
  createTestClient,
  encodeFunctionData,
  getContractAddress,
  type Hex,
  http,
  publicActions,
  walletActions,
  zeroAddress,
} from 'viem'
import { ERC1967Proxy } from '../../contracts/artifacts/ERC1967Proxy.ts'
import { HashTime } from '../../contracts/artifacts/HashTime.ts'
import { Multicall3 } from '../../contracts/artifacts/Multicall3.ts'
import { WorldIDRegistry } from '../../contracts/artifacts/WorldIDRegistry.ts'
import { WorldIDRegistryV2 } from '../../contracts/artifacts/WorldIDRegistryV2.ts'
import { MULTICALL3_ADDRESS } from '../evm/multicall.ts'
import { DevnetError } from './error.ts'

/** The last default account of anvil. A separate deployer lets the gateway's wallet start at nonce 0. */
const DEPLOYER: Address = '0xa0Ee7A142d267C1f36714E4a8F75612F20a79720'

const IMPLEMENTATION_ADDRESS = getContractAddress({ from: DEPLOYER, nonce: 0n })

/**
 * Address of the registry's proxy. The address depends on the deployer's nonce only: every local chain has an equal
 * address.
 */
export const REGISTRY_ADDRESS = getContractAddress({ from: DEPLOYER, nonce: 1n })

const TREE_DEPTH = 30n

/** Gas limit of each transaction. The gas of the proxy cannot be estimated before the implementation is in a block. */
const DEPLOYMENT_GAS = 8_000_000n

export type RegistryVersion = 'v1' | 'v2'

/** Time of a hash of the registry's tree. The gas is always the same. */
export type HashCost = 'fast' | 'real'

/** The address that the tree calls for each hash. */
const HASH_ADDRESS: Address = '0x0000000000000000000000000000000048617368'

/** Code that uses up all its gas: at once, or with as much arithmetic as the hash of the deployed registry. */
const HASH_CODE: Readonly<Record<HashCost, Hex>> = { fast: '0xfe', real: HashTime.deployedBytecode }

export interface Deployment {
  /** Version of the registry. Without it, a new chain gets version 1, and another chain keeps its version. */
  readonly registryVersion?: RegistryVersion | undefined
  readonly hashCost: HashCost
}

/**
 * Deploys the missing contracts. A registry of version 1 is upgraded in place if version 2 is wanted.
 *
 * @param rpcUrl HTTP endpoint of an anvil node
 * @throws {DevnetError} if the deployer has already sent other transactions: the chain is not a local chain of the
 *   project. Also if the registry has version 2, and version 1 is wanted.
 */
export async function deployContracts(
  rpcUrl: string,
  { registryVersion, hashCost }: Deployment,
): Promise<void> {
  const client = connect(rpcUrl)
  await client.setCode({ address: MULTICALL3_ADDRESS, bytecode: Multicall3.deployedBytecode })
  await client.setCode({ address: HASH_ADDRESS, bytecode: HASH_CODE[hashCost] })
  if (!(await hasRegistry(client))) await deployRegistry(client)
  const isUpgraded = await hasVersion2(client)
  if (registryVersion === 'v2' && !isUpgraded) await upgradeRegistry(client)
  if (registryVersion === 'v1' && isUpgraded) throw otherChain('a registry of version 2')
}

type Client = ReturnType<typeof connect>

function connect(rpcUrl: string) {
  return createTestClient({ mode: 'anvil', transport: http(rpcUrl) })
    .extend(publicActions)
    .extend(walletActions)
}

const SENDER = { account: DEPLOYER, chain: null, gas: DEPLOYMENT_GAS } as const

async function deployRegistry(client: Client): Promise<void> {
  const initialization = encodeFunctionData({
    abi: WorldIDRegistry.abi,
    functionName: 'initialize',
    args: [TREE_DEPTH, zeroAddress, zeroAddress, 0n],
  })
  const { abi, bytecode } = ERC1967Proxy
  await client.deployContract({ ...SENDER, abi: WorldIDRegistry.abi, bytecode: WorldIDRegistry.bytecode })
  await client.deployContract({ ...SENDER, abi, bytecode, args: [IMPLEMENTATION_ADDRESS, initialization] })
  // The next block may be seconds away: mine a block now.
  await client.mine({ blocks: 1 })
  if (!(await hasRegistry(client))) throw otherChain('another chain')
}

/** Upgrades the proxy, as the owner of the deployed registry does. All accounts stay. */
async function upgradeRegistry(client: Client): Promise<void> {
  const { abi, bytecode } = WorldIDRegistryV2
  const nonce = await client.getTransactionCount({ address: DEPLOYER })
  const implementation = getContractAddress({ from: DEPLOYER, nonce: BigInt(nonce) })
  await client.deployContract({ ...SENDER, abi, bytecode })
  const upgrade = { address: REGISTRY_ADDRESS, abi, functionName: 'upgradeToAndCall' } as const
  await client.writeContract({ ...SENDER, ...upgrade, args: [implementation, '0x'] })
  await client.mine({ blocks: 1 })
  if (!(await hasVersion2(client))) throw otherChain('a registry without upgrades')
}

async function hasRegistry(client: Client): Promise<boolean> {
  return (await client.getCode({ address: REGISTRY_ADDRESS })) !== undefined
}

/** Only version 2 has the function. */
async function hasVersion2(client: Client): Promise<boolean> {
  const call = { address: REGISTRY_ADDRESS, abi: WorldIDRegistryV2.abi } as const
  const answer = client.readContract({ ...call, functionName: 'getPreviousRecoveryAgentUpdate', args: [1n] })
  return answer.then(
    () => true,
    () => false,
  )
}

function otherChain(content: string): DevnetError {
  return new DevnetError(
    `The state file of the local chain holds ${content}. Choose another folder with --data-dir, or delete the folder to start again.`,
  )
}
