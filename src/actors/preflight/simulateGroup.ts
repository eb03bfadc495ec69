/** Simulates the calls of several submissions together. A call that is too heavy does not fail the other calls. */
import { BaseError } from 'viem'
import type { DurationMs } from '../../domain/primitives.ts'
import type { SimulatedCall, SimulatedResult } from '../../evm/simulator.ts'
import { isTooHeavy } from '../../rpc/chainClient.ts'
import { withPatience } from '../../rpc/withPatience.ts'
import type { Simulate } from '../simulation/simulationMethods.ts'
import { isHarmlessAnswered } from '../simulation/simulator.ts'

/** Time without an answer after which the halves of a group are simulated as well. */
const PATIENCE: DurationMs = 1_000

/** The endpoint cannot simulate the call, even alone. */
export class TooHeavyError extends Error {
  override readonly name = 'TooHeavyError'
}

class LateError extends BaseError {
  override readonly name = 'LateError'
}

/** One error for all: every call of a group without halves has it, and a stack is expensive. */
const NO_RESULT = new LateError('The simulator returned no result.')

/**
 * Simulates isolated calls, first in one `eth_call`. A group without an answer is halved while the endpoint answers a
 * trivial call. Each call gets its result as soon as any of its groups is answered.
 * @returns for each call its result. It fails with viem's error when the endpoint does not answer, and with TooHeavyError for
 *   a call that is too heavy.
 */
export function simulateGroup(
  simulate: Simulate,
  calls: readonly SimulatedCall[],
): readonly Promise<SimulatedResult>[] {
  const [first] = calls
  if (calls.length === 1 && first !== undefined) return [simulateOne(simulate, first)]
  const whole = simulate(calls)
  const late = () => new LateError('The answer is late.')
  const halves = withPatience(PATIENCE, whole, late).then(
    () => [],
    (error: unknown) => inHalves(simulate, calls, error),
  )
  return calls.map((_, index) => firstResult([pick(whole, index), pick(halves, index)]))
}

async function inHalves(
  simulate: Simulate,
  calls: readonly SimulatedCall[],
  error: unknown,
): Promise<readonly Promise<SimulatedResult>[]> {
  if (!(await isHarmlessAnswered(simulate))) throw error
  const half = Math.ceil(calls.length / 2)
  return [calls.slice(0, half), calls.slice(half)].flatMap((each) => simulateGroup(simulate, each))
}

async function pick(
  results: Promise<readonly (SimulatedResult | Promise<SimulatedResult>)[]>,
  index: number,
): Promise<SimulatedResult> {
  const result = (await results)[index]
  if (result === undefined) throw NO_RESULT
  return result
}

/** @throws the most telling error when all fail */
async function firstResult(results: readonly Promise<SimulatedResult>[]): Promise<SimulatedResult> {
  try {
    return await Promise.any(results)
  } catch (error) {
    const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error]
    throw errors.findLast((each) => !(each instanceof LateError)) ?? error
  }
}

/** Two refusals with a trivial call answered between: the cause is the call. */
async function simulateOne(simulate: Simulate, call: SimulatedCall): Promise<SimulatedResult> {
  const attempt = () => pick(simulate([call]), 0)
  try {
    return await attempt()
  } catch (error) {
    if (!isTooHeavy(error) || !(await isHarmlessAnswered(simulate))) throw error
  }
  try {
    return await attempt()
  } catch (error) {
    throw isTooHeavy(error) ? new TooHeavyError() : error
  }
}
