/** Patterns of event logs, to find the log of an expected event. */
import { type AbiEvent, type AbiParameter, toEventSelector } from 'viem'
import type { Address, Hex } from '../domain/primitives.ts'
import { encoderOf } from './abiEncoder.ts'
import { encodeWord, pick, type Scalar } from './named.ts'

/** Topics and data of a log. The topic null matches any topic. The topics are valid in an `eth_getLogs` filter. */
export interface LogPattern {
  readonly topics: readonly [Hex, ...(Hex | null)[]]
  readonly data: Hex
}

/** A log in a transaction receipt. */
export interface ReceiptLog {
  readonly address: Address
  readonly topics: readonly Hex[]
  readonly data: Hex
}

/**
 * Makes the function that builds the pattern of an event from expected values by name. An indexed parameter with the value
 * null matches any value.
 */
export function logPattern(event: AbiEvent): (expected: object) => LogPattern {
  const selector = toEventSelector(event)
  const indexed = event.inputs.filter((input) => input.indexed)
  const encodeData = encoderOf(event.inputs.filter((input) => !input.indexed))
  return (expected) => ({
    topics: [selector, ...indexed.map((input) => encodeTopic(input, expected))],
    data: `0x${encodeData(expected)}`,
  })
}

/** True if the log has the pattern's topics and data. */
export function fits({ topics, data }: Pick<ReceiptLog, 'topics' | 'data'>, pattern: LogPattern): boolean {
  return (
    pattern.topics.every((topic, index) => topic === null || topic === topics[index]) && pattern.data === data
  )
}

function encodeTopic(input: AbiParameter, expected: object): Hex | null {
  const value = pick<Scalar | null>(input, expected)
  return value === null ? null : `0x${encodeWord(value)}`
}
