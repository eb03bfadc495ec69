/**
 * The units that the rest of the program is written in.
 *
 * Everything here survives `JSON.stringify`: no `bigint` enters a machine context, an event or a stored record.
 * Amounts that fit a double exactly are numbers; account balances, which do not, are decimal strings.
 */
import type { Address, Hash, Hex } from 'viem'

export type { Address, Hash, Hex }

/** A point in time: milliseconds since the Unix epoch. */
export type Millis = number

/** A span of time in milliseconds. */
export type DurationMs = number

/** An amount of gas. The EVM's are far below 2^53. */
export type Gas = number

/** A fee per unit of gas in wei. Exact as a double up to nine million gwei, which the configured caps stay under. */
export type WeiPerGas = number

/** A balance in wei as a decimal string. */
export type Wei = string

/** An unsigned integer as minimal-length lower-case hex, `0x0` for zero: the form it has on the wire. */
export type UintHex = Hex

/** The one source of time; injected everywhere, so that a test can run a day in a millisecond. */
export type Now = () => Millis
