/** The life of an operation in the log, found by the id of the operation, at the default level. */
import { Writable } from 'node:stream'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLogger } from '../../src/gateway/log.ts'
import { createAccount } from '../../src/load/account.ts'
import { toBody } from '../../src/load/client.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { type Miner, startMiner } from '../support/miner.ts'
import { startTestService, type TestService, temporaryFolder } from '../support/service.ts'

const lines: string[] = []
let chain: TestChain
let miner: Miner
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let service: TestService

beforeAll(async () => {
  chain = await startTestChain()
  miner = await startMiner(chain)
  folder = await temporaryFolder()
  const destination = new Writable({
    write(line: Buffer, _encoding, done) {
      lines.push(line.toString())
      done()
    },
  })
  const logger = createLogger({ level: 'info', format: 'json', destination })
  service = await startTestService({ chain, dataDir: folder.path, logger })
})

afterAll(async () => {
  await service.stop()
  await miner.pause()
  await chain.stop()
  await folder.remove()
})

interface LogLine {
  readonly msg: string
  readonly level: string
  readonly batch?: string
  readonly tx?: string
}

it('a search for the id of an operation finds its whole life', async () => {
  const { operation } = createAccount(1, seededRandom(60))
  const response = await fetch(`${service.url}/create-account`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(toBody(operation)),
  })
  const id = response.headers.get('X-Request-Id') ?? 'none'
  const found = () => lines.filter((line) => line.includes(id)).map((line): LogLine => JSON.parse(line))
  await expect.poll(() => found().map(({ msg }) => msg)).toContain('operation finalized')

  // The polls of the status are lines, too.
  const life = found().filter(({ msg }) => msg !== 'request answered')
  expect(life.map(({ msg }) => msg)).toEqual([
    'operation accepted',
    'batch started',
    'batch submitted',
    'batch included',
    'operation finalized',
  ])
  expect(new Set(life.flatMap(({ batch }) => batch ?? [])).size).toBe(1)
  expect(new Set(life.flatMap(({ tx }) => tx ?? [])).size).toBe(1)
  expect(found()).toContainEqual(
    expect.objectContaining({
      level: 'info',
      msg: 'request answered',
      requestId: id,
      method: 'POST',
      path: '/create-account',
      status: 200,
      client: '127.0.0.1',
      outcome: 'ok',
    }),
  )
})
