/** An effect whose answers the test gives, one at a time and in the order of asking. */
import { fromPromise, type NonReducibleUnknown } from 'xstate'

interface Question<TAnswer> {
  readonly resolve: (answer: TAnswer) => void
  readonly reject: (error: unknown) => void
}

export class Deferred<TAnswer, TInput = NonReducibleUnknown> {
  /** What it was asked, in order. */
  readonly inputs: TInput[] = []
  readonly #open: Question<TAnswer>[] = []
  readonly #world: { settle(): Promise<void> }

  /** @param world lets what an answer leads to happen */
  constructor(world: { settle(): Promise<void> }) {
    this.#world = world
  }

  readonly logic = fromPromise<TAnswer, TInput>(
    ({ input, signal }) =>
      new Promise((resolve, reject) => {
        const question = { resolve, reject }
        this.inputs.push(input)
        this.#open.push(question)
        signal.addEventListener('abort', () => this.#withdraw(question))
      }),
  )

  /** Questions that wait for an answer; those whose asker has left its state are not among them. */
  get waiting(): number {
    return this.#open.length
  }

  /** Answers the oldest question, and lets what follows happen. */
  async resolve(answer: TAnswer): Promise<void> {
    this.#next().resolve(answer)
    await this.#world.settle()
  }

  async reject(reason: string | Error): Promise<void> {
    this.#next().reject(typeof reason === 'string' ? new Error(reason) : reason)
    await this.#world.settle()
  }

  #next(): Question<TAnswer> {
    const question = this.#open.shift()
    if (question === undefined) throw new Error('nobody has asked')
    return question
  }

  #withdraw(question: Question<TAnswer>): void {
    const index = this.#open.indexOf(question)
    if (index >= 0) this.#open.splice(index, 1)
  }
}
