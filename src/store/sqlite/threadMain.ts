/** The code of the stores' thread: it does what `storeThread.ts` asks, in the order in which it is asked. */
import { parentPort } from 'node:worker_threads'
import type { RequestStore } from '../port.ts'
import { openSqliteStore } from './sqliteStore.ts'
import { StoreError } from './storeError.ts'
import { type Answer, packError, type Question } from './threadMessages.ts'

const stores = new Map<number, RequestStore>()

parentPort?.on('message', async (question: Question) => {
  const { id } = question
  const answer = await carryOut(question).then(
    (result): Answer => ({ id, result }),
    (error): Answer => ({ id, error: packError(error) }),
  )
  parentPort?.postMessage(answer)
})

async function carryOut(question: Question): Promise<unknown> {
  if (question.method === 'open') {
    stores.set(question.store, openSqliteStore(question.path))
    return
  }
  const { method, args } = question
  const store = stores.get(question.store)
  if (store === undefined) throw new StoreError('closed', 'the store is closed')
  if (method === 'close') stores.delete(question.store)
  return Reflect.apply(store[method], store, args)
}
