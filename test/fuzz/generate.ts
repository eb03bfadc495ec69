/** Generates a request or raw bytes from seed and number alone. */
import fc from 'fast-check'
import type { Submission } from './exchange.ts'
import { malformed } from './malformed.ts'
import { request } from './requests.ts'

const submission: fc.Arbitrary<Submission> = fc.oneof<
  [fc.WeightedArbitrary<Submission>, fc.WeightedArbitrary<Submission>]
>({ weight: 9, arbitrary: request }, { weight: 1, arbitrary: malformed })

/** @param number index of the request in the campaign, from 0 */
export function generate(seed: number, number: number): Submission {
  const [generated] = fc.sample(submission, { seed: mixed(seed, number), numRuns: 1 })
  if (generated === undefined) throw new Error('nothing was generated')
  return generated
}

/** Neighbouring numbers give unrelated seeds. Source: the finalizer of MurmurHash3. */
function mixed(seed: number, number: number): number {
  let hash = Math.imul(seed, 0x9e3779b1) + number
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) | 0
}

/** Values of the running service. They replace the placeholders of generated requests. */
export interface Known {
  /** Ids of stored operations and batches. */
  readonly operation: readonly string[]
  readonly batch: readonly string[]
  /** Paths and bodies of signed operations, by account and in nonce order. */
  readonly changes: readonly (readonly { readonly path: string; readonly body: string }[])[]
}

type Request = Extract<Submission, { kind: 'request' }>

/** Replaces the placeholders. A placeholder in capitals becomes an id in capitals. */
export function filledIn(request: Request, { operation, batch, changes }: Known): Request {
  const [, account, step] = /^\{change:(\d+):(\d+)\}$/.exec(request.target) ?? []
  if (account !== undefined) {
    const steps = changes[Number(account) % changes.length] ?? []
    const change = steps[Number(step) % steps.length]
    return { ...request, target: change?.path ?? '/', body: Buffer.from(change?.body ?? '') }
  }
  const target = request.target.replaceAll(
    /\{(operation|batch):(\d+)\}/gi,
    (place: string, kind: string, number: string) => {
      const ids = kind.toLowerCase() === 'batch' ? batch : operation
      const id = ids[Number(number) % ids.length] ?? ''
      return place === place.toUpperCase() ? id.toUpperCase() : id
    },
  )
  return { ...request, target }
}
