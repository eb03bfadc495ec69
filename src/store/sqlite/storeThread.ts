/**
 * A worker thread with stores. SQLite blocks its thread during work and disk waits. In a separate thread SQLite does not
 * block the gateway, and the gateway keeps answering.
 */
import { Worker } from 'node:worker_threads'
import { type RequestStore, StoreError } from '../port.ts'
import { type PackedError, unpackError } from './packedError.ts'

type Method = keyof RequestStore

/** A message to the thread: open a store, or call a method of an open store. Messages between threads are copies. */
export type ThreadRequest =
  | { readonly id: number; readonly store: number; readonly method: 'open'; readonly path: string }
  | {
      readonly id: number
      readonly store: number
      readonly method: Method
      readonly args: readonly unknown[]
    }

/** The message of the thread with the answer to a request. */
export type ThreadResponse =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: PackedError }

/** The result of each method. */
type Results = { readonly [M in Method]: Awaited<ReturnType<RequestStore[M]>> }

type WithoutId<R = ThreadRequest> = R extends ThreadRequest ? Omit<R, 'id'> : never

interface PendingCall {
  resolve(result: unknown): void
  reject(error: Error): void
}

/** A thread with any number of stores. The thread keeps the process alive only while a call is pending. */
export class StoreThread {
  readonly #worker: Worker
  readonly #pending = new Map<number, PendingCall>()
  #lastId = 0
  #lastStore = 0
  /** The reason why new calls fail; null while the thread runs. */
  #ended: StoreError | null = null

  readonly #onCrash: (reason: StoreError) => void

  /**
   * @param onCrash called when the thread ends without `end`, before the pending calls fail
   * @param start starts the thread
   */
  constructor(onCrash: (reason: StoreError) => void = () => {}, start = startWorker) {
    this.#onCrash = onCrash
    this.#worker = start()
    this.#worker.unref()
    this.#worker.on('message', (response: ThreadResponse) => this.#answer(response))
    let cause: unknown = 'no error was reported'
    this.#worker.on('error', (error) => {
      cause = error
    })
    // Only an ended thread has released the lock of its file.
    this.#worker.on('exit', () => {
      this.#crash(new StoreError('closed', `the thread of the store has crashed: ${cause}`, { cause }))
    })
  }

  /** Opens a store in this thread. Parameter and errors as `openSqliteStore`. */
  async open(path: string): Promise<RequestStore> {
    this.#lastStore += 1
    const store = this.#lastStore
    await this.#request({ store, method: 'open', path })
    const call =
      <M extends Method>(method: M) =>
      (...args: Parameters<RequestStore[M]>) =>
        // The thread calls the method of equal name with this result type.
        this.#request({ store, method, args }) as Promise<Results[M]>
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
      close: call('close'),
    }
  }

  /** Ends the thread at once; pending calls fail with `closed`. Close its stores first. */
  async end(): Promise<void> {
    this.#abandon(new StoreError('closed', 'the store is closed'))
    await this.#worker.terminate()
  }

  async #request(request: WithoutId): Promise<unknown> {
    if (this.#ended !== null) throw this.#ended
    this.#lastId += 1
    const id = this.#lastId
    this.#worker.postMessage({ ...request, id })
    this.#worker.ref()
    return new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }))
  }

  #answer(response: ThreadResponse): void {
    const call = this.#pending.get(response.id)
    this.#pending.delete(response.id)
    if (this.#pending.size === 0) this.#worker.unref()
    if ('error' in response) call?.reject(unpackError(response.error))
    else call?.resolve(response.result)
  }

  #crash(reason: StoreError): void {
    if (this.#ended !== null) return
    this.#onCrash(reason)
    this.#abandon(reason)
  }

  /** Fails all calls. A pending commit may be stored or not. */
  #abandon(reason: StoreError): void {
    this.#ended ??= reason
    for (const { reject } of this.#pending.values()) reject(reason)
    this.#pending.clear()
  }
}

/** Starts the thread with `threadMain`: the built file from a built program, otherwise the source. */
export function startWorker(): Worker {
  if (import.meta.url.endsWith('.js')) return new Worker(new URL('./threadMain.js', import.meta.url))
  // A TypeScript loader serves only the thread of its registration. The import uses the loader's full URL: a worker
  // with its code given as text resolves package names from the working directory.
  const source = new URL('./threadMain.ts', import.meta.url)
  const start = `import('${import.meta.resolve('tsx/esm/api')}').then(({ register }) => {
    register()
    return import('${source.href}')
  })`
  return new Worker(start, { eval: true, execArgv: [] })
}
