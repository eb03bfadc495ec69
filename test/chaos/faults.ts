/**
 * The faults by name. All faults have an honest cause in nodes, networks and machines. A stale answer is an older true
 * answer. A node states no falsehood about a canonical block, except what real nodes do while they fill their index: the
 * logs of a receipt, or its block hash, are missing for a while.
 */

interface FaultEntry {
  /** The target: a call of the gateway to a node, the chain, the process of the gateway, or an operation. */
  readonly scope: 'call' | 'chain' | 'process' | 'operation'
  /** Whether only the first of several endpoints has the fault. */
  readonly isOfFirst?: true
  readonly meaning: string
}

export const FAULTS = {
  delay: { scope: 'call', meaning: 'the answer is late' },
  drop: { scope: 'call', meaning: 'the connection breaks before the node has seen the call' },
  loseAnswer: { scope: 'call', meaning: 'the connection breaks when the node has done it' },
  silence: { scope: 'call', meaning: 'the node does it and never answers: the caller times out' },
  duplicate: {
    scope: 'call',
    meaning: 'the node gets it twice, and the second answer is the one that comes back',
  },
  tooManyRequests: { scope: 'call', meaning: 'HTTP 429' },
  unavailable: { scope: 'call', meaning: 'HTTP 503 without JSON' },
  limitExceeded: { scope: 'call', meaning: 'HTTP 200 with the JSON-RPC error -32005' },
  staleHead: { scope: 'call', meaning: 'answered by a node that is some blocks behind' },
  oldBranch: { scope: 'call', meaning: 'answered by a node that has not followed the last reorg yet' },
  nullReceipt: { scope: 'call', meaning: 'a receipt that is there is not found' },
  underpriced: { scope: 'call', meaning: 'a pool with a higher floor refuses the transaction' },
  forget: { scope: 'call', meaning: 'the node takes the transaction and forgets it' },
  feeCap: { scope: 'call', meaning: 'a pool refuses a transaction that may pay more than a cap' },
  gasCap: { scope: 'call', meaning: 'a pool refuses a gas limit above a cap' },
  sizeCap: { scope: 'call', meaning: 'a pool refuses a transaction of more bytes than a limit' },
  fullPool: { scope: 'call', meaning: 'a pool has no room' },
  accountLimit: { scope: 'call', meaning: 'a pool takes no further transaction of the account' },
  l1Fee: { scope: 'call', meaning: 'a pool also requires an L1 data fee, which the balance does not cover' },
  strangeRefusal: { scope: 'call', meaning: 'a pool refuses a transaction in words that nobody knows' },
  swallow: {
    scope: 'call',
    isOfFirst: true,
    meaning: 'an endpoint acknowledges every transaction, and keeps and forwards nothing',
  },
  slowEndpoint: { scope: 'call', isOfFirst: true, meaning: 'an endpoint answers every call late' },
  hangingEndpoint: {
    scope: 'call',
    isOfFirst: true,
    meaning: 'an endpoint takes every call and never answers',
  },
  laggingNonce: { scope: 'call', meaning: 'a node behind a load balancer knows an older transaction count' },
  heavyCalls: { scope: 'call', meaning: 'an eth_call above a size gets no answer' },
  noFeeHistory: { scope: 'call', meaning: 'the fee history is missing or null' },
  missingLogs: { scope: 'call', meaning: 'the logs of transactions are not indexed yet' },
  blockUnknown: { scope: 'call', meaning: 'a receipt has no block hash yet' },
  indexing: { scope: 'call', meaning: 'a node is still indexing a transaction, and says so' },
  poolDrop: { scope: 'chain', meaning: 'a pending transaction of the wallet leaves the pool' },
  spike: { scope: 'chain', meaning: 'the base fee jumps' },
  stall: { scope: 'chain', meaning: 'no blocks for a while' },
  burst: { scope: 'chain', meaning: 'several blocks at once' },
  reorg: { scope: 'chain', meaning: 'blocks are replaced, no deeper than the configured confirmations' },
  rollback: { scope: 'chain', meaning: 'blocks are taken back, no deeper than the configured confirmations' },
  revert: {
    scope: 'chain',
    meaning: 'the chain goes back to a state of before, no deeper than the configured confirmations',
  },
  deepReorg: { scope: 'chain', meaning: 'blocks are replaced, deeper than the configured confirmations' },
  intrusion: { scope: 'chain', meaning: "somebody else sends with the wallet's key" },
  frontRun: { scope: 'chain', meaning: 'a stranger lands an acknowledged operation' },
  rival: { scope: 'operation', meaning: 'a stranger lands what contradicts an acknowledged operation' },
  agent: { scope: 'operation', meaning: 'the recovery agent of an account has code, and may burn gas' },
  kill: { scope: 'process', meaning: 'SIGKILL at some moment' },
  killAtCall: { scope: 'process', meaning: 'SIGKILL when a call to the node begins or has been done' },
  terminate: { scope: 'process', meaning: 'SIGTERM' },
} as const satisfies Readonly<Record<string, FaultEntry>>

export type FaultName = keyof typeof FAULTS

type FaultOf<S extends FaultEntry['scope']> = {
  [F in FaultName]: (typeof FAULTS)[F]['scope'] extends S ? F : never
}[FaultName]

export type CallFault = FaultOf<'call'>
export type ChainFault = FaultOf<'chain'>
export type ProcessFault = FaultOf<'process'>

export const FAULT_NAMES = Object.keys(FAULTS) as readonly FaultName[]

/** The faults of a run without a choice. */
export const ALL_FAULTS: ReadonlySet<FaultName> = new Set(FAULT_NAMES)

export function isFaultName(text: string): text is FaultName {
  return Object.hasOwn(FAULTS, text)
}

/** Number of hits, by fault. */
export type FaultCounts = Partial<Record<FaultName, number>>

export function countFault(counts: FaultCounts, fault: FaultName): void {
  counts[fault] = (counts[fault] ?? 0) + 1
}
