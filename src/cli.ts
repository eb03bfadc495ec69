#!/usr/bin/env node
/** The command `opsbatcher`. With `src/config`, the only place that knows of arguments, environment and signals. */
import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import type { CliContext } from './cli/context.ts'
import { runCli } from './cli/program.ts'

/** The file beside which the command is run, if there is one; what the environment says wins over it. */
const SETTINGS_FILE = '.env'

/**
 * When npm runs this, a Ctrl-C in the terminal arrives twice: from the terminal and from npm. Signals this close
 * together are one.
 */
const SAME_INTERRUPTION_MS = 1000

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const

const context: CliContext = {
  environment: { ...readSettingsFile(), ...process.env },
  now: Date.now,
  interruption,
}

// Whoever reads our output may stop reading, as `head` does; that is no reason to fall over.
process.stdout.on('error', () => {})

process.exitCode = await runCli(process.argv.slice(2), context)

function readSettingsFile(): NodeJS.Dict<string> {
  try {
    return parseEnv(readFileSync(SETTINGS_FILE, 'utf8'))
  } catch {
    return {}
  }
}

function interruption(): AbortSignal {
  const controller = new AbortController()
  let interruptedAt = Number.POSITIVE_INFINITY
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (Date.now() - interruptedAt > SAME_INTERRUPTION_MS) process.exit(EXIT_CODES[signal])
      if (controller.signal.aborted) return
      interruptedAt = Date.now()
      controller.abort()
    })
  }
  return controller.signal
}
