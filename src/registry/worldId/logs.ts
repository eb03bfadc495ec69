/** The logs by which the registry tells that an operation succeeded. */
import { type AbiEvent, type AbiParameter, type ExtractAbiItem, toEventSelector } from 'viem'
import type { Hex } from '../../domain/primitives.ts'
import { encoderOf } from '../../evm/abiEncoder.ts'
import { encodeWord, itemOf, pick, type Scalar, type ValueOf } from '../../evm/named.ts'
import { registryEvents } from './abi.ts'

/** A log to look for: by its topics, of which null stands for any, and by its data. Fits `eth_getLogs` filters too. */
export interface LogPattern {
  readonly topics: readonly [Hex, ...(Hex | null)[]]
  readonly data: Hex
}

type EventName = (typeof registryEvents)[number]['name']

type ParameterOf<E extends EventName> = ExtractAbiItem<typeof registryEvents, E>['inputs'][number]

/** A value per parameter, by name; an indexed one may be left open with null. */
type ExpectedOf<E extends EventName> = {
  readonly [P in ParameterOf<E> as P['name'] & string]:
    | ValueOf<P['type']>
    | (P extends { indexed: true } ? null : never)
}

/** Makes the function that gives the pattern of event `name` with expected values. */
export function registryLog<E extends EventName>(name: E): (expected: ExpectedOf<E>) => LogPattern {
  const item = itemOf<AbiEvent>(registryEvents, name)
  const selector = toEventSelector(item)
  const indexed = item.inputs.filter((input) => input.indexed)
  const encodeData = encoderOf(item.inputs.filter((input) => !input.indexed))
  return (expected) => ({
    topics: [selector, ...indexed.map((input) => encodeTopic(input, expected))],
    data: `0x${encodeData(expected)}`,
  })
}

function encodeTopic(input: AbiParameter, expected: object): Hex | null {
  const value = pick<Scalar | null>(input, expected)
  return value === null ? null : `0x${encodeWord(value)}`
}
