/**
 * The gas of a fold: 100 creates through the gateway (intake, simulation, Multicall3), compared with a bare call of
 * `createManyAccounts` with equal creates on the same chain in the same state.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestClient, http, publicActions, walletActions } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { toGatewayConfig } from '../src/config/gatewayConfig.ts'
import { readConnectedSettings } from '../src/config/read.ts'
import { type Devnet, startDevnet } from '../src/devnet/devnet.ts'
import type { Gas } from '../src/domain/primitives.ts'
import { createGateway } from '../src/gateway/createGateway.ts'
import { createLogger } from '../src/gateway/log.ts'
import { createIdleAccount } from '../src/load/account.ts'
import { secureRandom } from '../src/load/random.ts'
import { foldCreates } from '../src/registry/worldId/fold.ts'
import type { CreateAccountOp } from '../src/registry/worldId/operations.ts'
import { worldIdV1 } from '../src/registry/worldId/worldId.ts'
import { hashCost } from './hashCost.ts'
import type { Part } from './row.ts'

const FOLDED = 100

/** Gas limit of the bare transaction, above the gas of 100 creates. */
const BARE_GAS = 16_000_000n

export const fold: Part = {
  name: 'fold',
  rows: ['gas_per_create_100', 'fold_floor_100'],
  async measure() {
    const { gateway, bare } = await benchFold()
    return [
      {
        name: 'gas_per_create_100',
        value: gateway,
        beside: `${(gateway / bare).toFixed(4)} of the floor`,
      },
      { name: 'fold_floor_100', value: bare, beside: 'a bare call of createManyAccounts with 100 creates' },
    ]
  },
}

/** Gas per create. */
export interface FoldGas {
  readonly gateway: Gas
  readonly bare: Gas
}

/** Uses its own chain. */
export async function benchFold(): Promise<FoldGas> {
  const chain = await startDevnet({ blockTimeSeconds: 0.2, hashCost })
  try {
    const client = connect(chain)
    // An empty tree would have a different gas cost.
    await client.createBare(creates())
    const measured = creates()
    const before = await client.snapshot()
    const bare = await client.createBare(measured)
    await client.revert({ id: before })
    return { gateway: (await createThroughGateway(chain, measured)) / FOLDED, bare: bare / FOLDED }
  } finally {
    await chain.stop()
  }
}

function creates(): readonly CreateAccountOp[] {
  return Array.from({ length: FOLDED }, () => createIdleAccount(secureRandom))
}

function connect({ rpcUrl, registryAddress, walletPrivateKey }: Devnet) {
  const account = privateKeyToAccount(walletPrivateKey)
  return createTestClient({ mode: 'anvil', account, transport: http(rpcUrl), pollingInterval: 50 })
    .extend(publicActions)
    .extend(walletActions)
    .extend((client) => ({
      /** Creates the accounts in a direct transaction to the registry. @returns the gas */
      async createBare(operations: readonly CreateAccountOp[]): Promise<Gas> {
        const data = foldCreates(operations)
        const hash = await client.sendTransaction({ chain: null, to: registryAddress, data, gas: BARE_GAS })
        const { status, gasUsed } = await client.waitForTransactionReceipt({ hash })
        if (status !== 'success') throw new Error('the bare transaction reverted')
        return Number(gasUsed)
      },
    }))
}

/** @returns the gas of the transaction */
async function createThroughGateway(chain: Devnet, operations: readonly CreateAccountOp[]): Promise<Gas> {
  const dataDir = await mkdtemp(join(tmpdir(), 'opsbatcher-fold-'))
  const settings = readConnectedSettings({
    flags: {},
    environment: {
      RPC_URL: chain.rpcUrl,
      REGISTRY_ADDRESS: chain.registryAddress,
      WALLET_PRIVATE_KEY: chain.walletPrivateKey,
      DATA_DIR: dataDir,
      POLL_INTERVAL_MS: '50',
      // One full batch: the window does not close earlier.
      BATCH_WINDOW_MS: '30000',
      MAX_BATCH_OPS: String(operations.length),
    },
  })
  const logger = createLogger({ level: 'silent', format: 'json' })
  const gateway = await createGateway(toGatewayConfig(settings), { logger, registry: worldIdV1 })
  try {
    const gas = new Promise<Gas>((resolve, reject) => {
      gateway.on((event) => {
        if (event.type !== 'batch.finalized') return
        const { statuses, gasUsed } = event.batch
        const finalized = Object.values(statuses).filter(({ type }) => type === 'Finalized').length
        if (finalized === operations.length) resolve(gasUsed)
        else reject(new Error(`only ${finalized} creates were finalized in one transaction`))
      })
    })
    await Promise.all(operations.map((operation) => gateway.submit(operation)))
    return await gas
  } finally {
    await gateway.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}
