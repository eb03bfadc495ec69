/** Patterns of event logs, to find the log of an expected event. */
import { type AbiEvent, type AbiParameter, toEventSelector } from 'viem'
import type { Address, Hex } from '../domain/primitives.ts'
import { encoderOf } from './abiEncoder.ts'
import { encodeWord, pick, type Scalar } from './named.ts'

/** Topics and data of a log. Null matches any topic, or any data. The topics are valid in an `eth_getLogs` filter. */
export interface LogPattern {
  readonly topics: readonly [Hex, ...(Hex | null)[]]
  readonly data: Hex | null
}

/** A log in a transaction receipt. */
export interface ReceiptLog {
  readonly address: Address
  readonly topics: readonly Hex[]
  readonly data: Hex
}

/**
 * Makes the function that builds the pattern of an event from expected values by name. An indexed parameter with the value
 * null matches any value. If another parameter is null, any data matches.
 */
export function logPattern(event: AbiEvent): (expected: object) => LogPattern {
  const selector = toEventSelector(event)
  const indexed = event.inputs.filter((input) => input.indexed)
  const others = event.inputs.filter((input) => !input.indexed)
  const encodeData = encoderOf(others)
  return (expected) => ({
    topics: [selector, ...indexed.map((input) => encodeTopic(input, expected))],
    data: others.some((input) => pick(input, expected) === null) ? null : `0x${encodeData(expected)}`,
  })
}

/** True if the log has the pattern's topics and data. */
export function fits({ topics, data }: Pick<ReceiptLog, 'topics' | 'data'>, pattern: LogPattern): boolean {
  const hasTopics = pattern.topics.every((topic, index) => topic === null || topic === topics[index])
  return hasTopics && (pattern.data === null || pattern.data === data)
}

function encodeTopic(input: AbiParameter, expected: object): Hex | null {
  const value = pick<Scalar | null>(input, expected)
  return value === null ? null : `0x${encodeWord(value)}`
}
