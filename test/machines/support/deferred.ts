/** An effect that the test answers, one call at a time, by default in the order of the calls. */
import { fromPromise, type NonReducibleUnknown } from 'xstate'

interface Question<TAnswer, TInput> {
  readonly input: TInput
  readonly resolve: (answer: TAnswer) => void
  readonly reject: (error: unknown) => void
}

export class Deferred<TAnswer, TInput = NonReducibleUnknown> {
  /** The inputs of all questions, in order. */
  readonly inputs: TInput[] = []
  readonly #open: Question<TAnswer, TInput>[] = []
  readonly #world: { settle(): Promise<void> }

  /** @param world lets the consequences of an answer happen */
  constructor(world: { settle(): Promise<void> }) {
    this.#world = world
  }

  readonly logic = fromPromise<TAnswer, TInput>(
    ({ input, signal }) =>
      new Promise((resolve, reject) => {
        const question = { input, resolve, reject }
        this.inputs.push(input)
        this.#open.push(question)
        signal.addEventListener('abort', () => this.#withdraw(question))
      }),
  )

  /** Number of calls without an answer. A call ends when the machine leaves the invoking state. */
  get waiting(): number {
    return this.#open.length
  }

  /**
   * Answers the oldest call, and lets the machine handle the answer.
   * @param isMeant selects a call by input
   */
  async resolve(answer: TAnswer, isMeant: (input: TInput) => boolean = () => true): Promise<void> {
    this.#take(isMeant).resolve(answer)
    await this.#world.settle()
  }

  async reject(reason: string | Error): Promise<void> {
    this.#take(() => true).reject(typeof reason === 'string' ? new Error(reason) : reason)
    await this.#world.settle()
  }

  #take(isMeant: (input: TInput) => boolean): Question<TAnswer, TInput> {
    const question = this.#open.find(({ input }) => isMeant(input))
    if (question === undefined) throw new Error('the effect was not asked')
    this.#withdraw(question)
    return question
  }

  #withdraw(question: Question<TAnswer, TInput>): void {
    const index = this.#open.indexOf(question)
    if (index >= 0) this.#open.splice(index, 1)
  }
}
