/**
 * A small gateway and its chain, for behaviour that a real gateway does not show on demand: no room, a refusal, a
 * failure, or an operation without settlement. The gateway checks the rules of the registry with a model and speaks the
 * reference API.
 */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decodeFunctionData, toHex } from 'viem'
import type { Address, Hex } from '../../src/domain/primitives.ts'
import { registryFunctions } from '../../src/registry/worldId/abi.ts'
import type { WorldIdOperation } from '../../src/registry/worldId/operations.ts'
import { registryDomain } from '../../src/registry/worldId/typedData.ts'
import { worldIdV1 } from '../../src/registry/worldId/worldId.ts'
import { RegistryModel } from './registryModel.ts'

const CHAIN_ID = 31_337
const REGISTRY = '0x2222222222222222222222222222222222222222'
const TX_HASH: Hex = `0x${'ab'.repeat(32)}`

/** The gateway's decision on one submission. After `busy` or `refuse`, the submission is decided again. */
export type Verdict = 'finalize' | 'fail' | 'refuse' | 'busy' | 'forget'

export interface ModelGateway {
  readonly url: string
  /** Accepted operations in order. */
  readonly taken: readonly WorldIdOperation[]
  /** Maximum number of concurrent requests so far. */
  readonly peak: () => number
  close(): Promise<void>
}

/** @param judge decides on each submission */
export async function startModelGateway(
  judge: (operation: WorldIdOperation) => Verdict,
): Promise<ModelGateway> {
  const model = new RegistryModel(registryDomain(CHAIN_ID, REGISTRY))
  const taken: WorldIdOperation[] = []
  const verdicts = new Map<string, Verdict>()
  const asked = new Map<string, number>()
  let inside = 0
  let peak = 0

  function submit(operation: WorldIdOperation): Answer {
    const verdict = judge(operation)
    if (verdict === 'busy') return [503, { code: 'batcher_unavailable', message: 'no room' }]
    if (verdict === 'refuse') return [400, { code: 'bad_request', message: 'refused for the test' }]
    if (verdict === 'finalize') model.apply(operation)
    const id = `gw_${taken.push(operation)}`
    verdicts.set(id, verdict)
    return [200, { request_id: id, kind: operation.kind, status: { state: 'queued' } }]
  }

  /** An operation is queued at the first request, submitted at the second, and settled at the third. */
  function status(id: string): Answer {
    const times = (asked.get(id) ?? 0) + 1
    asked.set(id, times)
    const verdict = verdicts.get(id)
    if (times === 1 || verdict === 'forget') return [200, { status: { state: 'queued' } }]
    if (times === 2) return [200, { status: { state: 'submitted', tx_hash: TX_HASH } }]
    if (verdict === 'finalize') return [200, { status: { state: 'finalized', tx_hash: TX_HASH } }]
    return [200, { status: { state: 'failed', error: 'reverted', error_code: 'transaction_reverted' } }]
  }

  const server = createServer(async (request, response) => {
    inside += 1
    peak = Math.max(peak, inside)
    const body = await readJson(request)
    const [code, answer] = route(request.url ?? '', body)
    response.writeHead(code, { 'Content-Type': 'application/json', 'Retry-After': '0' })
    response.end(JSON.stringify(answer))
    inside -= 1
  })

  /** Every operation is in a batch of its own, and costs as many wei as its place in the order. */
  function costOf(id: string): object {
    return { request_id: id, cost: { total: id.slice('gw_'.length) } }
  }

  function route(path: string, body: unknown): Answer {
    const [, view, id = ''] = path.split('/')
    if (view === 'operations') return [200, { ...costOf(id), batch: { id } }]
    if (view === 'batches') return [200, { operations: [costOf(id)] }]
    if (path === '/chain') return [200, { chain_id: CHAIN_ID, registry_address: REGISTRY }]
    if (path.startsWith('/status/')) return status(path.slice('/status/'.length))
    if (Array.isArray(body)) return [200, body.map((call: RpcCall) => answerCall(call, model))]
    const route = worldIdV1.routes.find((each) => each.path === path)
    return route === undefined
      ? [200, answerCall(body as RpcCall, model)]
      : submit(worldIdV1.kindOf(route).request.parse(body) as WorldIdOperation)
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    taken,
    peak: () => peak,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

type Answer = readonly [status: number, body: unknown]

interface RpcCall {
  readonly id: number
  readonly method: string
  readonly params: readonly [{ readonly data: Hex }]
}

function answerCall({ id, method, params }: RpcCall, model: RegistryModel): object {
  if (method === 'eth_chainId') return { jsonrpc: '2.0', id, result: toHex(CHAIN_ID) }
  const { args } = decodeFunctionData({ abi: registryFunctions, data: params[0].data })
  const [authenticator] = args as readonly [Address]
  const result = toHex(model.leafOf(authenticator.toLowerCase() as Address), { size: 32 })
  return { jsonrpc: '2.0', id, result }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text === '' ? null : JSON.parse(text)
}
