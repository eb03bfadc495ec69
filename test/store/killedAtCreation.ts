/** Opens a store, and is killed at the first call of a function of the file system. A separate process for tests. */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const [path = '', name = ''] = process.argv.slice(2)
Reflect.set(fs, name, () => process.kill(process.pid, 'SIGKILL'))
syncBuiltinESMExports()
const { openSqliteStore } = await import('../../src/store/sqlite/sqliteStore.ts')
openSqliteStore(path)
process.exit(0)
