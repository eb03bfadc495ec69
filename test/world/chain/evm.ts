/** Runs transactions and calls: Multicall3, the simulator that an override puts in its place, the registry, and transfers. */
import { decodeFunctionData, encodeFunctionResult } from 'viem'
import { Simulator } from '../../../contracts/artifacts/Simulator.ts'
import type { Address, Gas, Hex } from '../../../src/domain/primitives.ts'
import { multicallAbi } from '../../../src/evm/multicall.ts'
import { callGas, floorGas, intrinsicGas, MULTICALL_CALL_GAS, MULTICALL_GAS, REFUSED_GAS } from './gas.ts'
import { callRegistry, type RegistryContext, type RegistryLog } from './registry.ts'
import { type RegistryCall, readRegistryCall } from './registryCall.ts'
import type { RegistryState } from './registryState.ts'
import { Reverted } from './reverted.ts'

interface Contracts {
  readonly registry: Address
  readonly multicall: Address
}

export interface EvmContext extends RegistryContext, Contracts {}

/** A call as a trace shows it. */
export interface TracedCall {
  readonly target: Address
  readonly data: Hex
  readonly gasUsed: Gas
  /** Null for one that succeeded. */
  readonly error: 'execution reverted' | 'out of gas' | null
  readonly output: Hex
}

export interface Execution {
  readonly state: RegistryState
  readonly isSuccess: boolean
  readonly gasUsed: Gas
  readonly logs: readonly RegistryLog[]
  /** What the transaction's target called; what it was itself when it is the registry. */
  readonly calls: readonly TracedCall[]
}

/** The registry within one transaction: what was written stays warm. */
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

  /** Makes a call with so much gas. */
  call(target: Address, data: Hex, gas: Gas): TracedCall {
    const traced = this.#run(target, data, gas)
    this.calls.push(traced)
    return traced
  }

  #run(target: Address, data: Hex, gas: Gas): TracedCall {
    if (target.toLowerCase() !== this.#context.registry.toLowerCase()) {
      return { target, data, gasUsed: 0, error: null, output: '0x' }
    }
    const call = readRegistryCall(data)
    const needed = call === null ? REFUSED_GAS : callGas(this.state, call, this.#isFirst)
    try {
      const { state, logs, returned } = callRegistry(this.state, call, this.#context)
      if (needed > gas) return { target, data, gasUsed: gas, error: 'out of gas', output: '0x' }
      if (logs.length > 0) this.#isFirst = false
      this.state = state
      this.logs.push(...logs)
      return { target, data, gasUsed: needed, error: null, output: returned }
    } catch (error) {
      if (!(error instanceof Reverted)) throw error
      return REFUSED_GAS > gas
        ? { target, data, gasUsed: gas, error: 'out of gas', output: '0x' }
        : { target, data, gasUsed: REFUSED_GAS, error: 'execution reverted', output: error.data }
    }
  }
}

export interface Message {
  readonly to: Address
  readonly data: Hex
  readonly gas: Gas
}

/** Runs a transaction. It is only asked for one whose gas covers its intrinsic cost. */
export function execute(state: RegistryState, { to, data, gas }: Message, context: EvmContext): Execution {
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
    // A call is passed on at most 63/64 of what is left. EIP-150.
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

/** The calls of an `aggregate3`, which is executed again when its block is orphaned. */
function readAggregate(data: Hex): readonly AggregatedCall[] {
  const before = aggregates.get(data)
  if (before !== undefined) return before
  if (aggregates.size > 500) aggregates.clear()
  const { args } = decodeFunctionData({ abi: multicallAbi, data })
  aggregates.set(data, args[0])
  return args[0]
}

/** The gas that a call of a node may take. */
const MOST_CALL_GAS = 50_000_000
/** What the simulator gives each call. EIP-7825. */
const MOST_SIMULATED_GAS = 2 ** 24

/** A call that is more than a node runs. */
export class OutOfGas extends Error {}

/**
 * What `eth_call` of the simulator's code returns.
 * @throws OutOfGas when the calls are too much together
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

/** What `eth_call` of the registry returns. @throws Reverted */
export function view(state: RegistryState, data: Hex, context: EvmContext): Hex {
  return callRegistry(state, readRegistryCall(data), context).returned
}

/** The operations that a transaction has carried out, as what they are told by (`effectOf`). */
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

/** A creation is told by its authenticators and its leaf. */
export function creationEffect(addresses: readonly Hex[], commitment: bigint): string {
  return `${addresses.map((address) => address.toLowerCase()).join(',')}:${commitment.toString(16)}`
}

type SignedCall = Exclude<
  Extract<RegistryCall, { args: readonly unknown[] }>,
  { name: 'createAccount' | 'createManyAccounts' }
>

/** A change of an account is told by its signature, which is of one nonce. */
function signatureOf({ args }: SignedCall): string {
  return String(args.at(-2)).toLowerCase()
}
