/** What the service accepts, and from whom, on a real chain: verified signers, bounds, fair shares and access. */
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createIdleAccount, type LiveAccount } from '../../src/load/account.ts'
import { toBody } from '../../src/load/client.ts'
import { createKey } from '../../src/load/key.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { changes, domainOf, nextChange, seedAccounts, signedBy } from '../support/accounts.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { eventually } from '../support/eventually.ts'
import { type Miner, startMiner } from '../support/miner.ts'
import { startTestService, type TestService, temporaryFolder } from '../support/service.ts'

const random = seededRandom(31)
const TOKEN = 'operator-token-16'

let chain: TestChain
let miner: Miner
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let service: TestService
let seeds: LiveAccount[]

beforeAll(async () => {
  chain = await startTestChain()
  seeds = [...(await seedAccounts(chain, { count: 6, authenticators: 2, random }))]
  miner = await startMiner(chain)
})

afterAll(async () => {
  await miner.pause()
  await chain.stop()
})

beforeEach(async () => {
  folder = await temporaryFolder()
})

afterEach(async () => {
  miner.resume()
  await service.stop()
  await folder.remove()
})

async function start(settings: NodeJS.Dict<string> = {}): Promise<void> {
  service = await startTestService({ chain, dataDir: folder.path, settings })
}

function nextSeed(): LiveAccount {
  const account = seeds.pop()
  if (account === undefined) throw new RangeError('more accounts are needed')
  return account
}

describe('a recovery ahead of its nonce', () => {
  it('by a stranger is refused, and takes no nonce and no address of the account', async () => {
    await start()
    const account = nextSeed()
    const signing = { domain: domainOf(chain), random }
    const { operation } = nextChange(account, 'recover_account', signing)
    const stranger = createKey(random)
    for (const nonce of ['0x1', '0x2', '0x64'] as const) {
      const forged = signedBy(stranger, operation, signing.domain, { nonce })
      expect(await service.submit(forged)).toMatchObject({
        status: 400,
        body: { code: 'bad_request', message: 'the signature is not valid for this account' },
      })
    }
    expect((await service.health()).batcher.waiting).toBe(0)

    const address = operation.newAuthenticatorAddress
    const own = changes(account, ['insert_authenticator', 'update_authenticator'], signing)
    const create = { ...createIdleAccount(random), authenticatorAddresses: [address] }
    const ids = await Promise.all([...own, create].map((each) => service.accept(each)))
    for (const id of ids) expect((await service.waitUntilTerminal(id)).status.state).toBe('finalized')
  })

  it('by the recovery agent waits for the earlier nonces, and is included after them', async () => {
    await start()
    const [insert, recovery] = changes(nextSeed(), ['insert_authenticator', 'recover_account'], {
      domain: domainOf(chain),
      random,
    })
    if (insert === undefined || recovery === undefined) throw new Error('no operations')
    const early = await service.accept(recovery)
    const first = await service.accept(insert)
    for (const id of [early, first]) {
      expect((await service.waitUntilTerminal(id)).status.state).toBe('finalized')
    }
  })
})

describe('the bounds', () => {
  it('refuse a create while the queue is full, also after a restart', async () => {
    await miner.pause()
    await start({ QUEUE_CAPACITY: '3' })
    const ids = []
    for (let n = 0; n < 3; n += 1) ids.push(await service.accept(createIdleAccount(random)))
    const expectFull = async () => {
      const refused = await service.submit(createIdleAccount(random))
      expect(refused).toMatchObject({ status: 503, body: { code: 'batcher_unavailable' } })
      expect(refused.headers.get('Retry-After')).toBe('5')
    }
    await expectFull()
    await service.stop()
    await start({ QUEUE_CAPACITY: '3' })
    await expectFull()
    miner.resume()
    for (const id of ids) await service.waitUntilTerminal(id)
    await service.accept(createIdleAccount(random))
  })

  it('refuse a further operation of an account', async () => {
    await miner.pause()
    await start({ MAX_WAITING_PER_ACCOUNT: '1' })
    const [first, second] = changes(nextSeed(), ['insert_authenticator', 'update_authenticator'], {
      domain: domainOf(chain),
      random,
    })
    if (first === undefined || second === undefined) throw new Error('no operations')
    await service.accept(first)
    const refused = await service.submit(second)
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limit_exceeded' } })
    expect(refused.headers.has('Retry-After')).toBe(true)
    await service.accept(createIdleAccount(random))
  })
})

/** Posts a create as a client behind a trusted proxy. @returns the `request_id` */
async function createAs(client: string): Promise<string> {
  const response = await fetch(`${service.url}/create-account`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Forwarded-For': client },
    body: JSON.stringify(toBody(createIdleAccount(random))),
  })
  const body = await response.json()
  expect([response.status, body]).toMatchObject([200, { request_id: expect.stringMatching(/^gw_/) }])
  return (body as { request_id: string }).request_id
}

describe('a client with a long queue', () => {
  const settings = { TRUST_PROXY: '1', MAX_BATCH_OPS: '4', MAX_CONCURRENT_BATCHES: '1', BATCH_WINDOW_MS: '0' }

  it('does not delay another client: its create is in the next batch, also after a restart', async () => {
    await miner.pause()
    await start(settings)
    const first = await createAs('192.0.2.7')
    await service.reaches(first, 'submitted')
    const many: string[] = []
    for (let n = 0; n < 20; n += 1) many.push(await createAs('192.0.2.7'))
    const other = await createAs('198.51.100.9')
    await service.stop()
    await start(settings)

    miner.resume()
    const { batch } = await service.waitUntilTerminal(other)
    const all = await service.batches()
    expect(all.findIndex((each) => each.batch.id === batch?.id)).toBe(1)
    await eventually('all to land', service.health, ({ batcher }) => batcher.ready + batcher.batches === 0)
    expect((await service.status(many.at(-1) ?? '')).status.state).toBe('finalized')
  })
})

/** A request with any Host header, which `fetch` does not allow. */
async function getAs(
  host: string,
  path: string,
): Promise<{ readonly status: number; readonly body: string }> {
  const { hostname, port } = new URL(service.url)
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, headers: { Host: host } }, (response) =>
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject),
    )
    sent.on('error', reject).end()
  })
}

describe('access', () => {
  it('on a loopback address needs a loopback host name', async () => {
    await start()
    expect(await getAs('rebound.example', '/openapi.json')).toMatchObject({
      status: 403,
      body: expect.stringContaining('"host_not_allowed"'),
    })
    expect((await getAs('localhost:1', '/openapi.json')).status).toBe(200)
  })

  it('to the views needs the token if the settings say so', async () => {
    await start({ READ_ACCESS: 'token', OPERATOR_TOKEN: TOKEN })
    expect((await service.get('/wallet')).status).toBe(401)
    const headers = { Authorization: `Bearer ${TOKEN}` }
    expect((await fetch(`${service.url}/wallet`, { headers })).status).toBe(200)
    expect((await service.get('/health')).status).not.toBe(401)
  })

  it('from one client has a rate, if the settings say so', async () => {
    await start({ RATE_LIMIT_PER_CLIENT: '1', BODY_LIMIT_BYTES: '4096' })
    const body = { padding: 'x'.repeat(5000) }
    expect((await service.post('/create-account', body)).status).toBe(413)
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => service.submit(createIdleAccount(random))),
    )
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(0)
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(0)
  })
})
