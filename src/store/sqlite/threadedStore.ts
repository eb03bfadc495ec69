/** The store of a gateway: a SQLite file in a thread. A thread that crashes is replaced once. */
import { type RequestStore, StoreError } from '../port.ts'
import { StoreThread, startWorker } from './storeThread.ts'

export interface ThreadedStoreOptions {
  /** Called when the thread has crashed. @param isReopened false for the second crash: the store stays closed */
  readonly onCrash?: (reason: StoreError, isReopened: boolean) => void
  /** Starts a thread. */
  readonly start?: typeof startWorker
}

/**
 * Opens the store in a file, in a new thread that ends when the store is closed. After a crash of the thread, pending calls
 * fail with `closed`, and later calls go to a new thread. After a second crash all calls fail with `closed`.
 * @param path database file; created, with its folder, if missing; `:memory:` for a store without a file
 * @throws StoreError when another process has the file open, another program wrote the file, the file is damaged, or it
 *   cannot be opened
 */
export async function openThreadedStore(
  path: string,
  { onCrash = () => {}, start = startWorker }: ThreadedStoreOptions = {},
): Promise<RequestStore> {
  const first = await openInThread(path, start, reopen)
  let current = Promise.resolve(first)

  function reopen(reason: StoreError): void {
    onCrash(reason, true)
    current = openInThread(path, start, (second) => onCrash(second, false)).catch((cause: unknown) => {
      throw new StoreError('closed', `the store cannot be opened again: ${cause}`, { cause })
    })
    // Each call reports the failure.
    current.catch(() => {})
  }

  const call =
    <M extends keyof RequestStore>(method: M) =>
    async (...args: Parameters<RequestStore[M]>): Promise<Awaited<ReturnType<RequestStore[M]>>> => {
      const { store } = await current
      return Reflect.apply(store[method], store, args)
    }
  const close = async () => {
    const { store, thread } = await current
    await store.close().finally(() => thread.end())
  }
  let closed: Promise<void> | undefined
  return {
    bind: call('bind'),
    commit: call('commit'),
    status: call('status'),
    progress: call('progress'),
    operation: call('operation'),
    envelopes: call('envelopes'),
    batch: call('batch'),
    batches: call('batches'),
    attempts: call('attempts'),
    spentSince: call('spentSince'),
    settledSince: call('settledSince'),
    recover: call('recover'),
    hasPrunable: call('hasPrunable'),
    ping: call('ping'),
    close: () => (closed ??= close()),
  }
}

interface InThread {
  readonly thread: StoreThread
  readonly store: RequestStore
}

async function openInThread(
  path: string,
  start: typeof startWorker,
  onCrash: (reason: StoreError) => void,
): Promise<InThread> {
  let isOpen = false
  // A crash during the opening fails the opening.
  const thread = new StoreThread((reason) => isOpen && onCrash(reason), start)
  try {
    const store = await thread.open(path)
    isOpen = true
    return { thread, store }
  } catch (error) {
    await thread.end()
    throw error
  }
}
