/** `opsbatcher copy`: copies the records of a gateway into another store. No gateway may use either. */
import { resolve } from 'node:path'
import { databasePath } from '../config/gatewayConfig.ts'
import { copyStore } from '../store/copy/copyStore.ts'
import type { Side } from '../store/copy/side.ts'
import { StoreError } from '../store/port.ts'
import { EXIT, type ExitCode } from './context.ts'
import type { CopyFlags, StorePlace } from './options.ts'

/** @returns `EXIT.failure` if the records are not copied; the target is then as before */
export async function copy({ from, to }: CopyFlags): Promise<ExitCode> {
  const opened: Side[] = []
  const open = async (place: StorePlace, isSource: boolean) => {
    const side = await named(place, () => openSide(place, isSource))
    opened.push(side)
    return side
  }
  try {
    const source = await open(from, true)
    const target = await open(to, false)
    const progress = showProgress()
    const { operations, batches, attempts } = await copyStore(source, target, progress.show).finally(
      progress.end,
    )
    process.stdout.write(
      `copied and compared: ${operations} operations, ${batches} batches, ${attempts} transactions\nStart the gateway with the copy only.\n`,
    )
    return EXIT.ok
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    process.stderr.write(`opsbatcher: ${error.message}
`)
    return EXIT.failure
  } finally {
    for (const side of opened.reverse()) await side.close()
  }
}

async function openSide({ type, value }: StorePlace, isSource: boolean): Promise<Side> {
  if (type === 'postgres') {
    return (await import('../store/copy/postgresSide.ts')).openPostgresSide(value)
  }
  return (await import('../store/copy/sqliteSide.ts')).openSqliteSide(databasePath(resolve(value)), isSource)
}

/** The message of an error says which side it is about. The password of the URL stays secret. */
async function named<T>(place: StorePlace, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    const reason = error.failure === 'locked' ? 'a gateway uses it; stop the gateway first' : error.message
    throw new StoreError(error.failure, `${nameOf(place)}: ${reason}`, { cause: error })
  }
}

function nameOf({ type, value }: StorePlace): string {
  if (type === 'sqlite') return value
  const { host, pathname } = new URL(value)
  return `postgres://${host}${pathname}`
}

const CLEAR_LINE = '\r\u001B[K'

/** A line that counts, on a terminal only. */
function showProgress() {
  const write = (text: string) => {
    if (process.stderr.isTTY) process.stderr.write(`${CLEAR_LINE}${text}`)
  }
  return { show: (table: string, rows: number) => write(`${table}: ${rows}`), end: () => write('') }
}
