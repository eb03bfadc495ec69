/** Signals to npm: a service manager, or a container with npm as its first process, knows only npm. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { emptyFolder } from './command.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

it('SIGTERM to `npm run opsbatcher -- serve` stops the gateway in order, and npm ends after the gateway', async () => {
  const { PATH, HOME } = process.env
  const npm = spawn('npm', ['run', 'opsbatcher', '--', 'serve', '--listen-addr', '127.0.0.1:0'], {
    cwd: ROOT,
    env: {
      PATH,
      HOME,
      // Nothing answers there. The gateway waits in its start.
      RPC_URL: 'http://127.0.0.1:9',
      REGISTRY_ADDRESS: `0x${'11'.repeat(20)}`,
      WALLET_PRIVATE_KEY: `0x${'22'.repeat(32)}`,
      DATA_DIR: emptyFolder(),
      LOG_FORMAT: 'json',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const messages: string[] = []
  for await (const line of createInterface({ input: npm.stderr })) {
    if (!line.startsWith('{')) continue
    const { msg } = JSON.parse(line)
    messages.push(msg)
    if (msg === 'listening') npm.kill('SIGTERM')
  }
  // The output has ended: the gateway, too, has closed it.
  if (npm.exitCode === null) await once(npm, 'exit')
  expect(npm.exitCode).toBe(0)
  expect(messages.at(-1)).toBe('stopped')
})
