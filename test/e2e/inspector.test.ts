/** The live view of a working gateway: messages are complete, continue after a broken connection, and hold no secret. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createWebSocketReceiver, type StatelyInspectionEvent } from '@statelyai/inspect'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import type { FactMessage, Message, SnapshotMessage, Welcome } from '../../inspector/src/wire.ts'
import { createIdleAccount } from '../../src/load/account.ts'
import { operation as operationSchema } from '../../src/server/schemas.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { type Viewing, view } from '../support/eventStream.ts'
import { eventually } from '../support/eventually.ts'
import { type Miner, startMiner } from '../support/miner.ts'
import { type ReservedPort, reservePort } from '../support/reservedPort.ts'
import { type RpcProxy, startRpcProxy } from '../support/rpcProxy.ts'
import { startTestService, type TestService, temporaryFolder } from '../support/service.ts'

const random = seededRandom(11)

const PROVIDER_KEY = '0123456789abcdef0123456789abcdef'
const TOKEN = 'an-operator-token-0123'

let chain: TestChain
let miner: Miner
let proxy: RpcProxy
/** The port of the proxy. A test stops and restarts the proxy. */
let reserved: ReservedPort
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let service: TestService

beforeAll(async () => {
  chain = await startTestChain()
  miner = await startMiner(chain)
  reserved = await reservePort()
  proxy = await startRpcProxy(chain.rpcUrl, reserved.port)
  folder = await temporaryFolder()
  const rpcUrl = `${proxy.url}/v3/${PROVIDER_KEY}?apikey=${PROVIDER_KEY}`
  service = await startTestService({
    chain: { ...chain, rpcUrl },
    dataDir: folder.path,
    settings: { OPERATOR_TOKEN: TOKEN },
  })
})

afterAll(async () => {
  await service.stop()
  await miner.pause()
  await proxy.close()
  await reserved.release()
  await chain.stop()
  await folder.remove()
})

const authorized = { Authorization: `Bearer ${TOKEN}` }

async function watch(headers: Record<string, string> = {}): Promise<Viewing> {
  const answer = await fetch(`${service.url}/inspector/stream`, { headers: { ...authorized, ...headers } })
  expect(answer.status).toBe(200)
  return view(answer.body)
}

async function welcomed(viewing: Viewing): Promise<Welcome> {
  const event = await viewing.next()
  if (event?.event !== 'welcome') throw new Error(`not welcomed: ${JSON.stringify(event)}`)
  return event.data
}

async function land(): Promise<string> {
  const id = await service.accept(createIdleAccount(random))
  await service.reaches(id, 'finalized')
  return id
}

const isFact = (type: string) => (message: Message) =>
  message.type === 'opsbatcher.fact' && message.fact.type === type

const factOf = (messages: readonly Message[], type: string) =>
  messages.find((message): message is FactMessage => isFact(type)(message))?.fact

describe('a viewer', () => {
  it('receives a batch from start to settlement, with the path through the chart', async () => {
    const viewing = await watch()
    await welcomed(viewing)
    const id = (await land()).replace('gw_', '')
    const messages = await viewing.until(isFact('batch.finalized'))
    await viewing.close()

    const birth = messages.find((each) => each.type === '@xstate.actor' && each.machine === 'pendingBatch')
    if (birth?.type !== '@xstate.actor') throw new Error('no batch was born')
    expect(birth.snapshot.context).toMatchObject({
      operations: [{ id, kind: 'create_account' }],
      attempts: [],
    })
    const steps = messages.filter(
      (each): each is SnapshotMessage =>
        each.type === '@xstate.snapshot' && each.sessionId === birth.sessionId,
    )
    const path = [birth.states, ...steps.map(({ states }) => states)].map((states) => states.at(-1))
    const expected = ['Simulating', 'ReadyToSubmit', 'Submitted', 'Finalized']
    const visited = new Set(path.map((state) => state?.split('.')[1]))
    expect([...visited]).toEqual(expected)
    expect(steps.at(-1)?.snapshot.status).toBe('done')
    expect(steps.at(-1)?.snapshot.context).toMatchObject({
      attempts: [{ hash: expect.stringMatching(/^0x/), purpose: 'batch' }],
      inclusion: { blockNumber: expect.any(Number) },
    })

    const end = factOf(messages, 'batch.finalized')
    expect(end).toMatchObject({ outcomes: { [id]: { type: 'Finalized', reason: null } }, failure: null })
    expectTimes(messages, id)
    const { body } = await service.get(`/operations/${id}`)
    expect(operationSchema.parse(body).batch?.included_at).toEqual(expect.any(Number))
    const events = messages.filter((each) => each.type === '@xstate.event').map(({ event }) => event.type)
    expect(events).toEqual(
      expect.arrayContaining(['operation.submitted', 'operations.ready', 'batch.inclusionChanged']),
    )
    await expectLit(steps)
  })

  /** Checks the order of the times: received, stored, ready, batched, simulated, submitted, included, finalized. */
  function expectTimes(messages: readonly Message[], id: string): void {
    const received = messages.findIndex(({ type, ...rest }) => {
      const event = 'event' in rest ? rest.event : null
      return type === '@xstate.event' && event?.type === 'operation.submitted' && event['id'] === id
    })
    const named = ['operations.recorded', 'operations.ready'].map((kind) =>
      messages.findIndex(
        (each) =>
          each.type === '@xstate.event' &&
          each.event.type === kind &&
          Array.isArray(each.event['ids']) &&
          each.event['ids'].includes(id),
      ),
    )
    const facts = ['spawned', 'simulated', 'submitted', 'included', 'finalized'].map((kind) =>
      messages.findIndex(isFact(`batch.${kind}`)),
    )
    const moments = [received, ...named, ...facts]
    expect(moments).not.toContain(-1)
    expect(moments).toEqual([...moments].sort((a, b) => a - b))
  }

  /** Checks that every reported state and transition is in the picture of the chart. */
  async function expectLit(steps: readonly SnapshotMessage[]): Promise<void> {
    const answer = await fetch(`${service.url}/inspector/charts/pendingBatch.svg`, { headers: authorized })
    const svg = await answer.text()
    const transitions = steps.flatMap((step) => step.transitions)
    expect(transitions.length).toBeGreaterThan(5)
    for (const id of transitions) expect(svg).toContain(`data-transition="${id}"`)
    for (const id of steps.flatMap(({ states }) => states)) expect(svg).toContain(`data-state="${id}"`)
  }

  it('has the state of an early viewer also when connected late', async () => {
    await land()
    const viewing = await watch()
    const welcome = await welcomed(viewing)
    await viewing.close()
    const names = welcome.actors.map(({ name }) => name)
    expect(names).toEqual(
      expect.arrayContaining([
        'gateway',
        'chainMonitor',
        'nonceTracker',
        'wallet',
        'requestTracker',
        'opsBatcher',
      ]),
    )
    for (const { machine, states, snapshot } of welcome.actors) {
      expect(snapshot.status).toBe('active')
      if (machine !== null) expect(states.length, machine).toBeGreaterThan(0)
    }
    const ended = welcome.paths.filter(
      ({ machine, endedAt }) => machine === 'pendingBatch' && endedAt !== null,
    )
    const batches = await service.batches()
    expect(ended.map(({ context }) => context)).toMatchObject(
      batches.map(({ batch }) => ({ batchId: batch.id })),
    )
    expect(ended.at(-1)?.steps.at(-1)?.states).toEqual(['pendingBatch.Finalized'])
    expect(welcome.blocks.length).toBeGreaterThan(2)
    const registryAddress = chain.registryAddress.toLowerCase()
    expect(welcome.gateway).toMatchObject({ chainId: chain.chainId, registryAddress })
  })

  it('resumes without a missing message after a reconnection', async () => {
    const [steady, broken] = [await watch(), await watch()]
    await welcomed(steady)
    await welcomed(broken)
    const first = await broken.next()
    await broken.close()
    await land()
    const resumed = await watch({ 'Last-Event-ID': first?.id ?? '' })
    const all = await steady.until(isFact('batch.finalized'))
    const rest = await resumed.until(isFact('batch.finalized'))
    await steady.close()
    await resumed.close()
    const before = first?.event === 'messages' ? first.data : []
    // The two viewers began at different moments. After the second start, both receive equal messages.
    const ids = [...before, ...rest].map(({ id }) => id)
    const common = all.map(({ id }) => id).filter((id) => Number(id) >= Number(ids[0]))
    expect(ids).toEqual(common)
  })
})

describe('the messages of the live view', () => {
  it('hold neither the wallet key nor the secrets of endpoint URLs, also in errors', async () => {
    const viewing = await watch()
    await welcomed(viewing)
    await land()
    const hold = proxy.hold('eth_sendRawTransaction', 'request')
    const id = await service.accept(createIdleAccount(random))
    await hold.reached
    await proxy.close()
    await viewing.until(
      (message) => message.type === '@xstate.event' && message.event.type === 'watch.failed',
    )
    const { text } = viewing
    await viewing.close()
    const late = await watch()
    await welcomed(late)
    await late.close()
    proxy = await startRpcProxy(chain.rpcUrl, reserved.port)
    await service.reaches(id, 'finalized')

    for (const told of [text, late.text]) {
      expect(told.length).toBeGreaterThan(5_000)
      const lower = told.toLowerCase()
      expect(lower).not.toContain(chain.walletPrivateKey.slice(2).toLowerCase())
      expect(lower).not.toContain(PROVIDER_KEY)
      expect(lower).not.toContain(TOKEN)
      expect(lower).not.toContain('rpcurl')
      expect(lower).not.toContain('calldata')
      expect(lower).not.toContain('signature"')
      // No string is as long as signed bytes or calldata.
      expect(lower).not.toMatch(/0x[0-9a-f]{100}/)
    }
  })

  it('are readable by the receiver of @statelyai/inspect', async () => {
    const viewing = await watch()
    const welcome = await welcomed(viewing)
    await land()
    const messages = await viewing.until(isFact('batch.finalized'))
    await viewing.close()

    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const received: StatelyInspectionEvent[] = []
    const receiver = createWebSocketReceiver({ server: `ws://127.0.0.1:${port}` })
    receiver.subscribe((event) => received.push(event))
    const connected = new Promise<WebSocket>((resolve) => server.once('connection', resolve))
    const socket = await connected
    const shaped = [...welcome.actors, ...messages].filter(({ type }) => type.startsWith('@xstate.'))
    for (const message of shaped) socket.send(JSON.stringify(message))
    await eventually(
      'all to be received',
      async () => received.length,
      (count) => count === shaped.length,
    )
    for (const client of server.clients) client.terminate()
    server.close()

    const actors = received.filter((event) => event.type === '@xstate.actor')
    expect(actors.map(({ name }) => name)).toEqual(expect.arrayContaining(['wallet', 'slot-0']))
    for (const { definition } of actors) expect(JSON.parse(definition ?? '')).toHaveProperty('id')
    const batch = actors.find(({ name }) => name === 'slot-0')?.sessionId
    const ofBatch = received.filter(({ sessionId }) => sessionId === batch)
    const values = ofBatch.flatMap((event) =>
      event.type === '@xstate.snapshot' && 'value' in event.snapshot ? [event.snapshot.value] : [],
    )
    const submitted = { Submitted: { Delivery: expect.any(String), Evidence: 'Watching' } }
    expect(values).toContainEqual(submitted)
    expect(values.at(-1)).toBe('Finalized')
    const events = ofBatch.flatMap((event) => (event.type === '@xstate.event' ? [event.event.type] : []))
    expect(events).toEqual(expect.arrayContaining(['transaction.signed', 'block.observed']))
    for (const event of received) {
      expect(event).toMatchObject({
        sessionId: expect.any(String),
        rootId: expect.any(String),
        createdAt: expect.stringMatching(/^\d+$/),
      })
      expect(event._version).toMatch(/^0\.7\./)
    }
  })
})

it('a viewer of a gateway that stops receives the final states and the end of the stream', async () => {
  const another = await temporaryFolder()
  const watched = await startTestService({ chain, dataDir: another.path })
  const answer = await fetch(`${watched.url}/inspector/stream`)
  const viewing = view(answer.body)
  await welcomed(viewing)
  await watched.stop()
  const events: string[] = []
  const states: (string | undefined)[] = []
  for (let event = await viewing.next(); event !== null; event = await viewing.next()) {
    events.push(event.event)
    if (event.event !== 'messages') continue
    for (const message of event.data) if ('states' in message) states.push(message.states.at(-1))
  }
  expect(events.at(-1)).toBe('dropped')
  expect(states).toContain('gateway.Stopped')
  await another.remove()
})
