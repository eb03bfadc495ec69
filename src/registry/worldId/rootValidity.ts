/** `GET /is-valid-root`, as in the reference API. A valid root is remembered, because many proofs have the same root. */
import { z } from 'zod'
import type { DurationMs, Hex, Millis, Now, UintHex } from '../../domain/primitives.ts'
import type { ReadContract, ViewDefinition } from '../definition.ts'
import { registryCall } from './calls.ts'
import { uint256 } from './fields.ts'

const MAX_REMEMBERED = 1024

/** A root is forgotten this long before its window ends, because the clocks of chain and gateway differ. */
const MARGIN: DurationMs = 120_000

const isValidRoot = registryCall('isValidRoot')
const getRootTimestamp = registryCall('getRootTimestamp')
const getRootValidityWindow = registryCall('getRootValidityWindow')({})

const query = z.object({ root: uint256 })

export const rootValidity: ViewDefinition = {
  path: '/is-valid-root',
  summary: 'Whether a root of the registry is valid',
  description:
    'A valid root may be answered from memory until two minutes before the end of its validity window.',
  query,
  answer: z.strictObject({ valid: z.boolean() }).meta({ id: 'RootValidity' }),
  open(read, now) {
    const check = createRootCheck(read, now)
    return async (parameters) => ({ valid: await check(query.shape.root.parse(parameters['root'])) })
  },
}

/** Makes a function that answers from memory if it can, else from the chain. */
export function createRootCheck(read: ReadContract, now: Now): (root: UintHex) => Promise<boolean> {
  const remembered = new Map<UintHex, Millis>()

  function remember(root: UintHex, until: Millis): void {
    if (until <= now()) return
    const [oldest] = remembered.keys()
    if (remembered.size >= MAX_REMEMBERED && oldest !== undefined) remembered.delete(oldest)
    remembered.set(root, until)
  }

  const readNumber = async (callData: Hex): Promise<bigint> => BigInt(await read(callData))

  return async (root) => {
    if ((remembered.get(root) ?? 0) > now()) return true
    remembered.delete(root)
    if ((await readNumber(isValidRoot({ root }))) === 0n) return false
    const [since, window] = await Promise.all([
      readNumber(getRootTimestamp({ root })),
      readNumber(getRootValidityWindow),
    ])
    remember(root, Number(since + window) * 1000 - MARGIN)
    return true
  }
}
