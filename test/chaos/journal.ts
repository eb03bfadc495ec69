/** The events of a run, line by line, for the investigation of a failure. */
import { createWriteStream } from 'node:fs'

export interface Journal {
  note(text: string): void
  close(): Promise<void>
}

/** @param place the position in the run, for the start of each line */
export function openJournal(file: string, place: () => string): Journal {
  const stream = createWriteStream(file)
  return {
    note: (text) => void stream.write(`${new Date().toISOString().slice(14, 23)} ${place()} ${text}\n`),
    close: () => new Promise((resolve) => stream.end(resolve)),
  }
}
