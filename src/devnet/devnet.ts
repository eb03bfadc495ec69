/**
 * The local chain for development: an anvil node with the registry, Multicall3 and a funded wallet. Addresses and key are
 * always the same. Use it for development only: the key is public.
 */
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Address, Hex } from 'viem'
import { MULTICALL3_ADDRESS } from '../evm/multicall.ts'
import { type Anvil, startAnvil } from './anvil.ts'
import { deployContracts, type HashCost, REGISTRY_ADDRESS, type RegistryVersion } from './deploy.ts'
import { portFree } from './port.ts'
import { keepLastSave, keepSaves, startFrom } from './stateFile.ts'

export interface DevnetOptions {
  /** TCP port on the loopback interface. Default 0: any free port. */
  readonly port?: number | undefined
  /** File that keeps the chain between runs; created if missing. Without a file the chain is lost at the stop. */
  readonly stateFile?: string | undefined
  /** Seconds between two blocks, fractions allowed. 0: every transaction is mined at once. Default 2, as on World Chain. */
  readonly blockTimeSeconds?: number | undefined
  /** Block gas limit. Default 60 million. */
  readonly gasLimit?: number | undefined
  /** Default 31337. */
  readonly chainId?: number | undefined
  /** Version of the registry. Default: version 1 on a new chain, and the present version on a resumed chain. */
  readonly registryVersion?: RegistryVersion | undefined
  /** Time that a hash of the registry takes the node. Default `fast`; `real` is for measurements. */
  readonly hashCost?: HashCost | undefined
  /** Called with each line of output of the node. */
  readonly log?: ((line: string) => void) | undefined
}

export interface Devnet {
  readonly rpcUrl: string
  readonly chainId: number
  readonly registryAddress: Address
  readonly multicallAddress: Address
  /** Private key of anvil's first default account. On a new chain the account has 10,000 ether and nonce 0. */
  readonly walletPrivateKey: Hex
  /** Resolves when the node has ended for any reason. */
  readonly ended: Promise<unknown>
  /** Stops the node. The node then writes the state file. Resolves when the node has ended. */
  stop(): Promise<void>
}

const WALLET_PRIVATE_KEY: Hex = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'

/**
 * Number of blocks with a kept state, for reads and reorgs. Without pruning, anvil keeps 500 states in memory and
 * thousands on disk: many gigabytes on a chain with some thousand accounts.
 */
const HISTORY_BLOCKS = 64

/**
 * Starts a new chain, or resumes the chain of the state file, and deploys missing contracts.
 *
 * @throws {DevnetError} if anvil is not installed, the port is in use, or the state file holds another chain or version
 */
export async function startDevnet({
  port = 0,
  stateFile,
  blockTimeSeconds = 2,
  gasLimit = 60_000_000,
  chainId = 31_337,
  registryVersion,
  hashCost = 'fast',
  log,
}: DevnetOptions = {}): Promise<Devnet> {
  const args = ['--port', `${port}`, '--chain-id', `${chainId}`, '--gas-limit', `${gasLimit}`]
  args.push('--prune-history', `${HISTORY_BLOCKS}`)
  if (blockTimeSeconds > 0) args.push('--block-time', `${blockTimeSeconds}`)

  await portFree(port)
  const startNode = (more: readonly string[] = []) => startAnvil({ args: [...args, ...more], log })
  const anvil = stateFile === undefined ? await startNode() : await startKept(stateFile, startNode)
  const rpcUrl = `http://127.0.0.1:${anvil.port}`
  try {
    await deployContracts(rpcUrl, { registryVersion, hashCost })
  } catch (error) {
    await anvil.stop()
    throw error
  }
  return {
    rpcUrl,
    chainId,
    registryAddress: REGISTRY_ADDRESS,
    multicallAddress: MULTICALL3_ADDRESS,
    walletPrivateKey: WALLET_PRIVATE_KEY,
    ended: anvil.ended,
    stop: anvil.stop,
  }
}

/** Starts a node with a state file. */
async function startKept(
  stateFile: string,
  startNode: (args: readonly string[]) => Promise<Anvil>,
): Promise<Anvil> {
  await mkdir(dirname(stateFile), { recursive: true })
  const anvil = await startFrom(stateFile, startNode)
  const stopKeeping = keepSaves(stateFile)
  const ended = anvil.ended.then(async (code) => {
    stopKeeping()
    if (code === 0) await keepLastSave(stateFile)
    return code
  })
  return {
    ...anvil,
    ended,
    async stop() {
      await anvil.stop()
      await ended
    },
  }
}
