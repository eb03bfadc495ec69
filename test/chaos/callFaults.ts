/** The effect of each fault on a single call of the gateway to its node. */
import { setTimeout as delay } from 'node:timers/promises'
import { type Hex, keccak256 } from 'viem'
import { type Branch, onBranch } from './branch.ts'
import type { CallFault } from './faults.ts'
import {
  laggingNonce,
  stillIndexing,
  tooHeavy,
  withoutBlock,
  withoutFeeHistory,
  withoutLogs,
} from './indexFaults.ts'
import { lagging } from './lag.ts'
import { feeCap, gasCap, l1Fee, refusing, sizeCap } from './refusals.ts'
import { errorReply, type Node, type Reply, type RpcCall, resultReply } from './rpc.ts'

interface Circumstances {
  /** The strength: milliseconds of a delay, or blocks behind the head. */
  readonly strength: number
  /** The last orphaned branch, while some nodes have not followed the reorg. */
  readonly branch: Branch | null
}

interface CallFaultEntry {
  /** The methods that the fault can hit; null for every method. */
  readonly methods: readonly string[] | null
  /** @returns null when the fault does not apply: the call passes */
  readonly strike: (call: RpcCall, node: Node, circumstances: Circumstances) => Promise<Reply | null>
}

const hangUp: Reply = { type: 'hangUp' }

export const CALL_FAULTS: Readonly<Record<CallFault, CallFaultEntry>> = {
  delay: {
    methods: null,
    async strike(call, node, { strength }) {
      const reply = await node.pass(call)
      await delay(strength)
      return reply
    },
  },
  drop: { methods: null, strike: async () => hangUp },
  loseAnswer: {
    methods: null,
    async strike(call, node) {
      await node.pass(call)
      return hangUp
    },
  },
  silence: {
    methods: null,
    async strike(call, node) {
      await node.pass(call)
      return { type: 'silence' }
    },
  },
  duplicate: {
    methods: null,
    async strike(call, node) {
      await node.pass(call)
      return node.pass(call)
    },
  },
  tooManyRequests: {
    methods: null,
    strike: async () => ({ type: 'answer', status: 429, body: 'Too Many Requests' }),
  },
  unavailable: {
    methods: null,
    strike: async () => ({ type: 'answer', status: 503, body: '<html>Service Unavailable</html>' }),
  },
  limitExceeded: {
    methods: null,
    strike: async (call) => errorReply(call, -32005, 'limit exceeded'),
  },
  staleHead: { methods: null, strike: (call, node, { strength }) => lagging(call, node, strength) },
  oldBranch: {
    methods: null,
    strike: async (call, node, { branch }) => (branch === null ? null : onBranch(call, node, branch)),
  },
  nullReceipt: {
    methods: ['eth_getTransactionReceipt'],
    async strike(call, node) {
      const found = await node.ask(call.method, call.params)
      return found === null ? null : resultReply(call, null)
    },
  },
  underpriced: {
    methods: ['eth_sendRawTransaction'],
    strike: async (call) => errorReply(call, -32000, 'transaction underpriced'),
  },
  forget: {
    methods: ['eth_sendRawTransaction'],
    strike: async (call) => resultReply(call, keccak256(call.params[0] as Hex)),
  },
  feeCap: refusing(feeCap),
  gasCap: refusing(gasCap),
  sizeCap: refusing(sizeCap),
  fullPool: refusing(() => 'txpool is full'),
  accountLimit: refusing(() => 'account limit exceeded: pooled 16 txs'),
  l1Fee: refusing(l1Fee),
  strangeRefusal: refusing(() => 'rule 7 of this endpoint forbids the transaction'),
  swallow: {
    methods: ['eth_sendRawTransaction'],
    strike: async (call) => resultReply(call, keccak256(call.params[0] as Hex)),
  },
  slowEndpoint: {
    methods: null,
    async strike(call, node, { strength }) {
      const reply = await node.pass(call)
      await delay(strength)
      return reply
    },
  },
  hangingEndpoint: { methods: null, strike: async () => ({ type: 'silence' }) },
  laggingNonce: { methods: ['eth_getTransactionCount'], strike: laggingNonce },
  heavyCalls: { methods: ['eth_call'], strike: tooHeavy },
  noFeeHistory: { methods: ['eth_feeHistory'], strike: withoutFeeHistory },
  missingLogs: { methods: ['eth_getTransactionReceipt', 'eth_getLogs'], strike: withoutLogs },
  blockUnknown: { methods: ['eth_getTransactionReceipt'], strike: withoutBlock },
  indexing: { methods: ['eth_getTransactionReceipt', 'eth_getTransactionByHash'], strike: stillIndexing },
}

export function canBefall(fault: CallFault, method: string): boolean {
  return CALL_FAULTS[fault].methods?.includes(method) ?? true
}
