/** What one RPC endpoint can do, by calls that the gateway makes. Nothing is signed or sent. */
import { type Hash, type Hex, numberToHex, zeroAddress } from 'viem'
import { traceTransaction } from '../actors/outcome/reverts.ts'
import { readFeeHistory } from '../actors/signing/marketFees.ts'
import { quantity } from '../actors/signing/quantities.ts'
import { simulateByMulticall, simulateByOverride } from '../actors/simulation/simulationMethods.ts'
import type { GatewayConfig } from '../domain/config.ts'
import type { DurationMs, Gas } from '../domain/primitives.ts'
import type { ChainClient } from '../rpc/chainClient.ts'
import { type Check, fail, ok, warn } from './check.ts'
import { reasonOf } from './reason.ts'

type Config = Pick<GatewayConfig, 'chain' | 'transactions' | 'batching'>

/**
 * @param name of the endpoint, the first word of each check
 * @param clock a monotonic clock in milliseconds
 */
export async function checkCapabilities(
  client: ChainClient,
  name: string,
  config: Config,
  clock: () => DurationMs,
): Promise<readonly Check[]> {
  const { multicallAddress } = config.chain
  const { finality, preconfirmations, priorityFeePercentile } = config.transactions
  /** Makes one call. The check says how long it took. */
  const attempt = async (what: string, call: () => Promise<string>, refused: (reason: string) => Check) => {
    const start = clock()
    try {
      return ok(`${name} ${what}`, `${await call()} (${Math.round(clock() - start)} ms)`)
    } catch (error) {
      return refused(reasonOf(error))
    }
  }
  const needsTag = (tag: 'safe' | 'finalized') => async () => {
    const { number } = await client.getBlock({ blockTag: tag })
    return `block ${number}`
  }
  const withoutTag = (tag: 'safe' | 'finalized') => (reason: string) =>
    finality === tag
      ? fail(
          `${name} tag ${tag}`,
          reason,
          `FINALITY=${tag} needs it; use another endpoint, or FINALITY=depth:N`,
        )
      : warn(
          `${name} tag ${tag}`,
          reason,
          `operations are never shown as ${tag}; use an endpoint with tags if you need that`,
        )

  // One after the other: each duration is that of one call.
  const checks: Check[] = []
  checks.push(
    await attempt(
      'block hash',
      async () => {
        const { hash } = await client.getBlock({ blockTag: 'latest' })
        await simulateByMulticall(client, multicallAddress)([], hash)
        return 'states are read by block hash (EIP-1898)'
      },
      (reason) =>
        fail(
          `${name} block hash`,
          reason,
          'verdicts need calls by block hash (EIP-1898); use another endpoint',
        ),
    ),
    await attempt(
      'overrides',
      async () => {
        await simulateByOverride(client, multicallAddress)([])
        return 'calls with state overrides'
      },
      (reason) =>
        warn(
          `${name} overrides`,
          reason,
          'gas is measured less exactly without state overrides; prefer an endpoint with them',
        ),
    ),
    await attempt(
      'fee history',
      async () => {
        await readFeeHistory(client, priorityFeePercentile)
        return 'tips of recent blocks'
      },
      (reason) =>
        warn(
          `${name} fee history`,
          reason,
          'the tip is the suggestion of the node; prefer an endpoint with eth_feeHistory',
        ),
    ),
    await attempt(
      'traces',
      () => readTrace(client),
      (reason) =>
        warn(
          `${name} traces`,
          reason,
          'an operation that runs out of gas cannot be named without debug_traceTransaction; prefer an endpoint with it',
        ),
    ),
    await attempt(
      'pending block',
      async () => {
        const { number, transactions } = await client.getBlock({ blockTag: 'pending' })
        return `block ${number ?? 'without a number'}, ${transactions.length} transactions`
      },
      (reason) =>
        preconfirmations === 'on'
          ? fail(
              `${name} pending block`,
              reason,
              'PRECONFIRMATIONS=on needs it; use another endpoint, or PRECONFIRMATIONS=auto',
            )
          : warn(
              `${name} pending block`,
              reason,
              'operations are never shown as preconfirmed; use an endpoint with a pending block if you need that',
            ),
    ),
    await attempt('tag safe', needsTag('safe'), withoutTag('safe')),
    await attempt('tag finalized', needsTag('finalized'), withoutTag('finalized')),
    await checkGasCap(client, name, config, attempt),
  )
  return checks
}

type Attempt = (
  what: string,
  call: () => Promise<string>,
  refused: (reason: string) => Check,
) => Promise<Check>

/** A simulation runs all calls of a transaction in one `eth_call`. */
async function checkGasCap(
  client: ChainClient,
  name: string,
  { batching }: Config,
  attempt: Attempt,
): Promise<Check> {
  const { maxTransactionGas } = batching.adaptive
  let cap: Gas = 0
  const check = await attempt(
    'gas of eth_call',
    async () => {
      cap = await readGasCap(client)
      return `${cap.toLocaleString('en')} gas for one call`
    },
    (reason) =>
      warn(`${name} gas of eth_call`, reason, 'the limit is not known; compare it with MAX_TRANSACTION_GAS'),
  )
  if (check.verdict !== 'ok' || cap >= maxTransactionGas) return check
  return warn(
    check.name,
    check.found,
    `a batch may use ${maxTransactionGas.toLocaleString('en')} gas; raise the limit of the node, or lower MAX_TRANSACTION_GAS to ${cap}`,
  )
}

/** Init code that returns the gas that is left at its first instruction: GAS, MSTORE, RETURN. */
const RETURN_GAS: Hex = '0x5a60005260206000f3'
/** More gas than any node gives to a call: nodes lower it to their limit, or refuse it. */
const MORE_THAN_ANY: Gas = 100_000_000_000

/** The gas that the node gives to a call that asks for more than the limit; if it refuses that, to a call that asks for nothing. */
async function readGasCap(client: ChainClient): Promise<Gas> {
  const read = async (gas?: Hex) =>
    Number(
      quantity(
        'eth_call',
        await client.request({
          method: 'eth_call',
          params: [{ from: zeroAddress, data: RETURN_GAS, ...(gas !== undefined && { gas }) }, 'latest'],
        }),
      ),
    )
  return read(numberToHex(MORE_THAN_ANY)).catch(() => read())
}

/** Blocks that are searched for a transaction. */
const SEARCHED_BLOCKS = 20n

async function readTrace(client: ChainClient): Promise<string> {
  const hash = await findTransaction(client)
  if (hash === null) return `not tried: the last ${SEARCHED_BLOCKS} blocks have no transaction`
  if ((await traceTransaction(client, hash)) === null) throw new Error('the node gives no trace')
  return 'call traces of transactions'
}

async function findTransaction(client: ChainClient): Promise<Hash | null> {
  const head = await client.getBlockNumber({ cacheTime: 0 })
  for (let number = head; number >= 0n && number > head - SEARCHED_BLOCKS; number -= 1n) {
    const { transactions } = await client.getBlock({ blockNumber: number })
    const [hash] = transactions
    if (hash !== undefined) return hash
  }
  return null
}
