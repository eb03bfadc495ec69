/** A service in a process of its own, on a chain of its own, that has landed some operations. */
import { createIdleAccount } from '../../src/load/account.ts'
import { seededRandom } from '../load/seededRandom.ts'
import type { Document } from '../server/api.ts'
import { startTestChain } from '../support/chain.ts'
import { spawnTestService, temporaryFolder } from '../support/service.ts'
import type { Address } from './exchange.ts'
import type { KnownIds } from './generate.ts'

export interface Scene {
  readonly address: Address
  /** As the service publishes it. */
  readonly document: Document
  readonly known: KnownIds
  /** When the service has ended by itself or was stopped. */
  readonly ended: Promise<number | null>
  /** @returns the exit code of the service */
  stop(): Promise<number | null>
}

const OPERATIONS = 20

/** A body that is too large for it is no great burden to send. */
const SETTINGS = { BODY_LIMIT_BYTES: '65536' }

export async function startScene(): Promise<Scene> {
  const chain = await startTestChain({ blockTimeSeconds: 1 })
  const folder = await temporaryFolder()
  const service = await spawnTestService({ chain, dataDir: folder.path, settings: SETTINGS })
  const random = seededRandom(1)
  const operation = await Promise.all(
    Array.from({ length: OPERATIONS }, () => service.accept(createIdleAccount(random))),
  )
  await Promise.all(operation.map((id) => service.waitUntilTerminal(id)))
  const batches = await service.batches()
  const { hostname, port } = new URL(service.url)
  return {
    address: { host: hostname, port: Number(port) },
    document: (await service.get('/openapi.json')).body as Document,
    known: {
      operation: operation.map((id) => id.replace('gw_', '')),
      batch: batches.map(({ batch }) => batch.id),
    },
    ended: service.ended,
    async stop() {
      const code = await service.stop()
      await chain.stop()
      await folder.remove()
      return code
    },
  }
}
