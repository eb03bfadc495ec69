/** `GET /health`, `/chain`, `/wallet` and `/metrics`: the state of the gateway, for operators. */
import type { OpsBatcherHandle } from '../../domain/handle.ts'
import { jsonResponse, problemResponses, textResponse } from '../document.ts'
import { json } from '../reply.ts'
import type { Route } from '../route.ts'
import { chain, health, wallet } from '../schemas.ts'
import { chainToWire, healthToWire, walletToWire } from '../wire.ts'

/** Source of metrics as Prometheus text. A prom-client `Registry` fits. */
export interface MetricsSource {
  readonly contentType: string
  metrics(): Promise<string>
}

/** @param version version of the gateway. During a rollout, an operator sees the version in the answer. */
export function healthView(gateway: Pick<OpsBatcherHandle, 'health'>, version: string): Route {
  return {
    method: 'get',
    path: '/health',
    isRoutine: true,
    docs: {
      operationId: 'getHealth',
      summary: 'Whether the gateway admits operations and can send them',
      tags: ['Gateway'],
      responses: {
        200: jsonResponse('The gateway is healthy.', health),
        503: jsonResponse('The gateway is not healthy. The part with `ok: false` is the cause.', health),
        ...problemResponses(),
      },
    },
    async answer() {
      const current = await gateway.health()
      return json(current.ok ? 200 : 503, healthToWire(current, version))
    },
  }
}

export function chainView(gateway: Pick<OpsBatcherHandle, 'chain'>): Route {
  return {
    method: 'get',
    path: '/chain',
    isOperatorView: true,
    docs: {
      operationId: 'getChain',
      summary: 'The head of the chain, its fees and the RPC endpoints',
      tags: ['Gateway'],
      responses: {
        200: jsonResponse('Head, fees and endpoints.', chain),
        ...problemResponses('operator_token_required'),
      },
    },
    answer: () => json(200, chainToWire(gateway.chain())),
  }
}

export function walletView(gateway: Pick<OpsBatcherHandle, 'wallet' | 'runway'>): Route {
  return {
    method: 'get',
    path: '/wallet',
    isOperatorView: true,
    docs: {
      operationId: 'getWallet',
      summary: 'The wallet that signs the transactions',
      tags: ['Gateway'],
      responses: {
        200: jsonResponse('Balance, runway, next nonce and transactions in flight.', wallet),
        ...problemResponses('operator_token_required', 'store_unavailable'),
      },
    },
    answer: async () => json(200, walletToWire(gateway.wallet(), await gateway.runway())),
  }
}

export function metricsText(source: MetricsSource): Route {
  return {
    method: 'get',
    path: '/metrics',
    isRoutine: true,
    docs: {
      operationId: 'getMetrics',
      summary: 'Metrics for Prometheus',
      tags: ['Gateway'],
      responses: { 200: textResponse('Prometheus text.'), ...problemResponses() },
    },
    answer: async () => ({ status: 200, contentType: source.contentType, body: await source.metrics() }),
  }
}
