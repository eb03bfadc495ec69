/** The views of the registry, open for reading. */
import { hedge, type Pin } from '../actors/preflight/hedge.ts'
import type { DurationMs, Now } from '../domain/primitives.ts'
import type { ReadContract } from '../registry/definition.ts'
import type { DeployedRegistry } from '../registry/registry.ts'
import { revertDataOf } from '../rpc/revertData.ts'

interface Dependencies {
  readonly pin: Pin
  /** Time for one answer of the contract. */
  readonly longest: DurationMs
  readonly registry: DeployedRegistry
  readonly now: Now
}

/**
 * Answers a view by its path.
 * @throws RefusedError when the contract reverts; UnavailableError (`chain_unavailable`) when no endpoint answers
 */
export type AnswerView = (path: string, query: Readonly<Record<string, unknown>>) => Promise<unknown>

export function openViews({ pin, longest, registry, now }: Dependencies): AnswerView {
  const read: ReadContract = (data) =>
    hedge(pin, longest, async (client) => {
      try {
        return await client.request({
          method: 'eth_call',
          params: [{ to: registry.address, data }, 'latest'],
        })
      } catch (error) {
        const returnData = revertDataOf(error)
        throw returnData === null ? error : registry.toRefusal(returnData)
      }
    })
  const views = new Map(registry.views.map(({ path, open }) => [path as string, open(read, now)]))
  return async (path, query) => {
    const answer = views.get(path)
    if (answer === undefined) throw new RangeError(`${registry.name} has no view ${path}`)
    return answer(query)
  }
}
