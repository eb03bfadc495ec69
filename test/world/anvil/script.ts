/** The script for every chain: the transactions, and the compared observations. */

import { type Hex, numberToHex, type TransactionReceipt } from 'viem'
import { broadcast } from '../../../src/actors/broadcast.ts'
import { localSigner } from '../../../src/actors/signing/localSigner.ts'
import { createSimulator } from '../../../src/actors/simulation/simulator.ts'
import type { Address, Hash } from '../../../src/domain/primitives.ts'
import { bytesOf, keccak256 } from '../../../src/evm/keccak.ts'
import { encodeAggregate3 } from '../../../src/evm/multicall.ts'
import {
  changeAccount,
  createAccount,
  createIdleAccount,
  type LiveAccount,
} from '../../../src/load/account.ts'
import type { ChangeKind } from '../../../src/load/plan.ts'
import { attribute } from '../../../src/registry/attribution.ts'
import { registryFunctions } from '../../../src/registry/worldId/abi.ts'
import { foldCreates } from '../../../src/registry/worldId/fold.ts'
import { registryLog } from '../../../src/registry/worldId/logs.ts'
import type { CreateAccountOp, WorldIdOperation } from '../../../src/registry/worldId/operations.ts'
import { registryDomain } from '../../../src/registry/worldId/typedData.ts'
import { refusalClassifier } from '../../../src/rpc/refusals.ts'
import { registryAt } from '../../support/registry.ts'
import { runActor } from '../../support/runActor.ts'
import { sendersOf } from '../../support/senders.ts'
import { callDataOf } from '../callData.ts'
import { diceOf } from '../dice.ts'
import { WALLET_KEY } from '../settings.ts'
import { type Bench, WALLET } from './bench.ts'

const GWEI = 1_000_000_000
const TRANSFER_GAS = 21_000
const BATCH_GAS = 6_000_000

const signer = localSigner(WALLET_KEY)

interface Offer {
  readonly nonce: number
  readonly to?: Address
  readonly data?: Hex
  readonly gas?: number
  /** Both fees in wei. The default tip is a tenth of the cap. */
  readonly fee?: number
  readonly tip?: number
}

/** The parts of a receipt that do not depend on gas, time and the tree's hashes. */
export interface Inclusion {
  readonly status: string
  readonly from: string
  readonly to: string | null
  readonly logs: readonly { readonly topics: readonly Hex[]; readonly data: Hex }[]
}

export class Stage {
  readonly bench: Bench
  readonly #raws = new Map<Hash, Hex>()

  constructor(bench: Bench) {
    this.bench = bench
  }

  /** Signs and broadcasts a transaction of the wallet. @returns the program's class of the answer, and the hash */
  async offer({
    nonce,
    to = WALLET,
    data = '0x',
    gas = TRANSFER_GAS,
    fee = 10 * GWEI,
    tip = fee / 10,
  }: Offer) {
    const chainId = await this.bench.client.getChainId()
    const fees = { maxFeePerGas: BigInt(Math.floor(fee)), maxPriorityFeePerGas: BigInt(Math.floor(tip)) }
    const raw = await signer.signTransaction({
      type: 'eip1559',
      chainId,
      nonce,
      to,
      data,
      gas: BigInt(gas),
      ...fees,
    })
    const hash = keccak256(bytesOf(raw))
    this.#raws.set(hash, raw)
    return { hash, outcome: await this.again(hash) }
  }

  /** Broadcasts the same bytes again. */
  async again(hash: Hash): Promise<string> {
    const raw = this.#raws.get(hash)
    if (raw === undefined) throw new Error('it was never signed')
    const attempt = {
      hash,
      raw,
      nonce: 0,
      purpose: 'batch',
      plan: 0,
      batchId: '',
      gasLimit: 0,
      maxFeePerGas: 0,
      maxPriorityFeePerGas: 0,
      signedAt: 0,
      rollupFee: '0',
      refusal: null,
    } as const
    const logic = broadcast({
      endpoints: sendersOf(this.bench.client),
      classify: refusalClassifier({}),
      publish: () => {},
      now: () => 0,
    })
    const result = await runActor(logic, { attempt })
    return result.type === 'accepted' ? 'accepted' : result.refusal.class
  }

  /** Sends a batch of calls to the registry, and mines the batch. */
  async batch(nonce: number, callDatas: readonly Hex[]): Promise<Hash> {
    const { registry: target, multicall } = this.bench
    const data = encodeAggregate3(callDatas.map((callData) => ({ target, callData })))
    const { hash } = await this.offer({ nonce, to: multicall, data, gas: BATCH_GAS })
    await this.bench.mine()
    return hash
  }

  async inclusion(hash: Hash): Promise<Inclusion | null> {
    const receipt = await this.#receipt(hash)
    if (receipt === null) return null
    const { status, from, to, logs } = receipt
    return {
      status,
      from: from.toLowerCase(),
      to: to?.toLowerCase() ?? null,
      logs: logs.map(({ topics, data }) =>
        topics[0] === ROOT ? { topics: [ROOT], data: '0x' } : { topics, data },
      ),
    }
  }

  /** The operations with effects in the receipt's logs. */
  async succeeded(hash: Hash, operations: readonly WorldIdOperation[]): Promise<readonly boolean[]> {
    const receipt = await this.#receipt(hash)
    const envelopes = operations.map((operation, index) => ({ id: `${index}`, operation }))
    const told = attribute(envelopes, receipt?.logs ?? [], registryAt(this.bench.registry))
    return envelopes.map(({ id }) => told.has(id))
  }

  /** The inner calls in the transaction's trace. */
  async trace(hash: Hash) {
    const trace = (await this.bench.client.request({
      method: 'debug_traceTransaction',
      params: [hash, { tracer: 'callTracer' }],
    } as never)) as { readonly calls?: readonly { readonly error?: string; readonly output?: Hex }[] }
    return (trace.calls ?? []).map(({ error, output }) => ({
      isReverted: error !== undefined,
      output: error === undefined ? null : output,
    }))
  }

  /** The results of simulated calls in the newest block, without gas. */
  async simulate(callDatas: readonly Hex[], isolated: boolean) {
    const { client, registry: target, multicall } = this.bench
    const calls = callDatas.map((callData) => ({ target, callData, isolated }))
    return createSimulator(client, multicall)(calls)
  }

  /** The values of the views of the registry for accounts and addresses. */
  async registry(leaves: readonly bigint[], addresses: readonly Address[]) {
    const { client, registry: address } = this.bench
    const read = (
      functionName: 'getSignatureNonce' | 'getPackedAccountData',
      args: readonly [bigint] | readonly [Address],
    ) =>
      client.readContract({ address, abi: registryFunctions, functionName, args } as never) as Promise<bigint>
    return {
      next: await client.readContract({ address, abi: registryFunctions, functionName: 'getNextLeafIndex' }),
      nonces: await Promise.all(leaves.map((leaf) => read('getSignatureNonce', [leaf]))),
      data: await Promise.all(addresses.map((each) => read('getPackedAccountData', [each]))),
    }
  }

  nonce(): Promise<number> {
    return this.bench.client.getTransactionCount({ address: WALLET, blockTag: 'latest' })
  }

  async #receipt(hash: Hash): Promise<TransactionReceipt | null> {
    return this.bench.client.getTransactionReceipt({ hash }).catch((error: unknown) => {
      if (error instanceof Error && error.name === 'TransactionReceiptNotFoundError') return null
      throw error
    })
  }
}

/** The topics, time and root of the tree, differ between the chains. */
const ROOT = registryLog('RootRecorded')({ root: '0x0', timestamp: '0x0' }).topics[0]

/** The calls of the accounts in the script, in batches. */
export function castOf(bench: Bench) {
  const domain = registryDomain(31_337, bench.registry)
  const dice = (...path: readonly (string | number)[]) => diceOf(7, 'anvil', ...path)
  const creations = [1, 2, 3].map((authenticators, index) =>
    createAccount(authenticators, dice('account', index)),
  )
  const accounts = creations.map(
    ({ account }, index): LiveAccount => ({ ...account, leafIndex: numberToHex(index + 1) }),
  ) as [LiveAccount, LiveAccount, LiveAccount]
  const lone: CreateAccountOp = createIdleAccount(dice('lone'))
  const change = (account: LiveAccount, kind: ChangeKind, name: string) =>
    changeAccount(account, kind, { domain, random: dice(name) })
  return {
    creations,
    accounts,
    lone,
    change,
    fold: foldCreates(creations.map(({ operation }) => operation)),
    callDataOf,
  }
}
