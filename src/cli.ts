#!/usr/bin/env node
/** The command `opsbatcher`. Only this file reads arguments, environment variables and signals. */
import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { createInterruption } from './cli/interruption.ts'
import { runCli } from './cli/program.ts'
import { steadyNow } from './domain/steadyClock.ts'

/** Optional file with settings in the working directory. Environment variables take precedence over it. */
const SETTINGS_FILE = '.env'

/** Exit codes after a signal: 128 plus the number of the signal, as in shells. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const

/** Time for the last lines of the output, after the command has ended. */
const EXIT_TIMEOUT = 2_000

// A reader such as `head` may close the pipe. The error must not end the program.
process.stdout.on('error', () => {})

process.exitCode = await runCli(process.argv.slice(2), {
  environment: { ...readSettingsFile(), ...process.env },
  now: steadyNow,
  interruption() {
    const { signal, interrupt } = createInterruption(steadyNow, process.exit)
    process.on('SIGINT', () => interrupt(EXIT_CODES.SIGINT))
    process.on('SIGTERM', () => interrupt(EXIT_CODES.SIGTERM))
    return signal
  },
})

// A part that could not be closed must not keep the process alive. The timer itself does not either.
setTimeout(() => process.exit(), EXIT_TIMEOUT).unref()

function readSettingsFile(): NodeJS.Dict<string> {
  try {
    return parseEnv(readFileSync(SETTINGS_FILE, 'utf8'))
  } catch {
    return {}
  }
}
