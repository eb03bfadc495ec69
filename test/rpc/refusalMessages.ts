/** One message for each wording of the known clients, as a node sends it. */
import type { RefusalClass } from '../../src/domain/refusal.ts'

export interface RefusalMessage {
  readonly client: string
  readonly message: string
  readonly code: number
  readonly class: RefusalClass
}

function of(client: string, kind: RefusalClass, messages: readonly string[], code = -32000) {
  return messages.map((message): RefusalMessage => ({ client, message, code, class: kind }))
}

export const MESSAGES: readonly RefusalMessage[] = [
  ...of('geth', 'known', ['already known']),
  ...of('geth', 'nonceTooLow', ['nonce too low: next nonce 7, tx nonce 5']),
  ...of('geth', 'replacement', ['replacement transaction underpriced']),
  ...of('geth', 'underpriced', [
    'transaction underpriced',
    'transaction underpriced: gas tip cap 1, minimum needed 2',
    'transaction gas price below minimum: gas tip cap 1, minimum needed 2',
  ]),
  ...of('geth', 'feeBelowBlock', ['max fee per gas less than block base fee: address 0x1, maxFeePerGas: 1']),
  ...of('geth', 'nodeFeeCap', ['tx fee (1.10 ether) exceeds the configured cap (1.00 ether)']),
  ...of('geth', 'funds', [
    'insufficient funds for gas * price + value: balance 1, tx cost 2, overshot 1',
    'insufficient funds for gas * price + value: balance 1, queued cost 2, tx cost 2, overshot 3',
  ]),
  ...of('geth', 'tooLarge', [
    'oversized data: transaction size 140000, limit 131072',
    'exceeds block gas limit',
    'transaction gas limit too high (cap: 16777216, tx: 20000000)',
  ]),
  ...of('geth', 'gasTooLow', [
    'intrinsic gas too low: gas 20000, minimum needed 21000',
    'insufficient gas for floor data gas cost: gas 21000, minimum needed 40000',
  ]),
  ...of('geth', 'poolFull', ['txpool is full']),
  ...of('geth', 'accountLimit', [
    'in-flight transaction limit reached for delegated accounts',
    'gapped-nonce tx from delegated accounts',
    'account limit exceeded: pooled 1 txs',
    'address already reserved',
    'authority already reserved',
  ]),
  ...of('geth', 'nonceGap', [
    'nonce too high',
    'nonce too high: tx nonce 9, gapped nonce 7',
    'future transaction tries to replace pending',
  ]),
  ...of('geth', 'config', [
    'invalid sender',
    'invalid chain id for signer: have 1 want 2',
    'transaction type not supported',
    'only replay-protected (EIP-155) transactions allowed over RPC',
  ]),

  ...of('reth', 'known', ['already known']),
  ...of('reth', 'replacement', ['replacement transaction underpriced']),
  ...of('reth', 'underpriced', ['transaction underpriced']),
  ...of('reth', 'underpriced', ['transaction priority fee below minimum required priority fee 7'], -32003),
  ...of('reth', 'nonceTooLow', ['nonce too low: next nonce 7, tx nonce 5']),
  ...of('reth', 'feeBelowBlock', ['max fee per gas less than block base fee']),
  ...of('reth', 'nodeFeeCap', ['tx fee (1100 wei) exceeds the configured cap (1000 wei)']),
  ...of('reth', 'funds', ['insufficient funds for gas * price + value: have 1 want 2'], -32003),
  ...of('reth', 'tooLarge', [
    'exceeds block gas limit',
    'exceeds max transaction gas limit',
    'gas limit too high',
    'intrinsic gas too high',
    'oversized data: transaction size 140000, limit 131072',
  ]),
  ...of('reth', 'poolFull', ['txpool is full'], -32003),
  ...of('reth', 'accountLimit', ['address already reserved']),

  ...of('Erigon', 'known', [
    'already known',
    'block already known',
    'existing txn with same hash',
    'existing tx with same hash',
    'INTERNAL_ERROR: existing tx with same hash',
  ]),
  ...of('Erigon', 'replacement', [
    'replacement transaction underpriced',
    'could not replace existing tx',
    'INTERNAL_ERROR: could not replace existing tx',
  ]),
  ...of('Erigon', 'underpriced', ['underpriced', 'fee too low', 'transaction gas price below minimum']),
  ...of('Erigon', 'nonceTooLow', ['nonce too low']),
  ...of('Erigon', 'funds', ['insufficient funds']),
  ...of('Erigon', 'tooLarge', ['oversized data', 'RLPTooLong', 'gas limit is too high']),
  ...of('Erigon', 'gasTooLow', ['IntrinsicGas']),
  ...of('Erigon', 'poolFull', [
    'pending sub-pool is full',
    'baseFee sub-pool is full',
    'queued sub-pool is full',
  ]),
  ...of('Erigon', 'accountLimit', ['spammer', 'account has too many transactions in the pool']),

  ...of('Nethermind to 2025', 'known', ['AlreadyKnown', 'OwnNonceAlreadyUsed'], -32010),
  ...of('Nethermind to 2025', 'nonceTooLow', ['OldNonce, Current nonce: 7, nonce of rejected tx: 5'], -32010),
  ...of('Nethermind to 2025', 'replacement', ['ReplacementNotAllowed'], -32010),
  ...of(
    'Nethermind to 2025',
    'underpriced',
    ['FeeTooLow, MaxFeePerGas too low. MaxFeePerGas: 1', 'FeeTooLowToCompete'],
    -32010,
  ),
  ...of('Nethermind to 2025', 'funds', ['InsufficientFunds, Account balance: 1, cumulative cost: 2'], -32010),
  ...of(
    'Nethermind to 2025',
    'tooLarge',
    ['GasLimitExceeded, Gas limit: 1, gas limit of rejected tx: 2', 'MaxTxSizeExceeded'],
    -32010,
  ),
  ...of('Nethermind to 2025', 'nonceGap', ['NonceGap, Future nonce. Expected nonce: 7'], -32010),
  ...of(
    'Nethermind to 2025',
    'accountLimit',
    ['NotCurrentNonceForDelegation', 'DelegatorHasPendingTx'],
    -32010,
  ),
  ...of('Nethermind', 'known', ['already known']),
  ...of('Nethermind', 'nonceTooLow', ['nonce too low']),
  ...of('Nethermind', 'underpriced', ['transaction underpriced']),
  ...of('Nethermind', 'replacement', ['replacement transaction underpriced']),
  ...of('Nethermind', 'funds', ['insufficient funds for gas * price + value']),
  ...of('Nethermind', 'nonceGap', ['nonce too high', 'nonce too far in future']),
  ...of('Nethermind', 'tooLarge', ['gas limit reached', 'transaction too large']),
  ...of('Nethermind', 'accountLimit', [
    'delegation nonce gap',
    'delegation authority has pending transaction',
  ]),
  ...of('Nethermind', 'transport', ['node is syncing']),

  ...of('Besu', 'known', ['Known transaction']),
  ...of('Besu', 'replacement', ['Replacement transaction underpriced']),
  ...of('Besu', 'nonceTooLow', ['Nonce too low'], -32001),
  ...of('Besu', 'underpriced', ['Gas price below configured minimum gas price']),
  ...of(
    'Besu',
    'feeBelowBlock',
    ['Gas price below current base fee', 'Max fee per gas below current base fee'],
    -32009,
  ),
  ...of('Besu', 'nodeFeeCap', ['Transaction fee cap exceeded']),
  ...of('Besu', 'funds', ['Upfront cost exceeds account balance'], -32004),
  ...of('Besu', 'gasTooLow', ['Intrinsic gas exceeds gas limit'], -32003),
  ...of('Besu', 'nonceGap', ['Nonce too high'], -32006),
  ...of('Besu', 'nonceGap', [
    'Transaction nonce is too distant from current sender nonce',
    'An invalid transaction with a lower nonce exists',
  ]),
  ...of('Besu', 'tooLarge', ['Transaction gas limit exceeds block gas limit'], -32005),
  ...of('Besu', 'config', ['Sender account not authorized to send transactions'], -32007),
  ...of('Besu', 'config', ['Invalid signature'], -32002),
  ...of('Besu', 'config', ['Wrong chainId', 'Plugin has marked the transaction as invalid']),
  ...of('Besu', 'transport', ['Initial sync is still in progress'], -32008),

  ...of('Nitro', 'nonceTooLow', ['nonce too low: address 0x1, tx: 5 state: 7', 'invalid transaction nonce']),
  ...of('Nitro', 'feeBelowBlock', ['max fee per gas less than block base fee: address 0x1, maxFeePerGas: 1']),
  ...of('Nitro', 'underpriced', ['gas price too low']),
  ...of('Nitro', 'tooLarge', ['oversized data']),
  ...of('Nitro', 'gasTooLow', ['intrinsic gas too low']),
  ...of('Nitro', 'nonceGap', ['nonce too high: address 0x1, tx: 9 state: 7']),
  ...of('Nitro', 'funds', [
    'insufficient funds for gas * price + value: address 0x1 have 1 want 2',
    'not enough funds for gas',
  ]),
  ...of('Nitro', 'poolFull', [
    'queue full',
    'currently not accepting transactions due to expected surplus being below threshold',
    'sequencer pending tx pool full, please try again',
  ]),
  ...of('Nitro', 'transport', [
    'sequencer temporarily not available',
    'sequencer internal error',
    'failed to publish transaction to any of the forwarding targets',
    'context deadline exceeded',
  ]),
  ...of('Nitro', 'config', [
    'publishing transactions not supported by this endpoint',
    'transaction sender is not on the whitelist',
  ]),

  ...of('anvil', 'known', ['transaction already imported'], -32003),
  ...of('anvil', 'replacement', ['replacement transaction underpriced'], -32003),
  ...of('anvil', 'nonceTooLow', ['nonce too low'], -32003),
  ...of('anvil', 'feeBelowBlock', ['max fee per gas less than block base fee'], -32003),
  ...of('anvil', 'funds', ['Insufficient funds for gas * price + value'], -32003),
  ...of('anvil', 'tooLarge', [
    'intrinsic gas too high -- CallerGasLimitMoreThanBlock',
    'Transaction gas limit is greater than the block gas limit, gas_limit: 40000000, cap: 30000000',
  ]),

  ...of('zkSync', 'nonceTooLow', ['nonce too low. allowed nonce range: 7 - 50, actual: 5']),
  ...of('zkSync', 'known', ['known transaction. transaction with hash 0x1 is already in the system']),
  ...of('zkSync', 'nonceGap', ['nonce too high. allowed nonce range: 7 - 50, actual: 99']),
  ...of('zkSync', 'transport', ['insertion of another transaction with the same nonce is in progress']),

  ...of('Sei', 'known', ['tx already exists in cache']),
  ...of('others', 'known', ['already in the mempool', 'transaction already in pool']),
  ...of('Celo', 'underpriced', ['gasprice is less than gas price minimum floor']),
  ...of('Metis', 'underpriced', ['gas price too low: 5 wei, use at least tx.gasPrice = 7 wei']),

  ...of('Alchemy', 'rateLimited', ['Your app has exceeded its compute units per second capacity'], 429),
  ...of(
    'Infura',
    'rateLimited',
    ['project ID request rate exceeded: rate limited', 'daily request count exceeded'],
    -32005,
  ),
  ...of('QuickNode', 'rateLimited', ['15/second request limit reached'], -32007),
  ...of('providers', 'rateLimited', ['over rate limit'], -32016),
  ...of('providers', 'rateLimited', ['Too many requests'], -32029),
  ...of('Infura', 'rateLimited', ['Payment Required'], 402),
  ...of('providers', 'transport', ['Internal error', 'backend request failed'], -32603),
  ...of('geth', 'transport', [
    'transaction indexing is in progress',
    'header not found',
    'block not found: 0x7',
    'missing trie node 0x1 (path )',
    'historical state 0x1 is not available',
    'block with id 7 could not be found',
  ]),
  ...of('geth', 'transport', ['pruned history unavailable'], 4444),
  ...of('reth', 'transport', ['Unknown block'], -39001),
  ...of('reth', 'transport', ['Resource not found'], -32001),
  ...of('Besu', 'transport', ['World state unavailable']),
  ...of('anvil', 'transport', ['BlockOutOfRangeError: block height is 7 but requested was 9'], -32602),
]
