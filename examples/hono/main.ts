/** A Hono server of your own with the gateway under `/gateway`. Settings: RPC_URL, REGISTRY_ADDRESS, WALLET_PRIVATE_KEY, PORT. */
import { once } from 'node:events'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import type { Address, Hex } from 'viem'
import { createGateway } from '../../src/index.ts'

const { RPC_URL = '', REGISTRY_ADDRESS, WALLET_PRIVATE_KEY, DATA_DIR, PORT = '8080' } = process.env

const gateway = await createGateway({
  rpcUrl: RPC_URL,
  registryAddress: REGISTRY_ADDRESS as Address,
  privateKey: WALLET_PRIVATE_KEY as Hex,
  dataDir: DATA_DIR,
  logFormat: 'json',
})

const app = new Hono()
app.get('/', ({ text }) => text('my own service'))
app.mount('/gateway', (request, environment) => gateway.app.fetch(request, environment), {
  // The gateway reads the address of the client from the connection.
  optionHandler: ({ env }) => env,
})

const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(PORT) }, ({ port }) =>
  console.log(`http://127.0.0.1:${port}`),
)
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), gateway.ended])
server.close()
await gateway.stop()
