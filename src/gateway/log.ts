/**
 * The log: one JSON object per line, or a readable line on a terminal. Secrets and credentials in URLs are blanked in the
 * finished line, so no library can leak a secret by its messages.
 */
import { type DestinationStream, type Logger, pino } from 'pino'
import pretty from 'pino-pretty'

export type { Logger }

export interface LogOptions {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** `auto` is pretty when the log goes to a terminal, JSON otherwise. */
  readonly format: 'auto' | 'pretty' | 'json'
  /** Secrets: texts that the log must not contain. */
  readonly secrets?: readonly string[]
  /** The destination of the lines. Default: standard error, because standard output holds the results of commands. */
  readonly destination?: NodeJS.WritableStream & { readonly isTTY?: boolean }
}

/** Names of fields with a secret value. */
const SECRET_FIELDS = ['privateKey', 'walletPrivateKey', 'authorization']

export function createLogger({ level, format, secrets = [], destination }: LogOptions): Logger {
  const sink = destination ?? process.stderr
  const isPretty = format === 'pretty' || (format === 'auto' && sink.isTTY === true)
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: REDACTED },
      hooks: { streamWrite: createRedactor(secrets) },
    },
    isPretty ? prettyStream(sink) : sink,
  )
}

/**
 * A function that blanks secrets, and the credentials of any URL, in a text.
 * @param secrets the texts to blank, in any case of letters
 */
export function createRedactor(secrets: readonly string[]): (text: string) => string {
  const patterns = secrets.map((secret) => new RegExp(secret.replace(/[^a-z0-9]/gi, '\\$&'), 'gi'))
  return (text) => {
    const blanked = patterns.reduce((rest, pattern) => rest.replace(pattern, REDACTED), text)
    // Looking for a fixed text first is far cheaper, and most texts have no URL.
    return blanked.includes('://') ? blanked.replace(URL_CREDENTIALS, `$1${REDACTED}@`) : blanked
  }
}

const REDACTED = '[redacted]'

const URL_CREDENTIALS = /(\b[a-z][a-z0-9+.-]*:\/\/)[^/@\s"]+@/gi

function prettyStream(sink: NodeJS.WritableStream & { readonly isTTY?: boolean }): DestinationStream {
  return pretty({
    destination: sink,
    colorize: sink.isTTY === true,
    translateTime: 'SYS:HH:MM:ss.l',
    sync: true,
  })
}
