/** Whether an operation that failed in simulation has failed for good. */
import { numberToHex } from 'viem'
import { registryCall } from '../contracts/registryCalls.ts'
import { decodeRevert } from '../contracts/reverts.ts'
import type { OpEnvelope } from '../domain/operation.ts'
import type { Address, Hex } from '../domain/primitives.ts'
import type { OpStatus } from '../domain/status.ts'
import { toFailure } from '../operations/failure.ts'
import { operationKinds } from '../operations/table.ts'
import type { FollowedChain } from './followedChain.ts'
import type { Simulate } from './simulationWays.ts'

export interface Judging {
  readonly simulate: Simulate
  readonly registry: Address
  readonly followed: Pick<FollowedChain, 'head'>
}

const getSignatureNonce = registryCall('getSignatureNonce')

/**
 * Runs an operation again that has failed, in the state of the newest block that was followed: a node that is behind does not
 * answer for that. The registry looks at signer and slots before it looks at the nonce, so what comes too early, or too
 * late, may revert with anything; the account's counter, read in the same place, tells.
 * @param before the calls of its batch that are ahead of it
 * @throws viem's error when the node does not answer, or does not have that block yet
 */
export async function judge(
  { simulate, registry, followed }: Judging,
  envelope: OpEnvelope,
  before: readonly Hex[],
): Promise<OpStatus> {
  const { lane } = envelope
  const counter = lane === null ? [] : [getSignatureNonce({ leafIndex: numberToHex(BigInt(lane.leaf)) })]
  const own = operationKinds[envelope.kind].callData(envelope.operation)
  const outcomes = await simulate(
    [...before, ...counter, own].map((data) => ({ target: registry, callData: data, isolated: false })),
    followed.head ?? undefined,
  )
  const last = outcomes.at(-1)
  const told = outcomes.at(-2)
  // It fails in one state and not in another: that says nothing of it.
  if (last === undefined || last.success) return evicted('DependencyNotReady')
  if (lane === null || !told?.success || last.returnData === '0x') return verdict(last.returnData)
  const expected = Number(BigInt(told.returnData))
  if (expected < lane.nonce) return evicted('DependencyNotReady', expected)
  return expected > lane.nonce
    ? { type: 'Failed', reason: { type: 'NonceTooLow', expected }, txHash: null }
    : verdict(last.returnData)
}

/** What a revert in simulation means: a nonce whose turn has not come is no failure. */
function verdict(returnData: Hex): OpStatus {
  // No reason was given: it ran out of gas. Were its companions to blame, nothing would be left to tell of it.
  if (returnData === '0x') return evicted('GasLimitExceeded')
  const reason = toFailure(decodeRevert(returnData), 'simulation')
  if (reason.type === 'NonceTooHigh') return evicted('DependencyNotReady', reason.expected)
  return { type: 'Failed', reason, txHash: null }
}

/** @param nextNonce the account's next nonce, where simulation saw it */
export function evicted(
  reason: Extract<OpStatus, { type: 'Evicted' }>['reason'],
  nextNonce: number | null = null,
): OpStatus {
  return { type: 'Evicted', reason, nextNonce }
}
