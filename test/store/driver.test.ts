/** An installation without the optional packages. */
import { expect, it } from 'vitest'
import { StoreError } from '../../src/store/port.ts'
import { loadDriver } from '../../src/store/sqlite/driver.ts'

it('a missing native part is named, with the command that installs it', () => {
  const load = () => {
    throw new Error(
      "Cannot find module '@libsql/linux-x64-gnu'\nRequire stack:\n- /app/node_modules/libsql/index.js",
    )
  }
  const message =
    'the database needs the package @libsql/linux-x64-gnu, which is not installed; install it with: npm install @libsql/linux-x64-gnu'
  expect(() => loadDriver(load)).toThrow(new StoreError('uninstalled', message))
})
