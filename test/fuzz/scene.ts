/** A service in a separate process, with a new chain and some finalized operations. */
import { createIdleAccount } from '../../src/load/account.ts'
import { toBody } from '../../src/load/client.ts'
import type { Random } from '../../src/load/random.ts'
import { worldIdV1 } from '../../src/registry/worldId/worldId.ts'
import { seededRandom } from '../load/seededRandom.ts'
import type { Document } from '../server/api.ts'
import { changes, domainOf, seedAccounts } from '../support/accounts.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { spawnTestService, temporaryFolder } from '../support/service.ts'
import type { Address } from './exchange.ts'
import type { Known } from './generate.ts'

export interface Scene {
  readonly address: Address
  /** The OpenAPI document of the service. */
  readonly document: Document
  readonly known: Known
  /** Resolves with the exit code when the service has ended. */
  readonly ended: Promise<number | null>
  /** @returns the exit code of the service */
  stop(): Promise<number | null>
}

const OPERATIONS = 20
const ACCOUNTS = 100
/** The signed operations of each account, in nonce order. */
const CHANGES = [
  'insert_authenticator',
  'update_authenticator',
  'remove_authenticator',
  'insert_authenticator',
  'recover_account',
  'insert_authenticator',
] as const

/** A small limit makes a body above the limit cheap to send. */
const SETTINGS = { BODY_LIMIT_BYTES: '65536' }

export async function startScene(): Promise<Scene> {
  const chain = await startTestChain({ blockTimeSeconds: 1 })
  const random = seededRandom(1)
  const signed = await signedChanges(chain, random)
  const folder = await temporaryFolder()
  const service = await spawnTestService({ chain, dataDir: folder.path, settings: SETTINGS })
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
      changes: signed,
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

/** Creates accounts, equal in every run, and signs the operations. */
async function signedChanges(chain: TestChain, random: Random): Promise<Known['changes']> {
  const accounts = await seedAccounts(chain, { count: ACCOUNTS, authenticators: 2, random })
  const signing = { domain: domainOf(chain), random }
  return accounts.map((account) =>
    changes(account, CHANGES, signing).map((operation) => ({
      path: worldIdV1.pathOf(operation.kind),
      body: JSON.stringify(toBody(operation)),
    })),
  )
}
