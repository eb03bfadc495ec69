/** `opsbatcher dev`: a local chain and a gateway for it, or only the gateway when a chain is given. */
import { join, resolve } from 'node:path'
import { isConnected, readDevSettings } from '../config/read.ts'
import { startDevnet } from '../devnet/devnet.ts'
import type { CliContext, ExitCode, Flags } from './context.ts'
import { runService } from './service.ts'
import { welcome } from './welcome.ts'

/**
 * @throws ConfigError when a setting is wrong, or the chain is given in part
 * @throws DevnetError when the local chain cannot be started
 */
export async function dev(flags: Flags, context: CliContext): Promise<ExitCode> {
  const settings = readDevSettings({ flags, environment: context.environment })
  if (isConnected(settings)) return runService(settings, context)

  const chain = await startDevnet({
    port: settings.chainPort,
    stateFile: join(settings.dataDir, 'chain.json'),
    blockTimeSeconds: settings.chainBlockTime / 1000,
  })
  const { rpcUrl, registryAddress, multicallAddress, walletPrivateKey, chainId } = chain
  const connection = { rpcUrl, registryAddress, multicallAddress, walletPrivateKey }
  try {
    return await runService({ ...settings, ...connection }, context, (url) => {
      const dataDir = resolve(settings.dataDir)
      process.stdout.write(welcome({ url, rpcUrl, chainId, registryAddress, dataDir }))
    })
  } finally {
    await chain.stop()
  }
}
