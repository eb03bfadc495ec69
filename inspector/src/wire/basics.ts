/** Basic types of the messages. */

/** A point in time: milliseconds since the Unix epoch. */
export type Millis = number

/** A UUID. */
export type Id = string

export type Json = string | number | boolean | null | readonly Json[] | { readonly [field: string]: Json }
