/** Error messages and exit codes of the commands. */
import { ConfigurationError } from '../config/read.ts'
import { DevnetError } from '../devnet/error.ts'
import { GatewayError, StartupError } from '../domain/errors.ts'
import { ClosingError } from '../gateway/closing.ts'
import { LoadError, NoGatewayError } from '../load/error.ts'
import { StoreError, StoreIdentityError } from '../store/port.ts'
import { BackupError } from '../store/sqlite/copy.ts'
import { EXIT, type ExitCode } from './context.ts'
import { START_HINT } from './invocation.ts'

interface Explanation {
  readonly message: string
  readonly code: ExitCode
}

/**
 * Writes the message of an error to standard error.
 * @param redact replaces secrets in the message
 * @returns the exit code
 */
export function fail(error: unknown, redact: (text: string) => string = (text) => text): ExitCode {
  const { message, code } = explain(error)
  process.stderr.write(`${redact(message)}\n`)
  return code
}

/** An expected error gets one line; a `ConfigurationError` gets a line per mistake. A defect gets its stack. */
function explain(error: unknown): Explanation {
  if (error instanceof ConfigurationError) return { message: error.message, code: EXIT.usage }
  return { message: messageOf(error), code: EXIT.failure }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const foreseen = foreseenMessageOf(error)
  return foreseen === null
    ? `opsbatcher: unexpected error: ${error.stack ?? error.message}`
    : `opsbatcher: ${foreseen}`
}

const PLAIN = [BackupError, ClosingError, DevnetError, GatewayError, LoadError, StartupError]

function foreseenMessageOf(error: Error): string | null {
  if (error instanceof StoreIdentityError) {
    return `${error.message}; choose another folder with --data-dir, or delete the folder to start again`
  }
  if (error instanceof NoGatewayError) return `${error.message}; ${START_HINT}`
  if (PLAIN.some((kind) => error instanceof kind)) return error.message
  if (error instanceof StoreError) return storeMessageOf(error)
  if (!('syscall' in error && 'code' in error)) return null
  if (error.syscall === 'mkdir' && 'path' in error) {
    return `cannot create the data folder ${error.path} (${error.code}); choose another folder with --data-dir`
  }
  const address = addressOf(error)
  return address === null ? null : `cannot listen on ${address}: ${reasonOf(error.code)}`
}

function storeMessageOf({ failure, message }: StoreError): string {
  if (failure === 'locked')
    return 'another process uses the database; stop that process, or choose another folder with --data-dir'
  return failure === 'unavailable' ? `${message}; choose another folder with --data-dir` : message
}

/** The address of a failed `listen` call; null for any other error. */
function addressOf(error: Error): string | null {
  if (!('syscall' in error && error.syscall === 'listen' && 'address' in error && 'port' in error))
    return null
  return `${error.address}:${error.port}`
}

function reasonOf(code: unknown): string {
  if (code === 'EADDRINUSE')
    return 'the port is in use; stop the other program, or choose another port with --port'
  if (code === 'EACCES') return 'no permission for the port; choose a port above 1023 with --port'
  if (code === 'EADDRNOTAVAIL')
    return 'this machine does not have the address; choose another address with --listen-addr'
  return String(code)
}
