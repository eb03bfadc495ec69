/**
 * The local chain for development: an anvil node with the registry and Multicall3 on it, and a funded wallet.
 * Everything has the same address and key each time. For nothing but development: the key is known to
 * everybody.
 */
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Address, Hex } from 'viem'
import { MULTICALL3_ADDRESS } from '../evm/multicall.ts'
import { type Anvil, startAnvil } from './anvil.ts'
import { deployContracts, REGISTRY_ADDRESS } from './deploy.ts'
import { portFree } from './port.ts'
import { keepLastSave, keepSaves, startFrom } from './stateFile.ts'

export interface DevnetOptions {
  /** TCP port on the loopback interface; 0, the default, takes a free one. */
  readonly port?: number | undefined
  /** Keeps the chain between runs. Made if missing; without it the chain is gone when it stops. */
  readonly stateFile?: string | undefined
  /**
   * Seconds between blocks, fractions allowed; 0 mines each transaction at once. Default 2, as on World
   * Chain.
   */
  readonly blockTimeSeconds?: number | undefined
  /** Gas limit of a block. Default 60 million. */
  readonly gasLimit?: number | undefined
  /** Default 31337. */
  readonly chainId?: number | undefined
  /** Is given each line that the node prints; by default nobody is. */
  readonly log?: ((line: string) => void) | undefined
}

export interface Devnet {
  readonly rpcUrl: string
  readonly chainId: number
  readonly registryAddress: Address
  readonly multicallAddress: Address
  /** Key of anvil's first default account, rich in ether and at nonce 0 on a fresh chain. */
  readonly walletPrivateKey: Hex
  /** Resolves when the node is gone, asked to or not. */
  readonly ended: Promise<unknown>
  /** Ends the node, which then writes the state file; resolves when it is gone. */
  stop(): Promise<void>
}

const WALLET_PRIVATE_KEY: Hex = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'

/**
 * Blocks whose state can still be read or reorganized away. Unpruned, anvil keeps five hundred whole states
 * in memory and writes thousands more to disk, many gigabytes on a chain of some thousand accounts.
 */
const HISTORY_BLOCKS = 64

/**
 * Starts the chain, or the one that the state file holds, and sees that the contracts are on it.
 *
 * @throws {DevnetError} if anvil is not installed, the port is taken, or the state file holds some other
 * chain.
 */
export async function startDevnet({
  port = 0,
  stateFile,
  blockTimeSeconds = 2,
  gasLimit = 60_000_000,
  chainId = 31_337,
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
    await deployContracts(rpcUrl)
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

/** A node whose chain is kept. */
async function startKept(
  stateFile: string,
  startNode: (args: readonly string[]) => Promise<Anvil>,
): Promise<Anvil> {
  await mkdir(dirname(stateFile), { recursive: true })
  const anvil = await startFrom(stateFile, startNode)
  const leave = keepSaves(stateFile)
  const ended = anvil.ended.then(async (code) => {
    leave()
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
