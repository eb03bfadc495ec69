/** `opsbatcher dev`: starts a local chain and a gateway, or only a gateway if the settings name a chain. */
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { databasePath, toInspectorAccess } from '../config/gatewayConfig.ts'
import { isConnected, readDevSettings } from '../config/read.ts'
import type { CliContext, ExitCode, Flags } from './context.ts'

/**
 * @throws ConfigurationError if a setting is wrong, or only some of the settings of the chain are given
 * @throws DevnetError if the local chain cannot be started
 * @throws StoreError if the database is in use by another process
 */
export async function dev(flags: Flags, context: CliContext): Promise<ExitCode> {
  const settings = readDevSettings({ flags, environment: context.environment })
  // The import takes a moment. The command reports a mistake in the settings before the import.
  const { runService } = await import('./service.ts')
  if (isConnected(settings)) return runService(settings, context)

  const { startDevnet } = await import('../devnet/devnet.ts')
  const { openSqliteStore } = await import('../store/sqlite/sqliteStore.ts')
  const { welcome } = await import('./welcome.ts')
  await mkdir(settings.dataDir, { recursive: true })
  // Opening the database checks its lock. A second chain must not start, because both would write to the same state file.
  await openSqliteStore(databasePath(settings.dataDir)).close()
  const chain = await startDevnet({
    port: settings.chainPort,
    stateFile: join(settings.dataDir, 'chain.json'),
    blockTimeSeconds: settings.chainBlockTime / 1000,
    registryVersion: settings.registryVersion === 'auto' ? undefined : settings.registryVersion,
    hashCost: settings.chainHashCost,
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
