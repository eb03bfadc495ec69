/**
 * A batch's plan as it is stored. The calldata of every call is part of the calldata of the batch, so it is kept as a
 * place in that, and that as bytes: a plan near the 128 KiB that pools accept takes 128 KiB, and not four times that.
 */
import type { BatchPlan, PlannedCall } from '../../domain/batch.ts'
import type { OperationId } from '../../domain/operation.ts'
import type { Hex } from '../../domain/primitives.ts'

/** Where a call begins in the hex of the batch's calldata, and how long it is, both in digits. */
type Place = readonly [start: number, length: number]

interface StoredCall extends Omit<PlannedCall, 'callData'> {
  /** The hex itself where the batch's calldata does not contain it. */
  readonly callData: Place | Hex
}

/** The columns of a plan, with its bytes as hex. */
export type PlanColumns = {
  readonly gasLimit: number
  /** JSON: `StoredCall[]`. */
  readonly calls: string
  readonly callData: Hex
}

export function encodePlan({ calls, callData, gasLimit }: BatchPlan): PlanColumns {
  let searchFrom = 0
  const stored = calls.map((call): StoredCall => {
    const digits = call.callData.slice(2)
    const start = callData.indexOf(digits, searchFrom)
    if (start === -1) return call
    searchFrom = start + digits.length
    return { ...call, callData: [start, digits.length] }
  })
  return { gasLimit, calls: JSON.stringify(stored), callData }
}

export function decodePlan({ gasLimit, calls, callData }: PlanColumns): BatchPlan {
  const stored: readonly StoredCall[] = JSON.parse(calls)
  return {
    calls: stored.map((call) => ({ ...call, callData: callDataOf(call, callData) })),
    callData,
    gasLimit,
  }
}

/** The operations of a plan, in its order, from its column `calls`. */
export function plannedOperations(calls: string): readonly OperationId[] {
  const stored: readonly StoredCall[] = JSON.parse(calls)
  return stored.flatMap((call) => call.operations)
}

function callDataOf({ callData: stored }: StoredCall, callData: Hex): Hex {
  if (typeof stored === 'string') return stored
  const [start, length] = stored
  return `0x${callData.slice(start, start + length)}`
}
