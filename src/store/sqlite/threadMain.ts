/** Entry of the store's worker thread. Carries out the requests of `storeThread.ts` in order of arrival. */
import { parentPort } from 'node:worker_threads'
import { type RequestStore, StoreError } from '../port.ts'
import { packError } from './packedError.ts'
import { openSqliteStore } from './sqliteStore.ts'
import type { ThreadRequest, ThreadResponse } from './storeThread.ts'

const stores = new Map<number, RequestStore>()

parentPort?.on('message', async (request: ThreadRequest) => {
  const { id } = request
  const response = await carryOut(request).then(
    (result): ThreadResponse => ({ id, result }),
    (error): ThreadResponse => ({ id, error: packError(error) }),
  )
  parentPort?.postMessage(response)
})

async function carryOut(request: ThreadRequest): Promise<unknown> {
  if (request.method === 'open') {
    stores.set(request.store, openSqliteStore(request.path))
    return
  }
  const { method, args } = request
  const store = stores.get(request.store)
  if (store === undefined) throw new StoreError('closed', 'the store is closed')
  if (method === 'close') stores.delete(request.store)
  return Reflect.apply(store[method], store, args)
}
