import { describe, expect, it } from 'vitest'
import { createActor, toPromise } from 'xstate'
import { findStored } from '../../src/actors/findStored.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqliteStore.ts'
import { accepted, operationId } from '../store/fixtures.ts'

describe('findStored', () => {
  it('finds the stored operations after the end of the last commit', async () => {
    const store = openSqliteStore(':memory:')
    let end = () => {}
    const commits = {
      ended: () =>
        new Promise<void>((resolve) => {
          end = resolve
        }),
    }
    const ids = [operationId(1), operationId(2)]
    const actor = createActor(findStored(commits, store), { input: { ids } }).start()
    await store.commit([accepted(2)])
    end()
    await expect(toPromise(actor)).resolves.toEqual([operationId(2)])
    await store.close()
  })
})
