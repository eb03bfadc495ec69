/** `opsbatcher dev`: a local chain and a gateway for it, or only the gateway when a chain is given. */
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { databasePath, toInspectorAccess } from '../config/gatewayConfig.ts'
import { isConnected, readDevSettings } from '../config/read.ts'
import type { CliContext, ExitCode, Flags } from './context.ts'

/**
 * @throws ConfigError when a setting is wrong, or the chain is given in part
 * @throws DevnetError when the local chain cannot be started
 * @throws StoreError when another process has the data
 */
export async function dev(flags: Flags, context: CliContext): Promise<ExitCode> {
  const settings = readDevSettings({ flags, environment: context.environment })
  // Loaded only now, since it takes a moment and a mistake in the settings can be told without it.
  const { runService } = await import('./service.ts')
  if (isConnected(settings)) return runService(settings, context)

  const { startDevnet } = await import('../devnet/devnet.ts')
  const { openSqliteStore } = await import('../store/sqlite/sqliteStore.ts')
  const { welcome } = await import('./welcome.ts')
  await mkdir(settings.dataDir, { recursive: true })
  // The chain's file lies beside the database. Two nodes that write to it would spoil it before the database is refused.
  await openSqliteStore(databasePath(settings.dataDir)).close()
  const chain = await startDevnet({
    port: settings.chainPort,
    stateFile: join(settings.dataDir, 'chain.json'),
    blockTimeSeconds: settings.chainBlockTime / 1000,
  })
  const { rpcUrl, registryAddress, multicallAddress, walletPrivateKey, chainId } = chain
  const connection = { rpcUrl: [rpcUrl], registryAddress, multicallAddress, walletPrivateKey }
  try {
    return await runService({ ...settings, ...connection }, context, {
      chainEnded: chain.ended,
      onReady(url) {
        const dataDir = resolve(settings.dataDir)
        const isWatchable = toInspectorAccess(settings) !== null
        process.stdout.write(welcome({ url, rpcUrl, chainId, registryAddress, dataDir, isWatchable }))
      },
    })
  } finally {
    await chain.stop()
  }
}
