import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { emptyFolder, spawnCommand } from './command.ts'

const TOKEN = 'an-operator-token-0123'

/** Starts a gateway with a bridge. @returns the process, the URL of the bridge, and the present log */
async function startBridged(chain: TestChain) {
  const child = spawnCommand(['serve', '--xstate-inspect-port', '0'], {
    LISTEN_ADDR: '127.0.0.1:0',
    RPC_URL: chain.rpcUrl,
    REGISTRY_ADDRESS: chain.registryAddress,
    WALLET_PRIVATE_KEY: chain.walletPrivateKey,
    OPERATOR_TOKEN: TOKEN,
    DATA_DIR: emptyFolder(),
    LOG_FORMAT: 'json',
  })
  const log: string[] = []
  for await (const line of createInterface({ input: child.stderr })) {
    log.push(line)
    const url = /bridge: .*(ws:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1]
    if (url === undefined) continue
    child.stderr.resume()
    return { child, url, log: log.join('\n') }
  }
  throw new Error(`the bridge did not start:\n${log.join('\n')}`)
}

it('the inspect bridge starts with the gateway if a port is set, and ends with it', async () => {
  const chain = await startTestChain()
  const { child, url, log } = await startBridged(chain)
  const client = new WebSocket(url)
  await once(client, 'open')
  client.send(JSON.stringify({ type: 'xstate.inspecting' }))
  const [frame] = await once(client, 'message')
  expect(JSON.parse(String(frame)).type).toMatch(/^service\./)
  const gone = Promise.all([once(client, 'close'), once(child, 'close')])
  child.kill('SIGTERM')
  await gone
  expect(child.exitCode).toBe(0)
  expect(log).not.toContain(TOKEN)
  await chain.stop()
})

it('the inspect bridge ends when the gateway is killed', async () => {
  const chain = await startTestChain()
  const { child, url } = await startBridged(chain)
  const client = new WebSocket(url)
  await once(client, 'open')
  const gone = once(client, 'close')
  child.kill('SIGKILL')
  await gone
  await chain.stop()
})
