/**
 * Five hundred operations at once. About sixty operations must not succeed: the API refuses an operation, simulation
 * removes it, or it fails on chain. No block is mined while operations arrive. When rival transactions make some
 * operations stale, a part is in submitted batches and a part is queued.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Random } from '../../src/load/random.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { callDataOf, sendAsStranger } from '../support/accounts.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import type { Answer, OperationDetail } from '../support/client.ts'
import { type Ledger, readLedger, upTo } from '../support/ledger.ts'
import { type Miner, startMiner } from '../support/miner.ts'
import { startTestService, type TestService, temporaryFolder } from '../support/service.ts'
import { type Item, type Mixture, prepareMixture } from './mixture.ts'

const TOTAL = 500
/** Number of stale operations among the submitted operations, and among the queued operations. */
const STALE = 4

/** The first authenticator of an account signs every operation, because it exists from the start. */
const random: Random = { ...seededRandom(TOTAL), below: () => 0 }

let chain: TestChain
let miner: Miner
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let service: TestService

let mixture: Mixture
const answers = new Map<Item, Answer>()
/** The accepted operations by their expected verdicts. */
const details = new Map<Item, OperationDetail>()
let stale: {
  readonly riding: readonly Item[]
  readonly waiting: readonly Item[]
  /** Executed by a foreign transaction before our own. */
  readonly overtaken: readonly Item[]
}
let before: Ledger
let ledger: Ledger

beforeAll(async () => {
  chain = await startTestChain()
  mixture = await prepareMixture(chain, TOTAL, random)
  before = await readLedger(chain)
  miner = await startMiner(chain)
  folder = await temporaryFolder()
  service = await startTestService({
    chain,
    dataDir: folder.path,
    settings: { STALL_TIMEOUT_SECS: '300', REQUEST_TIMEOUT_SECS: '60', BATCH_WINDOW_MS: '500' },
  })
  await miner.pause()
  await sendAll()
  stale = await pullTheGround()
  miner.resume()
  for (const [item] of accepted()) await service.reaches(idOf(item), 'finalized', 'failed')
  const tell = async ([item]: readonly [Item, Answer]) =>
    details.set(item, await service.operation(idOf(item)))
  await Promise.all(accepted().map(tell))
  ledger = await readLedger(chain)
})

afterAll(async () => {
  await service.stop()
  await miner.pause()
  await chain.stop()
  await folder.remove()
})

/**
 * Sends all operations at once, except two early groups. The second operation of a conflict comes early, because the
 * API would refuse it after the first. Operations that become stale in submitted batches come early as well.
 */
async function sendAll(): Promise<void> {
  const { early, late, lanes, creates, mistakes, twins, conflicts } = mixture
  const seconds = conflicts.map(([, second]) => second)
  const firsts = conflicts.map(([first]) => first)
  await sendTogether([...seconds, ...early])
  for (const item of early) await service.reaches(idOf(item), 'submitted')
  await sendTogether([mistakes, creates, twins.flat(), lanes, firsts, late].flat())
}

async function sendTogether(items: readonly Item[]): Promise<void> {
  await Promise.all(items.map(async (item) => answers.set(item, await service.submit(item.operation))))
}

/** Sends rivals of accepted operations around the gateway, to be mined before the gateway's transactions. */
async function pullTheGround(): Promise<typeof stale> {
  const [riding, overtaken] = [mixture.early.slice(0, STALE), mixture.early.slice(STALE, 2 * STALE)]
  const waiting = (await inState(mixture.late, 'queued')).slice(0, STALE)
  for (const { rival } of [...riding, ...waiting]) {
    if (rival !== null) await sendAsStranger(chain, callDataOf(rival), { tip: 50n })
  }
  for (const { operation } of overtaken) await sendAsStranger(chain, callDataOf(operation), { tip: 50n })
  return { riding, waiting, overtaken }
}

async function inState(items: readonly Item[], state: string): Promise<readonly Item[]> {
  const statuses = await Promise.all(items.map((item) => service.status(idOf(item))))
  return items.filter((_, index) => statuses[index]?.status.state === state)
}

function accepted(): readonly (readonly [Item, Answer])[] {
  return [...answers].filter(([, { status }]) => status === 200)
}

function idOf(item: Item): string {
  return `gw_${answers.get(item)?.headers.get('X-Request-Id')}`
}

function finalized(): readonly Item[] {
  return [...details].filter(([, { status }]) => status.state === 'finalized').map(([item]) => item)
}

function doomed(): ReadonlySet<Item> {
  return new Set([...stale.riding, ...stale.waiting, ...mixture.conflicts.map(([, second]) => second)])
}

describe('the API', () => {
  it('answered every request', () => {
    expect(answers.size).toBe(TOTAL)
    expect(new Set([...answers.values()].map(({ headers }) => headers.get('X-Request-Id'))).size).toBe(TOTAL)
  })

  it('refused every mistake with its own code', () => {
    for (const item of mixture.mistakes) {
      expect(answers.get(item)).toMatchObject({ status: 400, body: { code: item.refusal } })
    }
  })

  it('accepted the first of two operations with equal claims, and refused the second as a duplicate', () => {
    for (const pair of mixture.twins) {
      const [one, other] = pair
        .map((item) => answers.get(item))
        .sort((a, b) => (a?.status ?? 0) - (b?.status ?? 0))
      expect(one?.status).toBe(200)
      expect(other?.status).toBe(400)
      // The id of the first is added once it is stored.
      expect(other?.body).toMatchObject({
        code: 'duplicate_request_in_flight',
        message: 'duplicate_request_in_flight',
      })
    }
  })

  it('refused no other operation', () => {
    const { mistakes, twins, ...others } = mixture
    for (const item of Object.values(others).flat(2))
      expect(answers.get(item)?.body).toMatchObject({ status: {} })
    expect(accepted()).toHaveLength(TOTAL - mistakes.length - twins.length)
  })
})

describe('simulation', () => {
  it('removed the stale queued operations without use of gas', () => {
    expect(stale.waiting).toHaveLength(STALE)
    for (const item of stale.waiting) {
      expect(details.get(item)).toMatchObject({
        status: { state: 'failed', error_code: 'mismatched_signature_nonce' },
        outcome: { type: 'Failed', reason: { type: 'NonceTooLow', expected: 1 }, tx_hash: null },
      })
    }
  })

  it('removed the second of two operations with an equal slot', () => {
    for (const [, second] of mixture.conflicts) {
      expect(details.get(second)).toMatchObject({
        status: { state: 'failed', error_code: 'pubkey_id_in_use' },
        outcome: { reason: { type: 'ContractError', revert: { name: 'PubkeyIdInUse' } }, tx_hash: null },
      })
    }
  })
})

describe('the chain', () => {
  it('failed exactly the stale submitted operations', () => {
    expect(stale.riding).toHaveLength(STALE)
    for (const item of stale.riding) {
      const detail = details.get(item)
      expect(detail).toMatchObject({
        status: { state: 'failed', error_code: 'mismatched_signature_nonce' },
        outcome: { type: 'Failed', reason: { type: 'NonceTooLow', expected: 1 } },
        batch: { state: 'Finalized' },
      })
      expect(detail?.outcome).toHaveProperty('tx_hash', detail?.batch?.inclusion?.tx_hash)
    }
  })

  it('finalized the operations of foreign transactions with the foreign hashes', async () => {
    expect(stale.overtaken).toHaveLength(STALE)
    for (const item of stale.overtaken) {
      const { status, outcome, batch } = details.get(item) ?? {}
      expect(status?.state).toBe('finalized')
      expect(outcome).toMatchObject({ type: 'Finalized', gas_used: 0 })
      expect(outcome).not.toHaveProperty('tx_hash', batch?.inclusion?.tx_hash)
      const [landing] = ledger.landings(item.operation)
      expect(outcome).toHaveProperty('tx_hash', landing?.txHash)
      expect(outcome).toHaveProperty('block_number', landing?.blockNumber)
    }
  })

  it('finalized all other operations', () => {
    const harmed = accepted().filter(([item]) => !doomed().has(item) && !finalized().includes(item))
    expect(harmed.map(([item]) => details.get(item))).toEqual([])
  })

  it('executed each finalized operation once, in the transaction of its verdict, and no other operation', () => {
    for (const [item, { status }] of details) {
      const hashes = ledger.landings(item.operation).map(({ txHash }) => txHash)
      expect(hashes).toEqual(status.state === 'finalized' ? [status.tx_hash] : [])
    }
    const rivals = stale.riding.length + stale.waiting.length
    expect(ledger.effects - before.effects).toBe(finalized().length + rivals)
  })

  it('executed successive operations of an account in order', () => {
    const { lanes } = mixture
    const moments = lanes.map(({ operation }) => ledger.landings(operation)[0])
    for (const start of upTo(lanes.length / 3)) {
      const [first, second, third] = moments.slice(3 * start, 3 * start + 3)
      for (const [earlier, later] of [
        [first, second],
        [second, third],
      ] as const) {
        expect(order(later)).toBeGreaterThan(order(earlier))
      }
    }
  })

  it('executed successive operations of an account in a single transaction', () => {
    const batches = mixture.lanes.map((item) => details.get(item)?.batch?.id)
    const together = upTo(batches.length / 3).filter(
      (start) => new Set(batches.slice(3 * start, 3 * start + 3)).size === 1,
    )
    expect(together.length).toBeGreaterThan(0)
  })

  it('has transactions with nonces from 0 on, without a gap', () => {
    expect(ledger.walletNonces).toEqual(upTo(ledger.walletNonces.length))
  })
})

/** A number that orders moments. */
function order(landing: { blockNumber: number; logIndex: number } | undefined): number {
  if (landing === undefined) throw new Error('it has not landed')
  return landing.blockNumber * 1_000_000 + landing.logIndex
}

describe('the gateway at the end', () => {
  it('has settled every batch, with the transactions of the chain', async () => {
    const batches = await service.batches()
    expect(new Set(batches.map(({ batch }) => batch.state))).toEqual(new Set(['Finalized']))
    const nonces = new Set(batches.flatMap(({ attempts }) => attempts.map(({ nonce }) => nonce)))
    expect([...nonces].sort((a, b) => a - b)).toEqual(ledger.walletNonces)
  })

  it('has settled every operation once', async () => {
    const { body } = await service.get('/metrics')
    const counted = (name: string) =>
      [...String(body).matchAll(new RegExp(`^ops_batcher_${name}(?:{.*})? (\\d+)$`, 'gm'))].reduce(
        (sum, [, value]) => sum + Number(value),
        0,
      )
    expect(counted('ops_finalized_total')).toBe(finalized().length)
    expect(counted('ops_failed_total')).toBe(doomed().size)
    expect(counted('ops_finalized_total') + counted('ops_failed_total')).toBe(accepted().length)
    for (const [item, detail] of details)
      expect((await service.status(idOf(item))).status).toEqual(detail.status)
  })

  it('has no operation or batch left', async () => {
    const health = await service.health()
    expect(health).toMatchObject({ success: true, batcher: { ready: 0, waiting: 0, batches: 0 } })
    expect(await service.wallet()).toMatchObject({ in_flight: [], next_nonce: ledger.walletNonces.length })
  })
})
