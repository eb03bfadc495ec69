/** Divides the cost of a transaction between its operations. The shares sum up exactly to the whole. */
import type { PlannedCall } from '../domain/batch.ts'
import type { Cost } from '../domain/cost.ts'
import type { OperationId } from '../domain/operation.ts'
import type { Gas, Wei } from '../domain/primitives.ts'

type Amounts = ReadonlyMap<OperationId, bigint>

/**
 * Divides an amount in proportion to weights, by the largest remainder method: each part is rounded down, and the rest goes to
 * the parts with the largest remainders, one unit each. Without any weight, the parts are equal.
 */
export function apportion(amount: bigint, weights: readonly number[]): readonly bigint[] {
  const isWeighed = weights.some((weight) => weight > 0)
  const exact = weights.map((weight) => (isWeighed ? BigInt(weight) : 1n) * amount)
  const whole = isWeighed ? BigInt(weights.reduce((sum, weight) => sum + weight, 0)) : BigInt(weights.length)
  const parts = exact.map((part) => part / whole)
  const rest = amount - parts.reduce((sum, part) => sum + part, 0n)
  const byRemainder = exact
    .map((part, index) => ({ index, remainder: part % whole }))
    .sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder < b.remainder ? 1 : -1))
  const favoured = new Set(byRemainder.slice(0, Number(rest)).map(({ index }) => index))
  return parts.map((part, index) => (favoured.has(index) ? part + 1n : part))
}

/** Divides an amount by the measured gas of the calls, and evenly within a fold: its gas is not measured for each member. */
function divideByGas(amount: bigint, calls: readonly PlannedCall[]): Amounts {
  const parts = apportion(
    amount,
    calls.map(({ gas }) => gas),
  )
  return divideCalls(calls, parts, () => 1)
}

/** Divides an amount by the calldata of the calls, and within a fold by the calldata that each member has alone. */
function divideByBytes(
  amount: bigint,
  calls: readonly PlannedCall[],
  bytesOf: (id: OperationId) => number,
): Amounts {
  const parts = apportion(
    amount,
    calls.map(({ callData }) => callData.length),
  )
  return divideCalls(calls, parts, bytesOf)
}

function divideCalls(
  calls: readonly PlannedCall[],
  parts: readonly bigint[],
  weightOf: (id: OperationId) => number,
): Amounts {
  return new Map(
    calls.flatMap(({ operations }, call) => {
      const shares = apportion(parts[call] ?? 0n, operations.map(weightOf))
      return operations.map((id, index): [OperationId, bigint] => [id, shares[index] ?? 0n])
    }),
  )
}

/** The shares of the operations in the gas of their transaction. */
export function gasShares(gasUsed: Gas, calls: readonly PlannedCall[]): ReadonlyMap<OperationId, Gas> {
  return new Map([...divideByGas(BigInt(gasUsed), calls)].map(([id, gas]) => [id, Number(gas)]))
}

/**
 * The shares of the operations in the cost of their transaction. The fee for the data follows the bytes, the other fees follow
 * the gas. An operation that failed has a share, too: its call was executed.
 * @param calls all calls of the transaction
 * @param bytesOf the size of the calldata of an operation alone
 */
export function costShares(
  { gasFee, l1Fee, operatorFee }: Cost,
  calls: readonly PlannedCall[],
  bytesOf: (id: OperationId) => number,
): Readonly<Record<OperationId, Cost>> {
  const gas = divideByGas(BigInt(gasFee), calls)
  const data = l1Fee === null ? null : divideByBytes(BigInt(l1Fee), calls, bytesOf)
  const operator = operatorFee === null ? null : divideByGas(BigInt(operatorFee), calls)
  return Object.fromEntries(
    [...gas].map(([id, fee]): [OperationId, Cost] => [
      id,
      { gasFee: String(fee), l1Fee: shareIn(data, id), operatorFee: shareIn(operator, id) },
    ]),
  )
}

function shareIn(amounts: Amounts | null, id: OperationId): Wei | null {
  return amounts === null ? null : String(amounts.get(id) ?? 0n)
}
