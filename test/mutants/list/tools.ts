/** Faults in the commands and pages around the gateway. */
import type { Mutant } from '../mutant.ts'

const BACKUP_TEST = 'test/store/backup.test.ts'

export const tools: readonly Mutant[] = [
  {
    name: 'two-writers',
    meaning: 'two gateways open one database file',
    file: 'src/store/sqlite/fileLock.ts',
    find: `driver.exec('BEGIN EXCLUSIVE')`,
    replace: `driver.exec('BEGIN')`,
    tests: ['test/store/sqlite.test.ts'],
  },
  {
    name: 'backup-overwrites',
    meaning: 'a backup replaces a file that appeared while the copy was made',
    file: 'src/store/sqlite/backup.ts',
    find: 'linkSync(draft, target)',
    replace: 'renameSync(draft, target)',
    tests: [BACKUP_TEST],
  },
  {
    name: 'half-backup-kept',
    meaning: 'an interrupted backup leaves half a file',
    file: 'src/store/sqlite/backup.ts',
    find: 'rmSync(draft, { force: true })',
    replace: 'existsSync(draft)',
    tests: [BACKUP_TEST],
  },
  {
    name: 'backup-not-compared',
    meaning: 'a copy with fewer rows than the database counts as a backup',
    file: 'src/store/sqlite/copy.ts',
    find: 'if (before.version !== after.version) return',
    replace: 'if (before.version <= after.version) return',
    tests: [BACKUP_TEST],
  },
  {
    name: 'reader-may-write',
    meaning: 'the database of a running gateway is opened to write by its readers',
    file: 'src/store/sqlite/database.ts',
    find: 'connect(path, readOnlyUri(path))',
    replace: 'connect(path, path)',
    tests: ['test/store/readers.test.ts'],
  },
  {
    name: 'foreign-store-passes',
    meaning: 'doctor finds nothing wrong with the database of another registry',
    file: 'src/doctor/store.ts',
    find: 'boundTo !== wanted',
    replace: 'boundTo === wanted',
    tests: ['test/doctor/doctor.test.ts'],
  },
  {
    name: 'doctor-always-content',
    meaning: 'doctor ends with code 0 although a check fails',
    file: 'src/cli/doctor.ts',
    find: 'return failed === 0 ? EXIT.ok : EXIT.failure',
    replace: 'return failed >= 0 ? EXIT.ok : EXIT.failure',
    tests: ['test/cli/doctor.test.ts'],
  },
  {
    name: 'inline-scripts',
    meaning: 'the page of the API may run scripts that someone else put into it',
    file: 'src/server/pageHeaders.ts',
    find: `"script-src 'self'"`,
    replace: `"script-src 'self' 'unsafe-inline'"`,
    tests: ['test/server/docs.test.ts'],
  },
  {
    name: 'client-without-token',
    meaning: 'the client does not send the operator token',
    file: 'src/client/client.ts',
    find: 'token !== undefined && {',
    replace: 'token === undefined && {',
    tests: ['test/client/client.test.ts'],
  },
]
