/**
 * What nodes and providers answer when they refuse a transaction, as data. JSON-RPC has no codes for these answers, and codes
 * collide between clients: the message decides.
 */
import type { RefusalClass } from '../domain/refusal.ts'

/** A class with a pattern. `unknown` means that no pattern matches. */
export type KnownClass = Exclude<RefusalClass, 'unknown'>

export interface RefusalRow {
  readonly client: string
  readonly class: KnownClass
  /**
   * Words of the message, compared without regard to case. Several words match inside a message. A single word matches the whole
   * message, or the part before the first comma, because such words also occur inside other messages.
   */
  readonly pattern: string
  /** Where the client defines the message. */
  readonly source: string
}

const SOURCES = {
  geth: 'go-ethereum: core/txpool, core/error.go, internal/ethapi',
  Bor: 'bor: core/txpool',
  reth: 'reth: crates/rpc/rpc-eth-types, crates/transaction-pool',
  Erigon: 'erigon: txnprovider/txpool/txpoolcfg, rpc/jsonrpc',
  'Nethermind to 2025': 'nethermind: Nethermind.TxPool/AcceptTxResult.cs',
  Nethermind: 'nethermind: Nethermind.TxPool/AcceptTxResult.cs, 2026',
  Besu: 'besu: ethereum/api/jsonrpc/internal/response/RpcErrorType.java',
  Nitro: 'nitro: execution/gethexec, arbos; go-ethereum of Offchain Labs',
  anvil: 'foundry: crates/anvil/src/eth/error.rs',
  zkSync: 'zksync-era: core/lib/web3_decl, core/node/api_server',
  Sei: 'sei-chain: evmrpc',
  Celo: 'celo-blockchain: core/txpool',
  others: 'public issues of pools and providers',
  providers: 'documentation of Alchemy, Infura, QuickNode and others',
} as const

type Client = keyof typeof SOURCES

function rows(client: Client, kind: KnownClass, ...patterns: readonly string[]): readonly RefusalRow[] {
  return patterns.map((pattern) => ({ client, class: kind, pattern, source: SOURCES[client] }))
}

/** In any order: the classes are tried in the order of `REFUSAL_CLASSES`. */
export const REFUSAL_TABLE: readonly RefusalRow[] = [
  // known
  ...rows('geth', 'known', 'already known'),
  ...rows('Erigon', 'known', 'existing txn with same hash', 'existing tx with same hash'),
  ...rows('Nethermind to 2025', 'known', 'AlreadyKnown', 'OwnNonceAlreadyUsed'),
  ...rows('Besu', 'known', 'known transaction'),
  ...rows('anvil', 'known', 'transaction already imported'),
  ...rows('Sei', 'known', 'tx already exists in cache'),
  ...rows('others', 'known', 'already in the mempool', 'transaction already in pool'),

  // replacement
  ...rows('geth', 'replacement', 'replacement transaction underpriced'),
  ...rows('Erigon', 'replacement', 'could not replace existing tx'),
  ...rows('Nethermind to 2025', 'replacement', 'ReplacementNotAllowed'),

  // nonceTooLow
  ...rows('geth', 'nonceTooLow', 'nonce too low'),
  ...rows('Nethermind to 2025', 'nonceTooLow', 'OldNonce'),
  ...rows('Nitro', 'nonceTooLow', 'invalid transaction nonce'),

  // nodeFeeCap
  ...rows('geth', 'nodeFeeCap', 'exceeds the configured cap'),
  ...rows('Besu', 'nodeFeeCap', 'transaction fee cap exceeded'),

  // tooLarge
  ...rows('geth', 'tooLarge', 'oversized data', 'exceeds block gas limit', 'transaction gas limit too high'),
  ...rows('reth', 'tooLarge', 'exceeds max transaction gas limit', 'gas limit too high'),
  ...rows('reth', 'tooLarge', 'intrinsic gas too high'),
  ...rows('Erigon', 'tooLarge', 'RLPTooLong', 'gas limit is too high'),
  ...rows('Nethermind to 2025', 'tooLarge', 'GasLimitExceeded', 'MaxTxSizeExceeded'),
  ...rows('Nethermind', 'tooLarge', 'gas limit reached', 'transaction too large'),
  ...rows('anvil', 'tooLarge', 'gas limit is greater than the block gas limit'),

  // gasTooLow
  ...rows('geth', 'gasTooLow', 'intrinsic gas too low', 'insufficient gas for floor data gas cost'),
  ...rows('Erigon', 'gasTooLow', 'IntrinsicGas'),
  ...rows('Besu', 'gasTooLow', 'intrinsic gas exceeds gas limit'),

  // funds
  ...rows('geth', 'funds', 'insufficient funds'),
  ...rows('Nethermind to 2025', 'funds', 'InsufficientFunds'),
  ...rows('Besu', 'funds', 'upfront cost exceeds account balance'),
  ...rows('Nitro', 'funds', 'not enough funds for gas'),

  // accountLimit
  ...rows('geth', 'accountLimit', 'in-flight transaction limit reached for delegated accounts'),
  ...rows('geth', 'accountLimit', 'gapped-nonce tx from delegated accounts', 'account limit exceeded'),
  ...rows('geth', 'accountLimit', 'address already reserved', 'authority already reserved'),
  ...rows('Erigon', 'accountLimit', 'spammer', 'account has too many transactions in the pool'),
  ...rows('Nethermind to 2025', 'accountLimit', 'NotCurrentNonceForDelegation', 'DelegatorHasPendingTx'),
  ...rows('Nethermind', 'accountLimit', 'delegation nonce gap'),
  ...rows('Nethermind', 'accountLimit', 'delegation authority has pending transaction'),

  // poolFull
  ...rows('geth', 'poolFull', 'txpool is full'),
  ...rows('Erigon', 'poolFull', 'sub-pool is full'),
  ...rows('Nitro', 'poolFull', 'queue full', 'sequencer pending tx pool full'),
  ...rows('Nitro', 'poolFull', 'currently not accepting transactions due to expected surplus'),

  // nonceGap
  ...rows('geth', 'nonceGap', 'nonce too high', 'future transaction tries to replace pending'),
  ...rows('Nethermind to 2025', 'nonceGap', 'NonceGap'),
  ...rows('Nethermind', 'nonceGap', 'nonce too far in future'),
  ...rows('Besu', 'nonceGap', 'nonce is too distant from current sender nonce'),
  ...rows('Besu', 'nonceGap', 'invalid transaction with a lower nonce exists'),

  // feeBelowBlock
  ...rows('geth', 'feeBelowBlock', 'max fee per gas less than block base fee'),
  ...rows('Besu', 'feeBelowBlock', 'gas price below current base fee'),
  ...rows('Besu', 'feeBelowBlock', 'max fee per gas below current base fee'),

  // underpriced
  ...rows('geth', 'underpriced', 'transaction underpriced'),
  ...rows('Bor', 'underpriced', 'transaction gas price below minimum'),
  ...rows('reth', 'underpriced', 'priority fee below minimum required priority fee'),
  ...rows('Erigon', 'underpriced', 'underpriced', 'fee too low'),
  ...rows('Nethermind to 2025', 'underpriced', 'FeeTooLow', 'FeeTooLowToCompete'),
  ...rows('Besu', 'underpriced', 'gas price below configured minimum gas price'),
  ...rows('Nitro', 'underpriced', 'gas price too low'),
  ...rows('Celo', 'underpriced', 'gasprice is less than gas price minimum floor'),

  // config
  ...rows('geth', 'config', 'invalid sender', 'invalid chain id for signer'),
  ...rows('geth', 'config', 'transaction type not supported'),
  ...rows('geth', 'config', 'only replay-protected (EIP-155) transactions allowed over RPC'),
  ...rows('Besu', 'config', 'sender account not authorized to send transactions', 'invalid signature'),
  ...rows('Besu', 'config', 'wrong chainId', 'plugin has marked the transaction as invalid'),
  ...rows('Nitro', 'config', 'publishing transactions not supported by this endpoint'),
  ...rows('Nitro', 'config', 'transaction sender is not on the whitelist'),

  // rateLimited
  ...rows('providers', 'rateLimited', 'rate limit', 'rate limited', 'too many requests'),
  ...rows('providers', 'rateLimited', 'daily request count exceeded', 'request limit reached'),
  ...rows('providers', 'rateLimited', 'payment required', 'over rate limit'),

  // transport
  ...rows('geth', 'transport', 'transaction indexing is in progress', 'header not found', 'block not found'),
  ...rows('geth', 'transport', 'could not be found', 'missing trie node', 'historical state'),
  ...rows('geth', 'transport', 'pruned history unavailable'),
  ...rows('reth', 'transport', 'unknown block', 'resource not found'),
  ...rows('Nethermind', 'transport', 'node is syncing'),
  ...rows('Besu', 'transport', 'initial sync is still in progress', 'world state unavailable'),
  ...rows('Nitro', 'transport', 'sequencer temporarily not available', 'context deadline exceeded'),
  ...rows('Nitro', 'transport', 'sequencer internal error'),
  ...rows('Nitro', 'transport', 'failed to publish transaction to any of the forwarding targets'),
  ...rows('anvil', 'transport', 'BlockOutOfRangeError: block height is'),
  ...rows('zkSync', 'transport', 'insertion of another transaction with the same nonce is in progress'),
  ...rows('providers', 'transport', 'internal error', 'backend request failed'),
]

/** JSON-RPC codes and HTTP status codes that decide if no pattern matches the message. */
export const CODE_CLASSES: Readonly<Record<number, KnownClass>> = {
  401: 'transport',
  402: 'rateLimited',
  403: 'transport',
  404: 'transport',
  408: 'transport',
  429: 'rateLimited',
  [-32005]: 'rateLimited',
  [-32029]: 'rateLimited',
}

export interface LimitRow {
  readonly classes: readonly KnownClass[]
  /** The first group is the limit. A second group is its unit. */
  readonly pattern: RegExp
}

/** Where messages name the limit. The first match of the class wins. */
export const LIMIT_TABLE: readonly LimitRow[] = [
  { classes: ['nodeFeeCap'], pattern: /configured cap \(([\d.]+) (ether|wei)\)/i },
  { classes: ['tooLarge'], pattern: /\b(?:cap|limit):? (\d+)/i },
  { classes: ['gasTooLow'], pattern: /minimum needed (\d+)/i },
  { classes: ['underpriced', 'feeBelowBlock'], pattern: /minimum needed (\d+)/i },
  { classes: ['underpriced'], pattern: /minimum required priority fee (\d+)/i },
  { classes: ['underpriced'], pattern: /use at least tx\.gasPrice = (\d+)/i },
  { classes: ['feeBelowBlock'], pattern: /base ?fee: (\d+)/i },
]
