#!/usr/bin/env node
/** The command `opsbatcher`. With `src/config`, the only place that knows of arguments, environment and signals. */
import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { createInterruption } from './cli/interruption.ts'
import { runCli } from './cli/program.ts'

/** Settings in the folder that the command is run in, if it has that file; the environment wins over it. */
const SETTINGS_FILE = '.env'

/** What shells say of a process that a signal ended: 128 and the signal's number. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const

// Whoever reads our output may stop reading, as `head` does; that is no reason to fall over.
process.stdout.on('error', () => {})

process.exitCode = await runCli(process.argv.slice(2), {
  environment: { ...readSettingsFile(), ...process.env },
  now: Date.now,
  interruption() {
    const { signal, interrupt } = createInterruption(Date.now, process.exit)
    process.on('SIGINT', () => interrupt(EXIT_CODES.SIGINT))
    process.on('SIGTERM', () => interrupt(EXIT_CODES.SIGTERM))
    return signal
  },
})

function readSettingsFile(): NodeJS.Dict<string> {
  try {
    return parseEnv(readFileSync(SETTINGS_FILE, 'utf8'))
  } catch {
    return {}
  }
}
