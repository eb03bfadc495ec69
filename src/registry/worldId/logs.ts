/** The logs of successful operations. */
import type { AbiEvent, ExtractAbiItem } from 'viem'
import { type LogPattern, logPattern } from '../../evm/logPattern.ts'
import { itemOf, type ValueOf } from '../../evm/named.ts'
import { registryEvents } from './abi.ts'

type EventName = (typeof registryEvents)[number]['name']

type ParameterOf<E extends EventName> = ExtractAbiItem<typeof registryEvents, E>['inputs'][number]

/** A value per parameter, by name. Null means any value; for a parameter without index, any data of the log. */
type ExpectedOf<E extends EventName> = {
  readonly [P in ParameterOf<E> as P['name'] & string]: ValueOf<P['type']> | null
}

/** Makes the function that builds the pattern of the event `name` from expected values. */
export function registryLog<E extends EventName>(name: E): (expected: ExpectedOf<E>) => LogPattern {
  return logPattern(itemOf<AbiEvent>(registryEvents, name))
}
