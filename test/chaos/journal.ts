/** What happened in a run, line by line, for whoever has to find out why. */
import { createWriteStream } from 'node:fs'

export interface Journal {
  note(text: string): void
  close(): Promise<void>
}

/** @param place says where in the run it is, at the start of each line */
export function openJournal(file: string, place: () => string): Journal {
  const stream = createWriteStream(file)
  return {
    note: (text) => void stream.write(`${new Date().toISOString().slice(14, 23)} ${place()} ${text}\n`),
    close: () => new Promise((resolve) => stream.end(resolve)),
  }
}
