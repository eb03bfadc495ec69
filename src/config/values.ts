/**
 * Kinds of setting values. A `ValueKind` parses the text of a flag or variable, converts it to the unit of the program
 * (milliseconds, wei), and describes the allowed texts. The file imports no large module: `--help` is fast.
 */
import { z } from 'zod'
import type { PendingBatchConfig } from '../domain/config.ts'
import type { Address, Hex, Wei } from '../domain/primitives.ts'

/** Units of setting texts. The suffix ends the names of the environment variable and the flag. */
export const UNITS = {
  ms: { suffix: 'Ms', word: 'milliseconds', scale: 1 },
  secs: { suffix: 'Secs', word: 'seconds', scale: 1000 },
  hours: { suffix: 'Hours', word: 'hours', scale: 3_600_000 },
  gwei: { suffix: 'Gwei', word: 'gwei', scale: 1_000_000_000 },
  bytes: { suffix: 'Bytes', word: 'bytes', scale: 1 },
  eth: { suffix: 'Eth', word: 'ether' },
} as const

export type Unit = keyof typeof UNITS

export interface ValueKind<T> {
  readonly schema: z.ZodType<T, string>
  /** Description of the valid texts, for a message after "it must be". */
  readonly accepts: string
  readonly unit: Unit | null
}

interface Range {
  readonly min: number
  readonly max: number
  /** Unit of the text. The parsed value has the unit of the program (milliseconds, wei). */
  readonly unit?: Exclude<Unit, 'eth'>
}

const WHOLE = /^\d+$/
const DECIMAL = /^\d+(\.\d+)?$/

/** A whole number. Both bounds are inclusive and in the unit of the text. */
export function whole(range: Range): ValueKind<number> {
  return bounded(WHOLE, 'a whole number', range)
}

/** A number with an optional fraction. Both bounds are inclusive and in the unit of the text. */
export function decimal(range: Range): ValueKind<number> {
  return bounded(DECIMAL, 'a number', range)
}

/** A value of `kind`; `off` or `0` for null. */
export function orOff<T>(kind: ValueKind<T>): ValueKind<T | null> {
  const accepts = `${kind.accepts}, or off`
  return value(accepts, kind.unit, (text) =>
    text === 'off' || text === '0' ? null : kind.schema.safeParse(text).data,
  )
}

/** A value of `kind`, or `auto`. */
export function orAuto<T>(kind: ValueKind<T>): ValueKind<T | 'auto'> {
  return value(`${kind.accepts}, or auto`, kind.unit, (text) =>
    text === 'auto' ? 'auto' : kind.schema.safeParse(text).data,
  )
}

export function oneOf<const T extends string>(choices: readonly T[]): ValueKind<T> {
  return value(`one of ${choices.join(', ')}`, null, (text) => choices.find((choice) => choice === text))
}

/** A level of finality for verdicts, and the depth of the level `confirmed`. */
export const finalityLevel: ValueKind<FinalityChoice> = value(
  'depth:N with N from 0 to 1000, safe or finalized',
  null,
  (text): FinalityChoice | undefined => {
    if (text === 'safe' || text === 'finalized') return { finality: text, confirmations: 1 }
    const depth = /^depth:(\d{1,4})$/.exec(text)?.[1]
    if (depth === undefined || Number(depth) > 1000) return undefined
    return { finality: 'confirmed', confirmations: Number(depth) }
  },
)

export type FinalityChoice = Pick<PendingBatchConfig, 'finality' | 'confirmations'>

/** The path of a folder. */
export const folder: ValueKind<string> = value('the path of a folder', null, (text) => text || undefined)

const WEI_DIGITS = 18

/** URL of a database in PostgreSQL. */
export const postgresUrl: ValueKind<string> = value(
  'a URL such as postgres://user:password@host:5432/database',
  null,
  (text) => (/^postgres(ql)?:\/\//.test(text) && URL.canParse(text) ? text : undefined),
)

/** An amount of ether, as wei in decimal. */
export const ether: ValueKind<Wei> = value('an amount of ether such as 0.05', 'eth', (text) => {
  const [whole = '', fraction = ''] = text.split('.')
  const isExact = DECIMAL.test(text) && fraction.length <= WEI_DIGITS
  return isExact ? BigInt(whole + fraction.padEnd(WEI_DIGITS, '0')).toString() : undefined
})

export const address: ValueKind<Address> = value(
  '0x and 40 hexadecimal digits',
  null,
  (text): Address | undefined => {
    const digits = /^0x([0-9a-f]{40})$/i.exec(text)?.[1]
    return digits === undefined ? undefined : `0x${digits.toLowerCase()}`
  },
)

/** Order of the secp256k1 group. A private key is smaller. SEC 2, section 2.4.1. */
const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

export const privateKey: ValueKind<Hex> = value(
  '0x and 64 hexadecimal digits',
  null,
  (text): Hex | undefined => {
    const digits = /^(?:0x)?([0-9a-f]{64})$/i.exec(text)?.[1]
    if (digits === undefined) return undefined
    const key = BigInt(`0x${digits}`)
    return key > 0n && key < CURVE_ORDER ? `0x${digits.toLowerCase()}` : undefined
  },
)

/** Id, alias or ARN of a key in AWS KMS. */
export const keyId: ValueKind<string> = value('the id, alias or ARN of a key', null, readKeyId)

/** Keys in AWS KMS, in the order of the replicas. */
export const keyIds: ValueKind<readonly string[]> = value(
  'ids, aliases or ARNs of keys, separated by commas',
  null,
  (text) => {
    const ids = text.split(',').map((part) => readKeyId(part.trim()))
    return ids.every((id) => id !== undefined) ? ids : undefined
  },
)

function readKeyId(text: string): string | undefined {
  return /^[\w:/-]+$/.test(text) ? text : undefined
}

/** A secret token: too long to be guessed, and valid in a header and a URL. */
export const token: ValueKind<string> = value(
  '16 or more letters, digits, hyphens, underscores or dots',
  null,
  (text) => (/^[\w.-]{16,}$/.test(text) ? text : undefined),
)

/** URL of a JSON-RPC endpoint over HTTP. */
export const httpEndpoint: ValueKind<string> = value('an http or https URL', null, (text) =>
  /^https?:/.test(text) ? readEndpoint(text) : undefined,
)

/** URLs of JSON-RPC endpoints in order, without duplicates. */
export const rpcEndpoints: ValueKind<readonly string[]> = value(
  'http, https, ws or wss URLs, separated by commas',
  null,
  (text) => {
    const urls = text.split(',').map((part) => readEndpoint(part.trim()))
    return urls.every((url) => url !== undefined) ? [...new Set(urls)] : undefined
  },
)

function readEndpoint(text: string): string | undefined {
  return /^(https?|wss?):\/\/[^,\s]+$/.test(text) && URL.canParse(text) ? text : undefined
}

/** URL of a gateway, without trailing slashes. */
export const gatewayUrl: ValueKind<string> = value('an http or https URL', null, (text) =>
  /^https?:\/\//.test(text) && URL.canParse(text) ? text.replace(/\/+$/, '') : undefined,
)

/** Address on which a server listens. */
export interface SocketAddress {
  readonly host: string
  readonly port: number
}

const PORT: Range = { min: 0, max: 65_535 }

/** A TCP port; 0 stands for any free port. */
export const port: ValueKind<number> = whole(PORT)

/** `host:port`. An IPv6 host is in brackets. */
export const socketAddress: ValueKind<SocketAddress> = value(
  'host:port, such as 127.0.0.1:8081 or [::]:8081',
  null,
  (text) => {
    const parts = /^(?:\[([0-9a-f:.]+)\]|([^:[\]\s]+)):(\d+)$/i.exec(text)
    const host = parts?.[1] ?? parts?.[2]
    const number = port.schema.safeParse(parts?.[3])
    return host !== undefined && number.success ? { host, port: number.data } : undefined
  },
)

function bounded(form: RegExp, noun: string, { min, max, unit }: Range): ValueKind<number> {
  const of = unit === undefined ? '' : ` of ${UNITS[unit].word}`
  return value(`${noun}${of} from ${min} to ${max}`, unit ?? null, (text) => {
    const number = form.test(text) ? Number(text) : Number.NaN
    if (!(number >= min && number <= max)) return undefined
    return unit === undefined ? number : Math.round(number * UNITS[unit].scale)
  })
}

/** @param read returns undefined for an invalid text */
function value<T>(accepts: string, unit: Unit | null, read: (text: string) => T | undefined): ValueKind<T> {
  const schema = z.string().transform((text, context) => {
    const result = read(text.trim())
    if (result !== undefined) return result
    context.addIssue({ code: 'custom', message: `must be ${accepts}` })
    return z.NEVER
  })
  return { schema, accepts, unit }
}
