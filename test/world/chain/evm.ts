/** Executes transactions and calls: Multicall3, the simulator of the state override, the registry, and transfers. */
import { decodeFunctionData, encodeFunctionResult } from 'viem'
import { Simulator } from '../../../contracts/artifacts/Simulator.ts'
import type { Address, Gas, Hex } from '../../../src/domain/primitives.ts'
import { multicallAbi } from '../../../src/evm/multicall.ts'
import { burntGas } from './agents.ts'
import { callGas, floorGas, intrinsicGas, MULTICALL_CALL_GAS, MULTICALL_GAS, REFUSED_GAS } from './gas.ts'
import { callRegistry, type RegistryContext, type RegistryLog } from './registry.ts'
import { type RegistryCall, readRegistryCall } from './registryCall.ts'
import type { RegistryState } from './registryState.ts'
import { Reverted } from './reverted.ts'

interface Contracts {
  readonly registry: Address
  readonly multicall: Address
}

/** The context of a call. */
export interface EvmContext extends RegistryContext, Contracts {}

/** The context of every transaction of a block. */
export type BlockContext = Omit<EvmContext, 'isPaid'>

/** A call in a trace. */
export interface TracedCall {
  readonly target: Address
  readonly data: Hex
  /** The gas that the call may use. */
  readonly gas: Gas
  readonly gasUsed: Gas
  /** Null for a successful call. */
  readonly error: 'execution reverted' | 'out of gas' | null
  readonly output: Hex
}

export interface Execution {
  readonly state: RegistryState
  readonly isSuccess: boolean
  readonly gasUsed: Gas
  readonly logs: readonly RegistryLog[]
  /** The inner calls of the transaction's target; only the transaction's call when the registry is the target. */
  readonly calls: readonly TracedCall[]
}

/** The registry within one transaction: written slots stay warm. */
class Frame {
  state: RegistryState
  readonly logs: RegistryLog[] = []
  readonly calls: TracedCall[] = []
  #isFirst = true
  readonly #context: EvmContext

  constructor(state: RegistryState, context: EvmContext) {
    this.state = state
    this.#context = context
  }

  /** Executes a call with an amount of gas. */
  call(target: Address, data: Hex, gas: Gas): TracedCall {
    const traced = this.#run(target, data, gas)
    this.calls.push(traced)
    return traced
  }

  #run(target: Address, data: Hex, gas: Gas): TracedCall {
    if (target.toLowerCase() !== this.#context.registry.toLowerCase()) {
      return { target, data, gas, gasUsed: 0, error: null, output: '0x' }
    }
    const call = readRegistryCall(data)
    const needed = call === null ? REFUSED_GAS : callGas(this.state, call, this.#isFirst)
    const refusal = REFUSED_GAS + burntGas(this.state, call, gas, this.#context)
    const outOfGas = { target, data, gas, gasUsed: gas, error: 'out of gas', output: '0x' } as const
    try {
      const { state, logs, returned } = callRegistry(this.state, call, this.#context)
      if (needed > gas) return outOfGas
      if (logs.length > 0) this.#isFirst = false
      this.state = state
      this.logs.push(...logs)
      return { target, data, gas, gasUsed: needed, error: null, output: returned }
    } catch (error) {
      if (!(error instanceof Reverted)) throw error
      if (refusal > gas) return outOfGas
      return { target, data, gas, gasUsed: refusal, error: 'execution reverted', output: error.data }
    }
  }
}

export interface Message {
  readonly to: Address
  readonly data: Hex
  readonly gas: Gas
}

/** Executes a transaction. Its gas must cover the intrinsic cost. */
export function execute(state: RegistryState, { to, data, gas }: Message, block: BlockContext): Execution {
  const context = { ...block, isPaid: true }
  const frame = new Frame(state, context)
  const intrinsic = intrinsicGas(data)
  const { isSuccess, spent } = run(frame, { to, data, gas: gas - intrinsic }, context)
  const gasUsed = Math.max(intrinsic + spent, Math.min(gas, floorGas(data)))
  return isSuccess
    ? { state: frame.state, isSuccess, gasUsed, logs: frame.logs, calls: frame.calls }
    : { state, isSuccess, gasUsed, logs: [], calls: frame.calls }
}

function run(
  frame: Frame,
  { to, data, gas }: Message,
  { multicall, registry }: EvmContext,
): { readonly isSuccess: boolean; readonly spent: Gas } {
  if (to.toLowerCase() === registry.toLowerCase()) {
    const { error, gasUsed } = frame.call(to, data, gas)
    return { isSuccess: error === null, spent: gasUsed }
  }
  if (to.toLowerCase() !== multicall.toLowerCase()) return { isSuccess: true, spent: 0 }
  let left = gas - MULTICALL_GAS
  for (const call of readAggregate(data)) {
    left -= MULTICALL_CALL_GAS
    if (left < 0) return { isSuccess: false, spent: gas }
    // A call gets at most 63/64 of the remaining gas. EIP-150.
    const { error, gasUsed } = frame.call(call.target, call.callData, Math.floor((left * 63) / 64))
    left -= gasUsed
    if (error !== null && !call.allowFailure) return { isSuccess: false, spent: gas - left }
  }
  return { isSuccess: true, spent: gas - left }
}

interface AggregatedCall {
  readonly target: Address
  readonly allowFailure: boolean
  readonly callData: Hex
}

const aggregates = new Map<Hex, readonly AggregatedCall[]>()

/** The calls of an `aggregate3`, stored because a reorg causes a second execution. */
function readAggregate(data: Hex): readonly AggregatedCall[] {
  const before = aggregates.get(data)
  if (before !== undefined) return before
  if (aggregates.size > 500) aggregates.clear()
  const { args } = decodeFunctionData({ abi: multicallAbi, data })
  aggregates.set(data, args[0])
  return args[0]
}

/** The gas limit of a node's `eth_call`. */
const MOST_CALL_GAS = 50_000_000
/** Gas for each call of the simulator. Source: EIP-7825. */
const MOST_SIMULATED_GAS = 2 ** 24

/** A call above the gas limit of the node. */
export class OutOfGas extends Error {}

/**
 * The result of `eth_call` with the code of the simulator.
 * @throws OutOfGas when the calls together exceed the limit
 */
export function simulate(state: RegistryState, data: Hex, context: EvmContext): Hex {
  const { args } = decodeFunctionData({ abi: Simulator.abi, data })
  const [calls] = args as readonly [
    readonly { readonly target: Address; readonly isolated: boolean; readonly data: Hex }[],
  ]
  const shared = new Frame(state, context)
  let left = MOST_CALL_GAS - MULTICALL_GAS
  const outcomes = calls.map(({ target, isolated, data: callData }) => {
    const frame = isolated ? new Frame(shared.state, context) : shared
    const given = Math.min(MOST_SIMULATED_GAS, Math.floor((left * 63) / 64))
    const { error, gasUsed, output } = frame.call(target, callData, given)
    left -= gasUsed + MULTICALL_CALL_GAS
    if (left < 0) throw new OutOfGas('out of gas')
    return { success: error === null, gasUsed: BigInt(gasUsed), returnData: output }
  })
  return encodeFunctionResult({ abi: Simulator.abi, functionName: 'run', result: outcomes })
}

/** The result of `eth_call` of the registry. @throws Reverted */
export function view(state: RegistryState, data: Hex, context: EvmContext): Hex {
  return callRegistry(state, readRegistryCall(data), context).returned
}

/** The keys of the effects of a transaction (`effectOf`). */
export function effectsOf(calls: readonly TracedCall[]): readonly string[] {
  return calls.flatMap(({ error, data }) => (error === null ? effectsOfCall(readRegistryCall(data)) : []))
}

function effectsOfCall(call: RegistryCall | null): readonly string[] {
  switch (call?.name) {
    case 'createAccount':
      return [creationEffect(call.args[1], call.args[3])]
    case 'createManyAccounts':
      return call.args[1].map((addresses, index) => creationEffect(addresses, call.args[3][index] ?? 0n))
    case 'insertAuthenticator':
    case 'recoverAccount':
    case 'updateAuthenticator':
    case 'removeAuthenticator':
      return [signatureOf(call)]
    default:
      return []
  }
}

/** The key of a create: its authenticators and its leaf. */
export function creationEffect(addresses: readonly Hex[], commitment: bigint): string {
  return `${addresses.map((address) => address.toLowerCase()).join(',')}:${commitment.toString(16)}`
}

type SignedCall = Exclude<
  Extract<RegistryCall, { args: readonly unknown[] }>,
  { name: 'createAccount' | 'createManyAccounts' }
>

/** The key of a change: its signature, which covers the nonce. */
function signatureOf({ args }: SignedCall): string {
  return String(args.at(-2)).toLowerCase()
}
