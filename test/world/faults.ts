/**
 * The faults by name. All faults have an honest cause in nodes, networks, disks and machines: a node never states a
 * falsehood about a canonical block, and a stale answer is an older true answer.
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
export type HappeningFault = FaultThat<false>
