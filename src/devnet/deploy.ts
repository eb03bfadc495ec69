/** Puts on a fresh local chain what the gateway needs: the registry behind its proxy, and Multicall3. */
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

/** anvil's last default account. It deploys, so that the gateway's wallet starts at nonce 0. */
const DEPLOYER: Address = '0xa0Ee7A142d267C1f36714E4a8F75612F20a79720'

const IMPLEMENTATION_ADDRESS = getContractAddress({ from: DEPLOYER, nonce: 0n })

/** The registry's proxy; it follows from the deployer's nonce and so is the same on every local chain. */
export const REGISTRY_ADDRESS = getContractAddress({ from: DEPLOYER, nonce: 1n })

const TREE_DEPTH = 30n

/**
 * More than either deployment takes. Given, because the proxy's cannot be estimated before the other is
 * mined.
 */
const DEPLOYMENT_GAS = 8_000_000n

/**
 * Deploys what is missing; a chain that has it all is left as it is.
 *
 * @param rpcUrl An anvil node's HTTP endpoint.
 * @throws {DevnetError} if the chain is not one of these: its deployer has been used for something else.
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
  // Not to wait for the next block, which may be seconds away.
  await client.mine({ blocks: 1 })
  if (!(await hasRegistry())) {
    throw new DevnetError(
      'The state file holds another chain. Name another file, or remove it to start afresh.',
    )
  }
}
