/** The end of a service without an interruption. */
import { expect, it } from 'vitest'
import { runService } from '../../src/cli/service.ts'
import { readConnectedSettings } from '../../src/config/read.ts'
import { startTestChain } from '../support/chain.ts'
import { emptyFolder } from './command.ts'

it('a service stops with exit code 1 when the local chain ends', async () => {
  const chain = await startTestChain()
  const settings = readConnectedSettings({
    flags: {},
    environment: {
      LISTEN_ADDR: '127.0.0.1:0',
      RPC_URL: chain.rpcUrl,
      REGISTRY_ADDRESS: chain.registryAddress,
      WALLET_PRIVATE_KEY: chain.walletPrivateKey,
      DATA_DIR: emptyFolder(),
      LOG_LEVEL: 'silent',
    },
  })
  const context = { environment: {}, now: Date.now, interruption: () => new AbortController().signal }
  const exit = runService(settings, context, {
    chainEnded: chain.ended,
    onReady: () => void chain.stop(),
  })
  expect(await exit).toBe(1)
})
