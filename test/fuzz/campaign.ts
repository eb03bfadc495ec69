/** Sends the requests of a seed to a service, and checks every answer against the published OpenAPI document. */
import { Agent } from 'node:http'
import { Contract } from './contract.ts'
import { type Answer, type Submission, send, sendBytes } from './exchange.ts'
import { filledIn, generate } from './generate.ts'
import type { Scene } from './scene.ts'

export interface Failure {
  /** The number of the request. Seed and number generate the request again. */
  readonly number: number
  readonly complaint: string
  readonly submission: Submission
  /** Null without an answer. */
  readonly answer: Answer | null
}

export interface Findings {
  /** Number of answers by route and status. Malformed bytes and pipelines count as separate routes. */
  readonly counts: ReadonlyMap<string, number>
  readonly failures: readonly Failure[]
}

/** Time without an answer that counts as a hang. Far longer than the time limit of the service. */
const PATIENCE_MS = 120_000

/** Number of parallel connections. */
const AT_A_TIME = 16

/** Number of failures that stops a campaign. */
const MOST_FAILURES = 20

interface Judged {
  readonly route: string
  readonly status: number | 'none'
  readonly complaint: string | null
  readonly answer: Answer | null
}

/**
 * @param numbers of the requests to send
 * @param onDone called after each request
 */
export async function fuzz(
  scene: Scene,
  { seed, numbers }: { readonly seed: number; readonly numbers: Iterable<number> },
  onDone: () => void = () => {},
): Promise<Findings> {
  const fuzzer = new Fuzzer(scene)
  const counts = new Map<string, number>()
  const failures: Failure[] = []
  let isEnded = false
  void scene.ended.then(() => {
    isEnded = true
  })
  const waiting = numbers[Symbol.iterator]()
  const work = async () => {
    for (let next = waiting.next(); !next.done; next = waiting.next()) {
      const submission = generate(seed, next.value)
      for (const { route, status, complaint, answer } of await fuzzer.judge(submission)) {
        const key = `${route} ${status}`
        counts.set(key, (counts.get(key) ?? 0) + 1)
        if (complaint !== null) failures.push({ number: next.value, complaint, submission, answer })
      }
      if (isEnded)
        failures.push({ number: next.value, complaint: 'the service has ended', submission, answer: null })
      onDone()
      if (isEnded || failures.length >= MOST_FAILURES) return
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, work))
  fuzzer.close()
  return { counts, failures }
}

class Fuzzer {
  readonly #scene: Scene
  readonly #contract: Contract
  // The client closes idle connections earlier than the server. Otherwise a request could meet a closing connection.
  readonly #agent = new Agent({ keepAlive: true, maxSockets: AT_A_TIME, timeout: PATIENCE_MS })

  constructor(scene: Scene) {
    this.#scene = scene
    this.#contract = new Contract(scene.document)
  }

  async judge(submission: Submission): Promise<readonly Judged[]> {
    return submission.kind === 'request'
      ? [await this.#judgeRequest(submission)]
      : this.#judgeBytes(submission)
  }

  close(): void {
    this.#agent.destroy()
  }

  async #judgeRequest(submission: Extract<Submission, { kind: 'request' }>): Promise<Judged> {
    const { address, known } = this.#scene
    const request = filledIn(submission, known)
    const { method, target } = request
    const route = `${method} ${this.#contract.routeOf(target)}`
    try {
      const answer = await inTime(send(address, this.#agent, request))
      const complaint = this.#contract.complaint(method, target, answer)
      return { route, status: answer.status, complaint, answer }
    } catch (error) {
      return { route, status: 'none', complaint: String(error), answer: null }
    }
  }

  async #judgeBytes(submission: Extract<Submission, { kind: 'bytes' }>): Promise<readonly Judged[]> {
    const { requests, ending } = submission
    const route = ending === 'reset' ? '(bytes, then reset)' : requests === null ? '(bytes)' : '(pipeline)'
    try {
      const answers = await inTime(sendBytes(this.#scene.address, submission))
      if (requests !== null && answers.length !== requests.length) {
        const complaint = `${answers.length} answers to ${requests.length} requests`
        return [{ route, status: 'none', complaint, answer: answers.at(-1) ?? null }]
      }
      if (answers.length === 0) return [{ route, status: 'none', complaint: null, answer: null }]
      return answers.map((answer, index) => {
        const request = requests?.[index]
        const complaint =
          request === undefined
            ? this.#malformedComplaint(answer)
            : this.#contract.complaint(request.method, request.target, answer)
        return { route, status: answer.status, complaint, answer }
      })
    } catch (error) {
      return [{ route, status: 'none', complaint: String(error), answer: null }]
    }
  }

  /** Checks only the form of an error, because the request is unknown. */
  #malformedComplaint(answer: Answer): string | null {
    const { status } = answer
    if (status >= 500 && status !== 503) return 'a defect'
    return status < 400 ? null : this.#contract.problemComplaint(answer, answer.body.length === 0)
  }
}

/** @throws Error after `PATIENCE_MS`, because a hang is a failure */
function inTime<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const hang = () => reject(new Error(`no answer within ${PATIENCE_MS / 1000} s`))
    const watchdog = setTimeout(hang, PATIENCE_MS)
    work.then(resolve, reject).finally(() => clearTimeout(watchdog))
  })
}
