/** What a person is told when a command cannot go on, and with which code it ends. */

import { ConfigError } from '../config/read.ts'
import { DevnetError } from '../devnet/error.ts'
import { GatewayError, StartupError } from '../domain/errors.ts'
import { LoadError } from '../load/error.ts'
import { StoreError, StoreIdentityError } from '../store/port.ts'
import { EXIT, type ExitCode } from './context.ts'

interface Explanation {
  readonly message: string
  readonly code: ExitCode
}

/**
 * Says on standard error what went wrong, and gives the exit code.
 * @param redact blanks secrets that the message may hold
 */
export function fail(error: unknown, redact: (text: string) => string = (text) => text): ExitCode {
  const { message, code } = explain(error)
  process.stderr.write(`${redact(message)}\n`)
  return code
}

/** Foreseen errors get one line (a mistake in the configuration one each); a defect is shown with its trace. */
function explain(error: unknown): Explanation {
  if (error instanceof ConfigError) return { message: error.message, code: EXIT.usage }
  return { message: messageOf(error), code: EXIT.failure }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const foreseen = foreseenMessageOf(error)
  return foreseen === null
    ? `opsbatcher: unexpected: ${error.stack ?? error.message}`
    : `opsbatcher: ${foreseen}`
}

const PLAIN = [DevnetError, GatewayError, LoadError, StartupError]

function foreseenMessageOf(error: Error): string | null {
  if (PLAIN.some((kind) => error instanceof kind)) return error.message
  if (error instanceof StoreIdentityError) {
    return `${error.message}; choose another folder with --data-dir, or delete that one to start afresh`
  }
  if (error instanceof StoreError) return storeMessageOf(error)
  if (!('syscall' in error && 'code' in error)) return null
  if (error.syscall === 'mkdir' && 'path' in error) {
    return `cannot keep data in ${error.path} (${error.code}); choose another folder with --data-dir`
  }
  const address = addressOf(error)
  return address === null ? null : `cannot listen on ${address}: ${reasonOf(error.code)}`
}

function storeMessageOf({ failure, message }: StoreError): string {
  if (failure === 'locked')
    return 'another process uses the database; stop it, or choose another folder with --data-dir'
  return failure === 'unavailable' ? `${message}; choose another folder with --data-dir` : message
}

/** Where the system refused to let us listen; null for any other error. */
function addressOf(error: Error): string | null {
  if (!('syscall' in error && error.syscall === 'listen' && 'address' in error && 'port' in error))
    return null
  return `${error.address}:${error.port}`
}

function reasonOf(code: unknown): string {
  if (code === 'EADDRINUSE') return 'the port is in use; stop what has it, or choose another with --port'
  if (code === 'EACCES') return 'that port needs more rights; choose one above 1023 with --port'
  if (code === 'EADDRNOTAVAIL')
    return 'this machine does not have that address; choose another with --listen-addr'
  return String(code)
}
