/** Deploys the gateway's contracts on a local chain: the registry with its proxy, and Multicall3. */
import {
  type Address,
  createTestClient,
  encodeFunctionData,
  getContractAddress,
  http,
  publicActions,
  walletActions,
  zeroAddress,
} from 'viem'
import { ERC1967Proxy } from '../../contracts/artifacts/ERC1967Proxy.ts'
import { Multicall3 } from '../../contracts/artifacts/Multicall3.ts'
import { WorldIDRegistry } from '../../contracts/artifacts/WorldIDRegistry.ts'
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

/** Gas limit of each deployment. The gas of the proxy cannot be estimated before the implementation is in a block. */
const DEPLOYMENT_GAS = 8_000_000n

/**
 * Deploys the missing contracts. A chain with all contracts does not change.
 *
 * @param rpcUrl HTTP endpoint of an anvil node
 * @throws {DevnetError} if the deployer has already sent other transactions: the chain is not a local chain of the
 *   project
 */
export async function deployContracts(rpcUrl: string): Promise<void> {
  const client = createTestClient({ mode: 'anvil', transport: http(rpcUrl) })
    .extend(publicActions)
    .extend(walletActions)
  const hasRegistry = async () => (await client.getCode({ address: REGISTRY_ADDRESS })) !== undefined

  await client.setCode({ address: MULTICALL3_ADDRESS, bytecode: Multicall3.deployedBytecode })
  if (await hasRegistry()) return

  const initialization = encodeFunctionData({
    abi: WorldIDRegistry.abi,
    functionName: 'initialize',
    args: [TREE_DEPTH, zeroAddress, zeroAddress, 0n],
  })
  const sender = { account: DEPLOYER, chain: null, gas: DEPLOYMENT_GAS } as const
  const { abi, bytecode } = ERC1967Proxy
  await client.deployContract({ ...sender, abi: WorldIDRegistry.abi, bytecode: WorldIDRegistry.bytecode })
  await client.deployContract({ ...sender, abi, bytecode, args: [IMPLEMENTATION_ADDRESS, initialization] })
  // The next block may be seconds away: mine a block now.
  await client.mine({ blocks: 1 })
  if (!(await hasRegistry())) {
    throw new DevnetError(
      'The state file of the local chain holds another chain. Choose another folder with --data-dir, or delete the folder to start again.',
    )
  }
}
