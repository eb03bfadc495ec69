/** Checks of the wallet: its key is opened, and signs nothing. */
import { formatEther } from 'viem'
import { openSigner } from '../actors/signing/openSigner.ts'
import { readBalance, readNonce } from '../actors/signing/quantities.ts'
import type { GatewayConfig } from '../domain/config.ts'
import type { Address, DurationMs, Wei } from '../domain/primitives.ts'
import { runwayOf } from '../policy/runway.ts'
import type { ChainClient } from '../rpc/chainClient.ts'
import { type Check, fail, ok, warn } from './check.ts'
import { reasonOf } from './reason.ts'

type Config = Pick<GatewayConfig, 'walletPrivateKey' | 'awsKmsKeyId' | 'transactions'>

const HOUR: DurationMs = 3_600_000
/** An operator needs about this time to send money. */
const SHORT_RUNWAY: DurationMs = 24 * HOUR

/**
 * @param client null if the chain does not answer
 * @param spent in the last spending period; null if it is not known
 */
export async function checkWallet(
  config: Config,
  client: ChainClient | null,
  spent: Wei | null,
): Promise<Check> {
  try {
    const { address } = await openSigner(config)
    if (client === null) return warn('wallet', address, 'its balance is not known: the chain does not answer')
    return await checkBalance(address, client, config, spent)
  } catch (error) {
    return fail(
      'wallet',
      reasonOf(error),
      'check WALLET_PRIVATE_KEY or AWS_KMS_KEY_ID, and that the chain answers',
    )
  }
}

async function checkBalance(
  address: Address,
  client: ChainClient,
  { transactions }: Config,
  spent: Wei | null,
): Promise<Check> {
  const [balance, nonce] = await Promise.all([
    readBalance(client, address, null),
    readNonce(client, address, null),
  ])
  const runway = spent === null ? null : runwayOf(String(balance), spent)
  const lasting =
    runway === null
      ? ''
      : `, enough for ${(runway.duration / HOUR).toFixed(1)} hours at the rate of the last hour`
  const found = `${address} with ${formatEther(balance)} ETH, next nonce ${nonce}${lasting}`
  const least = BigInt(transactions.minBalance)
  if (balance < least || balance === 0n) {
    const wanted =
      least === 0n ? 'send ETH to the wallet' : `send ETH: below MIN_BALANCE_ETH ${formatEther(least)}`
    return fail('wallet', found, `${wanted}; without it the gateway sends nothing`)
  }
  if (runway !== null && runway.duration < SHORT_RUNWAY)
    return warn('wallet', found, 'send ETH to the wallet soon')
  return ok('wallet', found)
}
