/**
 * The faults by name. All faults have an honest cause in nodes, networks, disks and machines. A stale answer is an older
 * true answer. A node states no falsehood about a canonical block, except what real nodes do while they fill their index:
 * the logs of a receipt, or its block hash, are missing for a while.
 */

interface FaultEntry {
  /** A spell has a duration and hits a share of the calls. Every other fault happens once. */
  readonly lasts: boolean
  readonly meaning: string
}

const FAULTS = {
  delay: { lasts: true, meaning: 'the answer to a call is late' },
  drop: { lasts: true, meaning: 'the connection breaks before the node has seen the call' },
  loseAnswer: { lasts: true, meaning: 'the connection breaks when the node has done it' },
  silence: { lasts: true, meaning: 'the node does it and never answers: the caller times out' },
  duplicate: { lasts: true, meaning: 'the node gets a call twice, and the second answer comes back' },
  tooManyRequests: { lasts: true, meaning: 'HTTP 429' },
  unavailable: { lasts: true, meaning: 'HTTP 503' },
  limitExceeded: { lasts: true, meaning: 'the JSON-RPC error -32005' },
  staleHead: { lasts: true, meaning: 'a node answers by what it saw some seconds ago, on whatever branch' },
  nullReceipt: { lasts: true, meaning: 'a receipt that is there is not found' },
  underpriced: { lasts: true, meaning: 'a pool with a higher floor refuses a transaction' },
  forget: { lasts: true, meaning: 'the node takes a transaction and forgets it; others may have it' },
  drought: { lasts: true, meaning: "builders pass the wallet's transactions by" },
  crowd: { lasts: true, meaning: 'blocks are full: the base fee rises, and room is for who tips' },
  outdated: {
    lasts: true,
    meaning: 'builders know transactions that were replaced, and not what came after',
  },
  feeCap: { lasts: true, meaning: 'a pool refuses a transaction that may pay more than a cap' },
  gasCap: { lasts: true, meaning: 'a pool refuses a gas limit above a cap' },
  sizeCap: { lasts: true, meaning: 'a pool refuses a transaction of more bytes than a limit' },
  fullPool: { lasts: true, meaning: 'a pool has no room' },
  accountLimit: { lasts: true, meaning: 'a pool takes only a few transactions of an account' },
  l1Fee: { lasts: true, meaning: 'a pool also requires an L1 data fee, which the balance does not cover' },
  strangeRefusal: { lasts: true, meaning: 'a pool refuses a transaction in words that nobody knows' },
  swallow: { lasts: true, meaning: 'a node acknowledges a transaction, and keeps and forwards nothing' },
  slowEndpoint: { lasts: true, meaning: 'an endpoint answers every call later than half a block' },
  hangingEndpoint: { lasts: true, meaning: 'an endpoint takes every call and never answers' },
  laggingNonce: { lasts: true, meaning: 'a node behind a load balancer knows an older transaction count' },
  heavyCalls: { lasts: true, meaning: 'an eth_call above a size gets no answer' },
  noFeeHistory: { lasts: true, meaning: 'the fee history is missing or null' },
  missingLogs: { lasts: true, meaning: 'the logs of some transactions are not indexed yet' },
  blockUnknown: { lasts: true, meaning: 'the receipts of some transactions have no block hash yet' },
  indexing: { lasts: true, meaning: 'a node is still indexing some transactions, and says so' },
  diskFull: { lasts: true, meaning: 'the store refuses commits' },
  slowDisk: { lasts: true, meaning: 'commits are slow' },
  stall: { lasts: false, meaning: 'no blocks for a while' },
  burst: { lasts: false, meaning: 'several blocks at once' },
  reorg: { lasts: false, meaning: 'blocks are replaced by others, at once' },
  rollback: { lasts: false, meaning: 'blocks are taken back, and the chain goes on from there' },
  poolDrop: { lasts: false, meaning: 'everything that waits of the wallet leaves the pool' },
  intrusion: { lasts: false, meaning: "somebody else sends with the wallet's key" },
  frontRun: { lasts: false, meaning: 'a stranger lands an operation that was submitted' },
  crash: { lasts: false, meaning: 'the gateway dies at the next effect of a kind' },
  stop: { lasts: false, meaning: 'the gateway is told to stop, and is started again' },
} as const satisfies Readonly<Record<string, FaultEntry>>

type FaultName = keyof typeof FAULTS

type FaultThat<Lasts extends boolean> = {
  [F in FaultName]: (typeof FAULTS)[F]['lasts'] extends Lasts ? F : never
}[FaultName]

export type SpellFault = FaultThat<true>

/** Faults of a pool that refuses a transaction. */
export type RefusalFault = Extract<
  SpellFault,
  'underpriced' | 'feeCap' | 'gasCap' | 'sizeCap' | 'fullPool' | 'accountLimit' | 'l1Fee' | 'strangeRefusal'
>

/** Faults of an answer that lacks something. */
export type AnswerFault = Extract<SpellFault, 'noFeeHistory' | 'missingLogs' | 'blockUnknown' | 'indexing'>

export type HappeningFault = FaultThat<false>
