/** The wallet's queue of requests after any sequence of commands, compared with a list that is sorted each time. */
import fc from 'fast-check'
import { describe, it } from 'vitest'
import type { SignatureRequested } from '../../../src/machines/protocol.ts'
import { enqueue, putBack, type Requests } from '../../../src/machines/wallet/requests.ts'
import { agree, playSequences } from '../../support/sequences.ts'
import { cancelRequest, HIGHEST } from '../support/wallet.ts'

const command = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('ask' as const),
      batchId: fc.constantFrom('batch-1', 'batch-2', 'batch-3', 'batch-4'),
      nonce: fc.option(fc.nat(3)),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('serve', 'putBack') }) },
)

interface Entry {
  readonly request: SignatureRequested
  /** Among requests of equal urgency, the lowest rank comes first. */
  readonly rank: number
}

function ordered(entries: readonly Entry[]): readonly SignatureRequested[] {
  const byRank = entries.toSorted((a, b) => a.rank - b.rank)
  const given = byRank.filter(({ request }) => request.nonce !== null)
  const sorted = given.toSorted((a, b) => Number(a.request.nonce) - Number(b.request.nonce))
  return [...sorted, ...byRank.filter(({ request }) => request.nonce === null)].map(({ request }) => request)
}

const nameOf = ({ request, nonce }: SignatureRequested) => `${request.batchId}/${nonce}`

describe('the queue of requests after any sequence of commands', () => {
  it('equals the sorted list', () => {
    playSequences(command, (commands) => {
      let queue: Requests = []
      let entries: readonly Entry[] = []
      let serving: SignatureRequested | null = null
      for (const [rank, each] of commands.entries()) {
        if (each.type === 'ask') {
          const { batchId, nonce } = each
          const highest = nonce === null ? null : { ...HIGHEST, maxFeePerGas: rank }
          const request: SignatureRequested = {
            ...{ type: 'signature.requested', request: cancelRequest(batchId), nonce, highest },
            pricing: 'raise',
          }
          const known = entries.find((entry) => nameOf(entry.request) === nameOf(request))
          const others = entries.filter((entry) => entry !== known)
          entries = [...others, { request, rank: known?.rank ?? rank }]
          queue = enqueue(queue, request)
        } else if (each.type === 'serve' && serving === null) {
          const [first = null, ...rest] = queue
          agree(first, ordered(entries)[0] ?? null)
          entries = entries.filter(({ request }) => request !== first)
          serving = first
          queue = rest
        } else if (each.type === 'putBack' && serving !== null) {
          const back: SignatureRequested = serving
          const others = entries.filter(({ request }) => nameOf(request) !== nameOf(back))
          entries = [...others, { request: back, rank: -rank }]
          queue = putBack(queue, back)
          serving = null
        }
        agree(queue, ordered(entries))
      }
    })
  })
})
