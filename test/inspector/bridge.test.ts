/** The bridge for XState 4 tools, between a running gateway and the receiver of `@xstate/inspect`. */
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type Bridge, startBridge } from '../../inspector/src/bridge/bridge.ts'
import { createIdleAccount } from '../../src/load/account.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { eventually } from '../support/eventually.ts'
import { type Miner, startMiner } from '../support/miner.ts'
import { reservePort } from '../support/reservedPort.ts'
import { startTestService, type TestService, temporaryFolder } from '../support/service.ts'

const TOKEN = 'an-operator-token-0123'

interface ReceivedEvent {
  readonly type: string
  readonly sessionId: string
  readonly machine?: { readonly id: string; readonly states: object }
  readonly state?: { readonly value: unknown; readonly context: object; matches(state: string): boolean }
  readonly event?: { readonly name: string; readonly data: object }
}

interface Receiver {
  send(event: object): void
  subscribe(next: (event: ReceivedEvent) => void): void
}

/** The package is a dependency of the inspector package, and is resolved from the folder of the inspector. */
const inspectorRequire = createRequire(new URL('../../inspector/package.json', import.meta.url))
const { createWebSocketReceiver }: { createWebSocketReceiver(options: { server: string }): Receiver } =
  inspectorRequire('@xstate/inspect')

/** Actors with the lifetime of the gateway. */
const MACHINES = [
  'gateway',
  'intake',
  'chainMonitor',
  'nonceTracker',
  'wallet',
  'requestTracker',
  'opsBatcher',
]

const random = seededRandom(12)

let chain: TestChain
let miner: Miner
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let service: TestService
let bridge: Bridge

beforeAll(async () => {
  // The receiver expects the global `WebSocket` of a browser.
  Object.assign(globalThis, { WebSocket })
  chain = await startTestChain()
  miner = await startMiner(chain)
  folder = await temporaryFolder()
  service = await startTestService({ chain, dataDir: folder.path, settings: { OPERATOR_TOKEN: TOKEN } })
  bridge = await startBridge({
    gateway: service.url,
    token: TOKEN,
    port: 0,
    origins: ['https://tool.example'],
    onLost: () => {},
  })
})

afterAll(async () => {
  await bridge.close()
  await service.stop()
  await miner.pause()
  await chain.stop()
  await folder.remove()
})

/** Attaches the receiver of the package, and stores the received events. */
async function attach(): Promise<{ readonly receiver: Receiver; readonly received: ReceivedEvent[] }> {
  const receiver = createWebSocketReceiver({ server: `127.0.0.1:${bridge.port}` })
  const received: ReceivedEvent[] = []
  receiver.subscribe((event) => received.push(event))
  await eventually(
    'every machine',
    async () => received,
    (events) => MACHINES.every((machine) => machinesOf(events).has(machine)),
  )
  return { receiver, received }
}

function machinesOf(received: readonly ReceivedEvent[]): ReadonlySet<string | undefined> {
  return new Set(received.flatMap(({ type, machine }) => (type === 'service.register' ? machine?.id : [])))
}

async function finalize(): Promise<void> {
  const id = await service.accept(createIdleAccount(random))
  await service.reaches(id, 'finalized')
}

describe('a tool', () => {
  it('receives every active machine with its states', async () => {
    const { received } = await attach()
    const gateway = received.find(({ machine }) => machine?.id === 'gateway')
    expect(gateway?.machine?.states).toHaveProperty('Active')
    expect(gateway?.state?.matches('Active.Service.Running')).toBe(true)
  })

  it('receives the start, the states and the end of a batch', async () => {
    const { received } = await attach()
    await finalize()
    await eventually(
      'the batch to end',
      async () => received,
      (events) => events.some(({ type, sessionId }) => type === 'service.stop' && sessionId === 'slot-0'),
    )
    const ofBatch = received.filter(({ sessionId }) => sessionId === 'slot-0')
    const start = ofBatch.find(({ type }) => type === 'service.register')
    expect(start?.machine?.id).toBe('pendingBatch')
    expect(start?.state?.value).toEqual({ Simulating: 'Running' })
    const values = ofBatch.flatMap(({ type, state }) => (type === 'service.state' ? [state?.value] : []))
    expect(values).toContainEqual({ Submitted: { Delivery: 'Resting', Evidence: 'Watching' } })
    expect(values.at(-1)).toBe('Finalized')
    const events = ofBatch.flatMap(({ type, event }) => (type === 'service.event' ? [event?.name] : []))
    expect(events).toContain('transaction.signed')
    expect(JSON.stringify(received).toLowerCase()).not.toContain(
      chain.walletPrivateKey.slice(2).toLowerCase(),
    )
  })

  it('cannot send an event to an actor', async () => {
    const { receiver, received } = await attach()
    const drain = { name: 'drain', data: { type: 'drain' }, $$type: 'scxml', type: 'external' }
    for (const origin of ['gateway', 'opsBatcher']) {
      receiver.send({ type: 'xstate.event', event: JSON.stringify({ ...drain, origin }), service: origin })
    }
    receiver.send({ type: 'service.event', event: 'forged', sessionId: 'gateway' })
    receiver.send({ type: 'disconnect' })
    await finalize()
    expect(await service.health()).toMatchObject({ success: true, state: 'Running' })
    expect(received.filter(({ event }) => event?.name === 'drain')).toEqual([])
    await eventually(
      'events to go on',
      async () => received.length,
      (count) => count > 100,
    )
  })
})

describe('invalid frames', () => {
  it.each([
    ['no JSON', '{'],
    ['no object', '3'],
    ['null', 'null'],
    ['no type', '{}'],
    ['an event that is no JSON', JSON.stringify({ type: 'xstate.event', event: '{', service: 'wallet' })],
    ['an event without content', JSON.stringify({ type: 'xstate.event' })],
    ['nothing', ''],
    ['bytes', Buffer.from([1, 2, 3])],
    ['more than a tool has to say', 'x'.repeat(100_000)],
  ])('are survived: %s', async (_, frame) => {
    const client = new WebSocket(`ws://127.0.0.1:${bridge.port}`)
    client.on('error', () => {})
    await once(client, 'open')
    client.send(frame)
    client.send(JSON.stringify({ type: 'xstate.inspecting' }))
    const { received } = await attach()
    expect(received.length).toBeGreaterThan(5)
    client.terminate()
  })

  it('do not stop the bridge: bytes that are not a frame', async () => {
    const client = new WebSocket(`ws://127.0.0.1:${bridge.port}`)
    client.on('error', () => {})
    const [response] = await once(client, 'upgrade')
    response.socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff]))
    await once(client, 'close')
    const { received } = await attach()
    expect(received.length).toBeGreaterThan(5)
  })
})

describe('a connection', () => {
  const statusFor = async (origin: string | undefined) => {
    const client = new WebSocket(`ws://127.0.0.1:${bridge.port}`, origin === undefined ? {} : { origin })
    const status = await new Promise((resolve) => {
      client.once('open', () => resolve(101))
      client.once('unexpected-response', (_request, { statusCode }) => resolve(statusCode))
      client.on('error', () => {})
    })
    client.terminate()
    return status
  }

  it.each([undefined, 'http://localhost:3000', 'http://127.0.0.1', 'https://tool.example'])(
    'a page of %s may',
    async (origin) => expect(await statusFor(origin)).toBe(101),
  )

  it.each(['https://evil.example', 'null', 'http://localhost.evil.example', 'http://127.0.0.1.evil.example'])(
    'a page of %s may not',
    async (origin) => expect(await statusFor(origin)).toBe(401),
  )

  it('is possible only from this machine', async () => {
    const elsewhere = connect({ host: '127.0.0.2', port: bridge.port })
    const [error] = await once(elsewhere, 'error')
    expect(error).toMatchObject({ code: 'ECONNREFUSED' })
  })
})

it('reconnects to a restarted gateway and shows the new state', async () => {
  const lost: string[] = []
  const other = await temporaryFolder()
  const { port, release } = await reservePort()
  const settings = { LISTEN_ADDR: `127.0.0.1:${port}` }
  const first = await startTestService({ chain, dataDir: other.path, settings })
  const following = await startBridge({
    gateway: first.url,
    token: null,
    port: 0,
    origins: [],
    onLost: (reason) => lost.push(reason),
  })
  await first.stop()
  await eventually(
    'the loss to be told',
    async () => lost.length,
    (count) => count > 0,
  )
  const second = await startTestService({ chain, dataDir: other.path, settings })
  const receiver = createWebSocketReceiver({ server: `127.0.0.1:${following.port}` })
  const received: ReceivedEvent[] = []
  receiver.subscribe((event) => received.push(event))
  await eventually(
    'the gateway to run again',
    async () => received,
    (events) =>
      events.some(
        ({ type, state, sessionId }) =>
          type === 'service.register' && sessionId === 'gateway' && state?.matches('Active.Service.Running'),
      ),
  )
  await following.close()
  await second.stop()
  await release()
  await other.remove()
})
