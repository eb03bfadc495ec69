/** Output for people: colours, and a sign of life while a command works. Programs get neither. */
import { styleText } from 'node:util'
import yoctoSpinner from 'yocto-spinner'
import type { DurationMs } from '../domain/primitives.ts'

type Style = Parameters<typeof styleText>[0]
export type Paint = (style: Style, text: string) => string

/** Colours only for a terminal that shows them. `NO_COLOR` and `FORCE_COLOR` are obeyed, as `hasColors` of Node does. */
export function painter(stream: NodeJS.WriteStream): Paint {
  const isColoured = stream.isTTY && stream.hasColors()
  return (style, text) => (isColoured ? styleText(style, text) : text)
}

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
