/** `GET /health`, `/chain`, `/wallet` and `/metrics`: how the gateway is. */
import type { OpsBatcherHandle } from '../../domain/handle.ts'
import { jsonResponse, problemResponses, textResponse } from '../document.ts'
import type { Endpoint } from '../endpoint.ts'
import { json } from '../reply.ts'
import { chain, health, wallet } from '../schemas.ts'
import { chainToWire, healthToWire, walletToWire } from '../wire.ts'

/** Prometheus text; a prom-client `Registry` is one. */
export interface MetricsSource {
  readonly contentType: string
  metrics(): Promise<string>
}

/** @param version is told with the health, so that a rollout can be watched */
export function gatewayHealth(gateway: Pick<OpsBatcherHandle, 'health'>, version: string): Endpoint {
  return {
    method: 'get',
    path: '/health',
    docs: {
      summary: 'Whether new operations are taken and can land',
      tags: ['Gateway'],
      responses: {
        200: jsonResponse('It is well.', health),
        503: jsonResponse('It is not, and says which part.', health),
        ...problemResponses(),
      },
    },
    async answer() {
      const found = await gateway.health()
      return json(found.ok ? 200 : 503, healthToWire(found, version))
    },
  }
}

export function chainView(gateway: Pick<OpsBatcherHandle, 'chain'>): Endpoint {
  return {
    method: 'get',
    path: '/chain',
    docs: {
      summary: 'The chain as it is followed',
      tags: ['Gateway'],
      responses: { 200: jsonResponse('Its head and fees.', chain), ...problemResponses() },
    },
    answer: () => json(200, chainToWire(gateway.chain())),
  }
}

export function walletView(gateway: Pick<OpsBatcherHandle, 'wallet'>): Endpoint {
  return {
    method: 'get',
    path: '/wallet',
    docs: {
      summary: 'The wallet that sends the transactions',
      tags: ['Gateway'],
      responses: { 200: jsonResponse('Its balance, nonce and transactions.', wallet), ...problemResponses() },
    },
    answer: () => json(200, walletToWire(gateway.wallet())),
  }
}

export function metricsText(source: MetricsSource): Endpoint {
  return {
    method: 'get',
    path: '/metrics',
    docs: {
      summary: 'Metrics for Prometheus',
      tags: ['Gateway'],
      responses: { 200: textResponse('Prometheus text.'), ...problemResponses() },
    },
    answer: async () => ({ status: 200, contentType: source.contentType, body: await source.metrics() }),
  }
}
