/** A gateway with an ordering policy of its own. Settings: RPC_URL, REGISTRY_ADDRESS, WALLET_PRIVATE_KEY, CREATES_UP_TO_GWEI. */
import { once } from 'node:events'
import { serve } from '@hono/node-server'
import type { Address, Hex } from 'viem'
import { createGateway } from '../../src/index.ts'
import { cheapCreates } from './policy.ts'

const { RPC_URL = '', REGISTRY_ADDRESS, WALLET_PRIVATE_KEY, DATA_DIR, PORT = '8080' } = process.env
const { CREATES_UP_TO_GWEI = '5' } = process.env

const gateway = await createGateway({
  rpcUrl: RPC_URL,
  registryAddress: REGISTRY_ADDRESS as Address,
  privateKey: WALLET_PRIVATE_KEY as Hex,
  dataDir: DATA_DIR,
  ordering: cheapCreates(Number(CREATES_UP_TO_GWEI) * 1e9),
  logFormat: 'json',
})

const server = serve({ fetch: gateway.app.fetch, hostname: '127.0.0.1', port: Number(PORT) }, ({ port }) =>
  console.log(`http://127.0.0.1:${port}`),
)
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), gateway.ended])
server.close()
await gateway.stop()
