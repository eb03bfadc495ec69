/** What a PostgreSQL server says of itself. */
import type { Query } from './connection.ts'

export interface ServerFacts {
  readonly version: string
  /** Settings with which a crash of the server loses acknowledged commits. Empty for a durable server. */
  readonly notDurable: readonly string[]
  /** True if each commit waits for another server. */
  readonly isReplicated: boolean
}

interface Settings {
  readonly version: string
  readonly fsync: string
  readonly fullPageWrites: string
  readonly synchronousCommit: string
  readonly synchronousStandbyNames: string
}

/** PostgreSQL documentation, "Write Ahead Log". */
export async function readServer(query: Query): Promise<ServerFacts> {
  const { rows } = await query<Settings>(`
    SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync,
      current_setting('full_page_writes') AS "fullPageWrites",
      current_setting('synchronous_commit') AS "synchronousCommit",
      current_setting('synchronous_standby_names') AS "synchronousStandbyNames"`)
  const [found] = rows
  if (found === undefined) throw new TypeError('the server has not told its settings')
  const { fsync, fullPageWrites, synchronousCommit } = found
  return {
    version: found.version,
    notDurable: [
      ...(fsync === 'off' ? ['fsync=off'] : []),
      ...(fullPageWrites === 'off' ? ['full_page_writes=off'] : []),
      ...(synchronousCommit === 'off' ? ['synchronous_commit=off'] : []),
    ],
    isReplicated: found.synchronousStandbyNames !== '' && synchronousCommit !== 'local',
  }
}
