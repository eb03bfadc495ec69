/**
 * The embedded store in a thread of its own. SQLite works, and waits for the disk, while its caller stands still: here that
 * is a thread that has nothing else to do, and the gateway's goes on answering.
 */
import { Worker } from 'node:worker_threads'
import type { RequestStore } from '../port.ts'
import { StoreError } from './storeError.ts'
import { type Answer, type Method, type Question, unpackError } from './threadMessages.ts'

/**
 * Opens the store in a file, in a thread that ends when it is closed. Its calls are carried out in the order in which they
 * are made; one that fails rejects with a `StoreError`.
 * @param path the database file; made when it does not exist, and so is its folder. `:memory:` keeps nothing.
 * @throws StoreError when the file cannot be opened, another process has it open, or it is not this program's
 */
export async function openThreadedStore(path: string): Promise<RequestStore> {
  const thread = new StoreThread()
  try {
    const store = await thread.open(path)
    const close = async () => {
      await store.close().finally(() => thread.end())
    }
    let closed: Promise<void> | undefined
    return { ...store, close: () => (closed ??= close()) }
  } catch (error) {
    await thread.end()
    throw error
  }
}

/** What each method resolves to. */
type Results = { readonly [M in Method]: Awaited<ReturnType<RequestStore[M]>> }

/** `Question` without its id. */
type Unnumbered<Q = Question> = Q extends Question ? Omit<Q, 'id'> : never

interface Asker {
  resolve(result: unknown): void
  reject(error: Error): void
}

/** A thread, with any number of stores in it. It does not keep the process alive while nothing is asked of it. */
export class StoreThread {
  readonly #worker = startWorker()
  readonly #askers = new Map<number, Asker>()
  #asked = 0
  #stores = 0
  /** Why nothing can be asked any more. */
  #ended: StoreError | null = null

  constructor() {
    this.#worker.unref()
    this.#worker.on('message', (answer: Answer) => this.#settle(answer))
    this.#worker.on('error', (cause) => {
      this.#abandon(new StoreError('closed', 'the thread of the store has died', { cause }))
    })
  }

  /** @throws StoreError as `openThreadedStore` */
  async open(path: string): Promise<RequestStore> {
    this.#stores += 1
    const store = this.#stores
    await this.#ask({ store, method: 'open', path })
    const call =
      <M extends Method>(method: M) =>
      (...args: Parameters<RequestStore[M]>) =>
        // The adapter in the thread is a `RequestStore` too.
        this.#ask({ store, method, args }) as Promise<Results[M]>
    return {
      bind: call('bind'),
      commit: call('commit'),
      status: call('status'),
      operation: call('operation'),
      envelopes: call('envelopes'),
      batch: call('batch'),
      batches: call('batches'),
      attempts: call('attempts'),
      settledSince: call('settledSince'),
      recover: call('recover'),
      ping: call('ping'),
      close: call('close'),
    }
  }

  /** Ends the thread, whatever it is doing: its stores should have been closed. */
  async end(): Promise<void> {
    this.#abandon(new StoreError('closed', 'the store is closed'))
    await this.#worker.terminate()
  }

  async #ask(question: Unnumbered): Promise<unknown> {
    if (this.#ended !== null) throw this.#ended
    this.#asked += 1
    const id = this.#asked
    this.#worker.postMessage({ ...question, id })
    this.#worker.ref()
    return new Promise((resolve, reject) => this.#askers.set(id, { resolve, reject }))
  }

  #settle(answer: Answer): void {
    const asker = this.#askers.get(answer.id)
    this.#askers.delete(answer.id)
    if (this.#askers.size === 0) this.#worker.unref()
    if ('error' in answer) asker?.reject(unpackError(answer.error))
    else asker?.resolve(answer.result)
  }

  /** What was being written may be stored or not. */
  #abandon(reason: StoreError): void {
    this.#ended ??= reason
    for (const { reject } of this.#askers.values()) reject(reason)
    this.#askers.clear()
  }
}

/** Starts `threadMain`: the built one from a built program, else its source. */
function startWorker(): Worker {
  if (import.meta.url.endsWith('.js')) return new Worker(new URL('./threadMain.js', import.meta.url))
  // What loads TypeScript for the main thread does not do so for others, unless it is asked there. It is named in full: a
  // worker whose code is given as text looks for packages in the working directory.
  const source = new URL('./threadMain.ts', import.meta.url)
  const start = `import('${import.meta.resolve('tsx/esm/api')}').then(({ register }) => {
    register()
    return import('${source.href}')
  })`
  return new Worker(start, { eval: true, execArgv: [] })
}
