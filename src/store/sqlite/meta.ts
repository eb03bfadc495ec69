/** What the database says of itself: the version of its tables, and the chain that it belongs to. */
import type { StoreIdentity } from '../port.ts'
import { StoreIdentityError } from '../port.ts'
import type { Database } from './database.ts'

type MetaKey = 'schemaVersion' | 'identity'

export interface Meta {
  read(key: MetaKey): string | undefined
  write(key: MetaKey, value: string): void
}

export function createMeta(database: Database): Meta {
  const select = database.prepare<{ key: MetaKey }, { value: string }>(
    'SELECT value FROM meta WHERE key = :key',
  )
  const insert = database.prepare<{ key: MetaKey; value: string }>(
    'INSERT OR REPLACE INTO meta VALUES (:key, :value)',
  )
  return {
    read: (key) => select.first({ key })?.value,
    write: (key, value) => void insert.run({ key, value }),
  }
}

/**
 * Ties the database to a chain, once.
 * @throws StoreIdentityError when it is tied to another
 */
export function bindIdentity(database: Database, identity: StoreIdentity): void {
  const asked = describe(identity)
  const meta = createMeta(database)
  database.transaction(() => {
    const bound = meta.read('identity')
    if (bound === undefined) meta.write('identity', asked)
    else if (bound !== asked) {
      throw new StoreIdentityError(`the database belongs to ${bound}, and not to ${asked}`)
    }
  })
}

/** Addresses and hashes come in either case. */
function describe({ chainId, registryAddress, genesisHash }: StoreIdentity): string {
  return `registry ${registryAddress} on chain ${chainId} with genesis ${genesisHash}`.toLowerCase()
}
