/** Accounts created on the chain without the gateway, and the signatures of their owners. */
import type { TransactionReceipt } from 'viem'
import type { Address, Hex, UintHex } from '../../src/domain/primitives.ts'
import { changeAccount, createAccount, type LiveAccount } from '../../src/load/account.ts'
import type { Key } from '../../src/load/key.ts'
import type { ChangeKind } from '../../src/load/plan.ts'
import type { Random } from '../../src/load/random.ts'
import { foldCreates } from '../../src/registry/worldId/fold.ts'
import { operationKinds } from '../../src/registry/worldId/kinds.ts'
import { registryLog } from '../../src/registry/worldId/logs.ts'
import type {
  AccountOperation,
  OperationOf,
  SignedOperation,
  WorldIdOperation,
} from '../../src/registry/worldId/operations.ts'
import { type RegistryDomain, registryDomain } from '../../src/registry/worldId/typedData.ts'
import type { TestChain } from './chain.ts'
import { eventually } from './eventually.ts'

/** The sender of foreign transactions: the second default account of anvil. The node signs for it. */
export const STRANGER: Address = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8'

/** More gas than any single call in the tests needs. */
const CALL_GAS = 1_000_000n
/** Wei. More than any base fee in the tests. */
const DEAREST_BASE_FEE = 10_000_000_000_000n
/** Most accounts created in one transaction. */
const ACCOUNTS_PER_TRANSACTION = 100

export function domainOf({ chainId, registryAddress }: TestChain): RegistryDomain {
  return registryDomain(chainId, registryAddress)
}

interface Seeds {
  readonly count: number
  readonly authenticators: number
  readonly random: Random
  /** The recovery agent of an account, from the address of its recovery key; the key itself by default. */
  readonly agentOf?: (recoveryKey: Address) => Promise<Address>
}

/** Creates accounts. The chain must be mining. */
export async function seedAccounts(
  chain: TestChain,
  { count, authenticators, random, agentOf = async (key) => key }: Seeds,
): Promise<readonly LiveAccount[]> {
  const creations: ReturnType<typeof createAccount>[] = []
  // In turn: one account may deploy all agents, and the node chooses the nonces.
  while (creations.length < count) {
    const { account, operation } = createAccount(authenticators, random)
    const recoveryAddress = await agentOf(operation.recoveryAddress)
    creations.push({ account, operation: { ...operation, recoveryAddress } })
  }
  const accounts: LiveAccount[] = []
  for (let start = 0; start < count; start += ACCOUNTS_PER_TRANSACTION) {
    const some = creations.slice(start, start + ACCOUNTS_PER_TRANSACTION)
    const receipt = await mined(
      chain,
      await sendAsStranger(chain, foldCreates(some.map(({ operation }) => operation)), { gas: 16_000_000n }),
    )
    const leaves = createdLeaves(receipt)
    for (const [index, { account }] of some.entries()) {
      accounts.push({ ...account, leafIndex: leaves[index] ?? '0x0' })
    }
  }
  return accounts
}

const [accountCreated] = registryLog('AccountCreated')({
  leafIndex: null,
  recoveryAddress: null,
  authenticatorAddresses: [],
  authenticatorPubkeys: [],
  offchainSignerCommitment: '0x0',
}).topics

/** The leaf indices of the accounts created in a transaction, in order. */
function createdLeaves({ logs }: TransactionReceipt): readonly UintHex[] {
  return logs.flatMap(({ topics: [event, leaf] }): UintHex[] =>
    event === accountCreated && leaf !== undefined ? [`0x${BigInt(leaf).toString(16)}`] : [],
  )
}

/**
 * Sends calldata to the registry in a foreign transaction.
 * @param tip gwei; blocks order their transactions by tip
 * @returns the hash of the transaction, without waiting for a block
 */
export function sendAsStranger(
  { client, registryAddress }: TestChain,
  data: Hex,
  { gas = CALL_GAS, tip = 2n }: { gas?: bigint; tip?: bigint } = {},
): Promise<Hex> {
  const maxPriorityFeePerGas = tip * 1_000_000_000n
  return client.sendTransaction({
    account: STRANGER,
    to: registryAddress,
    data,
    gas,
    maxPriorityFeePerGas,
    maxFeePerGas: maxPriorityFeePerGas + DEAREST_BASE_FEE,
  })
}

export function callDataOf(operation: WorldIdOperation): Hex {
  return operationKinds[operation.kind].callData(operation)
}

/** Waits until a transaction is included. @throws Error when the transaction reverted */
export async function mined({ client }: Pick<TestChain, 'client'>, hash: Hex): Promise<TransactionReceipt> {
  const receiptOf = () => client.getTransactionReceipt({ hash }).catch(() => null)
  const receipt = await eventually(`${hash} to be mined`, receiptOf, (found) => found !== null)
  if (receipt?.status !== 'success') throw new Error(`${hash} reverted`)
  return receipt
}

/** The operation with other fields and a new signature. */
export function signedBy<O extends SignedOperation>(
  key: Key,
  operation: O,
  domain: RegistryDomain,
  changes: Partial<Omit<O, 'kind' | 'signature'>> = {},
): O {
  const unsigned = { ...operation, ...changes }
  const digest = operationKinds[operation.kind].digest(unsigned, domain)
  if (digest === null) throw new TypeError(`${operation.kind} has nothing to sign`)
  return { ...unsigned, signature: key.sign(digest) }
}

interface Signing {
  readonly domain: RegistryDomain
  readonly random: Random
}

/** Changes of the authenticators of an account. */
export type AuthenticatorChange = Exclude<ChangeKind, 'update_recovery_agent'>

/** The next operation of an account, and the account after the operation. */
export function nextChange<K extends AuthenticatorChange>(account: LiveAccount, kind: K, signing: Signing) {
  const { operation, account: changed } = changeAccount(account, kind, signing)
  if (!isOfKind(operation, kind)) throw new TypeError(`asked for ${kind}, got ${operation.kind}`)
  return { operation, account: changed }
}

function isOfKind<K extends AuthenticatorChange>(
  operation: WorldIdOperation,
  kind: K,
): operation is OperationOf<K> {
  return operation.kind === kind
}

/** Successive operations of an account, each signed for the state after the operation before. */
export function changes(
  start: LiveAccount,
  kinds: readonly ChangeKind[],
  signing: Signing,
): readonly AccountOperation[] {
  let account = start
  return kinds.map((kind) => {
    const step = changeAccount(account, kind, signing)
    account = step.account
    if ('newOffchainSignerCommitment' in step.operation) return step.operation
    throw new TypeError(`${kind} does not change the authenticators`)
  })
}
