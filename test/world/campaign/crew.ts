/** The processes of a campaign. */
import { type ChildProcess, fork } from 'node:child_process'
import { broken, type Outcome } from './outcome.ts'
import type { Task } from './tasks.ts'

const WORKER = new URL('worker.ts', import.meta.url)

export class Crew {
  readonly #members: readonly Member[]

  /** @param size number of processes */
  constructor(size: number) {
    this.#members = Array.from({ length: size }, () => new Member())
  }

  /** Distributes tasks in their order. @param onDone called with each result */
  async perform(tasks: readonly Task[], onDone: (outcome: Outcome) => void): Promise<void> {
    const waiting = [...tasks]
    await Promise.all(
      this.#members.map(async (member) => {
        for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
          onDone(await member.perform(task))
        }
      }),
    )
  }

  close(): void {
    for (const member of this.#members) member.close()
  }
}

/** A worker process. Starts with the first task, and again after a crash. */
class Member {
  #process: ChildProcess | null = null

  perform(task: Task): Promise<Outcome> {
    const worker = this.#process ?? fork(WORKER, { execArgv: ['--import', 'tsx'] })
    this.#process = worker
    return new Promise((resolve) => {
      const died = (code: number | null) => {
        this.#process = null
        const seed = 'seed' in task ? task.seed : 0
        resolve(broken(seed, `its process ended with code ${code}`))
      }
      worker.once('exit', died)
      worker.once('message', (outcome: Outcome) => {
        worker.off('exit', died)
        resolve(outcome)
      })
      worker.send(task)
    })
  }

  close(): void {
    this.#process?.disconnect()
    this.#process = null
  }
}
