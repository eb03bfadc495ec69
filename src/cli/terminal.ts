/** A sign of life for people while a command works. Programs do not get it. */
import yoctoSpinner from 'yocto-spinner'
import type { DurationMs } from '../domain/primitives.ts'

/** A shorter wait needs no sign of life. */
const UNNOTICED: DurationMs = 1_000
const UPDATE_INTERVAL: DurationMs = 200

/**
 * Shows a spinner on standard error from the first second on until the work ends. Nothing is shown without a terminal.
 * @param describe the text beside the spinner; it is called again and again
 */
export async function whileShown<T>(describe: () => string, work: Promise<T>): Promise<T> {
  if (!process.stderr.isTTY) return work
  const spinner = yoctoSpinner({ stream: process.stderr, handleSignals: false })
  const start = setTimeout(() => spinner.start(describe()), UNNOTICED)
  const update = setInterval(() => {
    spinner.text = describe()
  }, UPDATE_INTERVAL)
  try {
    return await work
  } finally {
    clearTimeout(start)
    clearInterval(update)
    spinner.stop()
  }
}
