/** A gateway whose key is in a key service. Settings: RPC_URL, REGISTRY_ADDRESS, SIGNER_URL, SIGNER_ADDRESS. */
import { once } from 'node:events'
import { serve } from '@hono/node-server'
import type { Address } from 'viem'
import { createGateway } from '../../src/index.ts'
import { rpcSigner } from './signer.ts'

const {
  RPC_URL = '',
  REGISTRY_ADDRESS,
  SIGNER_URL = '',
  SIGNER_ADDRESS,
  DATA_DIR,
  PORT = '8080',
} = process.env

const gateway = await createGateway({
  rpcUrl: RPC_URL,
  registryAddress: REGISTRY_ADDRESS as Address,
  signer: rpcSigner(SIGNER_URL, SIGNER_ADDRESS as Address),
  dataDir: DATA_DIR,
  logFormat: 'json',
})

const server = serve({ fetch: gateway.app.fetch, hostname: '127.0.0.1', port: Number(PORT) }, ({ port }) =>
  console.log(`http://127.0.0.1:${port}`),
)
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), gateway.ended])
server.close()
await gateway.stop()
