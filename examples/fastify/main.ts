/** A Fastify server of your own with the gateway under `/gateway`. Settings: RPC_URL, REGISTRY_ADDRESS, WALLET_PRIVATE_KEY, PORT. */
import { once } from 'node:events'
import { getRequestListener } from '@hono/node-server'
import { fastify } from 'fastify'
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

const PREFIX = '/gateway'
const app = fastify()
app.get('/', async () => 'my own service')
app.register(
  async (scope) => {
    const answer = getRequestListener(gateway.app.fetch, { overrideGlobalObjects: false })
    // The gateway reads the body itself.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _body, done) => done(null))
    scope.all('/*', ({ raw: request }, reply) => {
      reply.hijack()
      request.url = request.url?.slice(PREFIX.length)
      void answer(request, reply.raw)
    })
  },
  { prefix: PREFIX },
)

console.log(await app.listen({ host: '127.0.0.1', port: Number(PORT) }))
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), gateway.ended])
await app.close()
await gateway.stop()
