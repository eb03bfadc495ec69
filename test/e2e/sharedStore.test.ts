/** The gateway on PostgreSQL: the life of operations, outages of the database, and starts that cannot succeed. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createIdleAccount } from '../../src/load/account.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { domainOf, nextChange, seedAccounts } from '../support/accounts.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import type { ServiceClient } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { readLedger } from '../support/ledger.ts'
import { startPostgres, type TestPostgres, withClient } from '../support/postgres.ts'
import {
  runTestService,
  spawnTestService,
  startTestService,
  type TestService,
  temporaryFolder,
} from '../support/service.ts'

const random = seededRandom(15)

let chain: TestChain
let postgres: TestPostgres
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let databaseUrl: string
let service: TestService | null

beforeAll(async () => {
  chain = await startTestChain({ blockTimeSeconds: 0.2 })
  postgres = await startPostgres()
})

afterAll(async () => {
  await postgres.stop()
  await chain.stop()
})

beforeEach(async () => {
  folder = await temporaryFolder()
  databaseUrl = await postgres.newUrl()
  service = null
})

afterEach(async () => {
  await service?.stop()
  await folder.remove()
})

const options = (settings: NodeJS.Dict<string> = {}) => ({
  chain,
  dataDir: folder.path,
  settings: { DATABASE_URL: databaseUrl, ...settings },
})

/** Resolves when the process leads. It admits operations before. */
function leads(process: ServiceClient) {
  return eventually(
    'the process to lead',
    () => process.health(),
    ({ state }) => state === 'Running',
  )
}

async function started(settings: NodeJS.Dict<string> = {}): Promise<TestService> {
  service = await startTestService(options(settings))
  return service
}

/** Connects as a user with the given right. */
function asGuest(right: (schema: string) => string) {
  return withClient(databaseUrl, async (query) => {
    const { rows } = await query(`SELECT current_schema() AS schema, to_regrole('guest') IS NULL AS "isNew"`)
    if (rows[0].isNew) await query(`CREATE ROLE guest LOGIN PASSWORD 'guest-password'`)
    await query(right(rows[0].schema))
    databaseUrl = databaseUrl.replace(/\/\/postgres:[^@]+@/, '//guest:guest-password@')
  })
}

describe('a gateway on PostgreSQL', () => {
  it('executes operations in the order of their nonces, and keeps them over a restart', async () => {
    const [account] = await seedAccounts(chain, { count: 1, authenticators: 1, random })
    if (account === undefined) throw new Error('no account')
    const signing = { domain: domainOf(chain), random }
    const first = nextChange(account, 'insert_authenticator', signing)
    const second = nextChange(first.account, 'recover_account', signing)
    const before = await started()
    expect(await leads(before)).toMatchObject({
      seat: { is_leading: true, leader: { epoch: 1 } },
    })
    const ids = [await before.accept(first.operation), await before.accept(second.operation)]
    await before.stop()
    const after = await started()
    expect(await leads(after)).toMatchObject({ seat: { is_leading: true, leader: { epoch: 2 } } })
    for (const id of ids) expect((await after.waitUntilTerminal(id)).status.state).toBe('finalized')
    const ledger = await readLedger(chain)
    const blocks = [first, second].map(({ operation }) =>
      ledger.landings(operation).map(({ blockNumber }) => blockNumber),
    )
    expect(blocks.map(({ length }) => length)).toEqual([1, 1])
  })

  it('admits operations at a process that does not lead, also while nobody leads', async () => {
    const [account] = await seedAccounts(chain, { count: 1, authenticators: 1, random })
    if (account === undefined) throw new Error('no account')
    const signing = { domain: domainOf(chain), random }
    const first = nextChange(account, 'insert_authenticator', signing)
    const second = nextChange(first.account, 'recover_account', signing)
    const leader = await spawnTestService(options())
    const standby = await startTestService(options())
    try {
      await leads(leader)
      expect(await standby.health()).toMatchObject({ success: true, state: 'Standby' })
      expect((await standby.get('/readyz')).status).toBe(200)
      const ids = [await standby.accept(first.operation), await standby.accept(second.operation)]
      const create = createIdleAccount(random)
      ids.push(await standby.accept(create))
      for (const id of ids) {
        expect((await leader.waitUntilTerminal(id)).status.state).toBe('finalized')
        expect((await standby.operation(id)).status.state).toBe('finalized')
      }
      const keyed = createIdleAccount(random)
      const answers = await Promise.all([leader, standby].map((process) => process.submit(keyed, '"key 1"')))
      expect(answers.map(({ status }) => status)).toEqual([200, 200])
      expect(answers[0]?.body).toEqual(answers[1]?.body)
      await leader.kill()
      expect(await standby.submit(keyed, '"key 1"')).toMatchObject({ status: 200, body: answers[0]?.body })
      const between = createIdleAccount(random)
      const id = await standby.accept(between)
      expect((await standby.waitUntilTerminal(id)).status.state).toBe('finalized')
      const ledger = await readLedger(chain)
      for (const operation of [first.operation, second.operation, create, keyed, between]) {
        expect(ledger.landings(operation)).toHaveLength(1)
      }
    } finally {
      await leader.kill()
      await standby.stop()
    }
  })

  it('answers 503 while the database is away, and goes on when it is back', async () => {
    const running = await started()
    await leads(running)
    const id = await running.accept(createIdleAccount(random))
    await postgres.shutDown()
    const lost = createIdleAccount(random)
    const refused = await running.submit(lost)
    expect(refused).toMatchObject({ status: 503 })
    expect(['store_unavailable', 'batcher_unavailable']).toContain((refused.body as { code: string }).code)
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0)
    expect(await running.get(`/status/${id}`)).toMatchObject({
      status: 503,
      body: { code: 'store_unavailable' },
    })
    expect(await running.get('/health')).toMatchObject({ status: 503, body: { store: { ok: false } } })
    await postgres.startAgain()
    await eventually(
      'the gateway to lead again',
      () => running.health(),
      ({ success }) => success,
    )
    expect((await running.waitUntilTerminal(id)).status.state).toBe('finalized')
    const again = await running.accept(lost)
    expect((await running.waitUntilTerminal(again)).status.state).toBe('finalized')
    const ledger = await readLedger(chain)
    expect(ledger.landings(lost)).toHaveLength(1)
  })

  it('waits at its start for a database that is away', async () => {
    await postgres.shutDown()
    const opening = startTestService(options())
    await postgres.startAgain()
    service = await opening
    await leads(service)
  })

  it.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'of another registry',
      () =>
        withClient(databaseUrl, async (query) => {
          await (await started()).stop()
          service = null
          await query(
            `UPDATE meta SET value = replace(value, 'registry 0x', 'registry 0xff') WHERE key = 'identity'`,
          )
        }),
      /^opsbatcher: the database belongs to registry 0xff/m,
    ],
    [
      'of another program',
      () => withClient(databaseUrl, (query) => query('CREATE TABLE batches (id text)')),
      /^opsbatcher: The database cannot be used: the tables of the database belong to another program/m,
    ],
    [
      'that does not exist',
      async () => {
        databaseUrl = databaseUrl.replace('/postgres?', '/absent?')
      },
      /^opsbatcher: The database cannot be used: database "absent" does not exist/m,
    ],
    [
      'that refuses the password',
      async () => {
        databaseUrl = databaseUrl.replace(/:[^:@/]+@/, ':other-password@')
      },
      /^opsbatcher: The database cannot be used: password authentication failed/m,
    ],
    [
      'that can only be read',
      () =>
        withClient(databaseUrl, async (query) => {
          await query(`CREATE ROLE reader LOGIN SUPERUSER PASSWORD 'guest-password'`)
          await query('ALTER ROLE reader SET default_transaction_read_only = on')
          databaseUrl = databaseUrl.replace(/\/\/postgres:[^@]+@/, '//reader:guest-password@')
        }),
      /^opsbatcher: The database cannot be used: cannot execute CREATE TABLE in a read-only transaction/m,
    ],
    [
      'without the right to create tables',
      () => asGuest((schema) => `GRANT USAGE ON SCHEMA ${schema} TO guest`),
      /^opsbatcher: The database cannot be used: permission denied for schema/m,
    ],
    [
      'without the right to use the schema',
      () => asGuest((schema) => `REVOKE USAGE ON SCHEMA ${schema} FROM guest`),
      /^opsbatcher: The database cannot be used: no schema has been selected to create in/m,
    ],
  ])('ends with one line for a database %s', async (_, prepare, line) => {
    await prepare()
    const { code, stderr } = await runTestService(options())
    const words = stderr.split('\n').filter((each) => each !== '' && !each.startsWith('{'))
    expect(words).toHaveLength(1)
    expect(words[0]).toMatch(line)
    expect(stderr).not.toContain('guest-password')
    expect(code).toBe(1)
  })
})
