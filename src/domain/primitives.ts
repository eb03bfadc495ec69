/**
 * Units of the program.
 *
 * Every type here survives `JSON.stringify`, because values enter machine contexts, events and stored records. An
 * amount within the exact range of a double is a number. A balance may be larger and is a decimal string.
 */
import type { Address, Hash, Hex } from 'viem'

export type { Address, Hash, Hex }

/** A point in time: milliseconds since the Unix epoch. */
export type Millis = number

/** A duration in milliseconds. */
export type DurationMs = number

/** An amount of gas. Amounts on a chain are far below 2^53. */
export type Gas = number

/** A fee in wei per gas. A double is exact up to nine million gwei, the maximum of the fee settings. */
export type WeiPerGas = number

/** A balance in wei as a decimal string. */
export type Wei = string

/** An unsigned integer as minimal lower-case hex, as in the HTTP API. Zero is `0x0`. */
export type UintHex = Hex

/** The clock. Every part gets the clock as a parameter: a test can run a day in a millisecond. */
export type Now = () => Millis
