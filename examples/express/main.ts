/** An Express server of your own with the gateway under `/gateway`. Settings: RPC_URL, REGISTRY_ADDRESS, WALLET_PRIVATE_KEY, PORT. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
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

const app = express()
// Before any body parser: the gateway reads the body itself. Express removes `/gateway` from the address.
app.use('/gateway', getRequestListener(gateway.app.fetch, { overrideGlobalObjects: false }))
app.use(express.json())
app.get('/', (_request, response) => void response.send('my own service'))

const server = app.listen(Number(PORT), '127.0.0.1')
await once(server, 'listening')
console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), gateway.ended])
server.close()
await gateway.stop()
