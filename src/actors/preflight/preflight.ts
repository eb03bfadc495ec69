/**
 * Pre-flight: simulates an operation before it is admitted. One `eth_call` covers all operations of a few milliseconds.
 */
import DataLoader from 'dataloader'
import type { FutureNonces } from '../../domain/config.ts'
import { RefusedError } from '../../domain/errors.ts'
import type { Operation, OperationId } from '../../domain/operation.ts'
import type { Address, DurationMs, Hex } from '../../domain/primitives.ts'
import type { Eip712Domain } from '../../evm/eip712Domain.ts'
import type { SimulatedCall, SimulatedResult } from '../../evm/simulator.ts'
import type { SignerVerification } from '../../registry/definition.ts'
import type { ChainClient } from '../../rpc/chainClient.ts'
import type { RequestStore } from '../../store/port.ts'
import type { RegistryVersion } from '../registryVersion.ts'
import { callDataOf } from '../simulation/draftCalls.ts'
import type { Simulate } from '../simulation/simulationMethods.ts'
import { hedge, type Pin } from './hedge.ts'
import { simulateGroup } from './simulateGroup.ts'
import { agentsIn, isSignedByOneOf } from './verifyAgents.ts'

export interface PreflightOptions {
  /** Gives the client for one check of an operation. All reads of a check use one endpoint. */
  readonly pin: Pin
  /** Longest time of a check. */
  readonly longest: DurationMs
  readonly simulatorAt: (client: ChainClient) => Simulate
  readonly store: Pick<RequestStore, 'envelopes'>
  readonly version: Pick<RegistryVersion, 'current' | 'refresh'>
  /** The EIP-712 domain of the registry. It is known as soon as operations are admitted. */
  readonly domain: () => Eip712Domain
  readonly futureNonces: FutureNonces
  /** Ids of a lane's admitted operations before a nonce, in order. @throws UnavailableError while the lanes are not known */
  readonly predecessors: (
    leaf: string,
    nonce: number,
  ) => readonly OperationId[] | Promise<readonly OperationId[]>
}

/** The result of a passed pre-flight. */
export interface PreflightReport {
  /** The lane's next nonce on chain; null for an operation without a lane. */
  readonly chainNonce: number | null
}

/** Largest distance of a nonce from the chain nonce. Specification, `pre_flight_checks`. */
const MAX_AHEAD = 100n

/** How long the first operation of a group waits for more operations. */
const GATHER_MS: DurationMs = 3

/** Calls per group. At half a million gas each, a group stays under a node's gas limit for one `eth_call`. */
const MAX_GATHERED = 40

/**
 * Makes the pre-flight check.
 * @returns a function that resolves for an admissible operation. The function throws a RefusedError with the decoded
 *   reason when the operation would revert or the nonce is too far ahead. The function throws an UnavailableError
 *   (`chain_unavailable`) when no endpoint gives a usable answer, or the error of `predecessors`.
 */
export function createPreflight(options: PreflightOptions) {
  const checks = new WeakMap<ChainClient, ReturnType<typeof createCheck>>()
  const checkThrough = (client: ChainClient) => {
    const check = checks.get(client) ?? createCheck(client, options)
    checks.set(client, check)
    return check
  }

  return (operation: Operation, signer: Address | null): Promise<PreflightReport> =>
    hedge(options.pin, options.longest, async (client) => {
      const check = () => checkThrough(client)(operation, signer)
      try {
        return await check()
      } catch (error) {
        // The contract lacks the function: it may have been upgraded.
        const isMissing = error instanceof RefusedError && error.code === 'method_not_available'
        if (isMissing && (await options.version.refresh(client))) return check()
        throw error
      }
    })
}

/** The check through one endpoint. The calls of the check are gathered with the other calls to the endpoint. */
function createCheck(client: ChainClient, options: PreflightOptions) {
  const { store, domain, predecessors } = options
  const isQueued = options.futureNonces === 'queue'
  const simulate = options.simulatorAt(client)
  const gathered = new DataLoader<SimulatedCall, Promise<SimulatedResult>>(
    async (calls) => simulateGroup(simulate, calls),
    { cache: false, maxBatchSize: MAX_GATHERED, batchScheduleFn: (run) => setTimeout(run, GATHER_MS) },
  )
  /** A call without revert data ran out of gas, maybe because of other calls of its group. It is simulated again alone. */
  const isolated = async (callData: Hex): Promise<SimulatedResult> => {
    const call = { target: options.version.current.address, callData, isolated: true }
    const result = await gathered.load(call)
    if (result.success || result.returnData !== '0x') return result
    const [alone] = simulateGroup(simulate, [call])
    return alone ?? result
  }

  return check

  async function check(operation: Operation, signer: Address | null): Promise<PreflightReport> {
    const registry = options.version.current
    const definition = registry.kindOf(operation)
    const callData = definition.callData(operation)
    const lane = definition.lane(operation)
    if (lane === null) {
      const result = await isolated(callData)
      if (!result.success) throw registry.toRefusal(result.returnData)
      return { chainNonce: null }
    }
    const [counter, alone] = await Promise.all([isolated(registry.counter(lane.leaf)), isolated(callData)])
    const chainNonce = counter.success ? BigInt(counter.returnData) : 0n
    if (isQueued && lane.nonce > chainNonce + MAX_AHEAD) {
      const message = `nonce ${lane.nonce} is more than ${MAX_AHEAD} ahead of the account's next nonce ${chainNonce}`
      throw new RefusedError('mismatched_signature_nonce', message)
    }
    const nonce = Number(lane.nonce)
    const report = { chainNonce: Number(chainNonce) }
    if (alone.success) return report
    if (nonce <= chainNonce || !isQueued) throw registry.toRefusal(alone.returnData)
    const { verification } = definition
    const questions = verification.type === 'byAgents' ? verification.agents(operation) : []
    const [result, ...answers] = await afterPredecessors(lane.leaf, nonce, [callData, ...questions])
    if (result === undefined) throw new Error('the simulator returned no result')
    if (result.success) return report
    const early = registry.earlyError(result.returnData)
    if (early === null) throw registry.toRefusal(result.returnData)
    if (verification.type === 'byAgents' && early === 'nonce') {
      await verify(operation, signer, verification, agentsIn(answers))
    }
    return report
  }

  /** @throws RefusedError, as the registry would revert, when no agent accepts the signature */
  async function verify(
    operation: Operation,
    signer: Address | null,
    { reverts }: Extract<SignerVerification, { type: 'byAgents' }>,
    agents: readonly Address[],
  ): Promise<void> {
    const registry = options.version.current
    const definition = registry.kindOf(operation)
    const [digest, signature] = [definition.digest(operation, domain()), definition.signature(operation)]
    if (agents.length === 0) throw registry.toRefusal(reverts.noAgent)
    const isSigned =
      digest !== null &&
      signer !== null &&
      signature !== null &&
      (await isSignedByOneOf(agents, { digest, signature, signer, registry: registry.address }, client))
    if (!isSigned) throw registry.toRefusal(reverts.notSigned)
  }

  /**
   * Makes calls after the admitted predecessors of a lane: a predecessor may insert the signer or change the leaf.
   * @returns the results of the calls, in order
   */
  async function afterPredecessors(
    leaf: string,
    nonce: number,
    calls: readonly Hex[],
  ): Promise<readonly SimulatedResult[]> {
    const envelopes = await store.envelopes(await predecessors(leaf, nonce))
    const registry = options.version.current
    const before = envelopes.map((envelope) => callDataOf(registry, envelope))
    const results = await simulate(
      [...before, ...calls].map((data) => ({ target: registry.address, callData: data, isolated: false })),
    )
    return results.slice(before.length)
  }
}
