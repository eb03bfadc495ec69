/**
 * Pre-flight: what the chain says of an operation before it is let in. Whatever arrives within a few milliseconds is tried
 * in one `eth_call`.
 */
import DataLoader from 'dataloader'
import { numberToHex } from 'viem'
import { GatewayError, RefusedError } from '../../domain/errors.ts'
import type { Operation, OperationId } from '../../domain/operation.ts'
import type { Address, DurationMs, Hex } from '../../domain/primitives.ts'
import type { SimulatedCall, SimulatedResult } from '../../evm/simulator.ts'
import { registryCall } from '../../registry/worldId/calls.ts'
import { toRefusal } from '../../registry/worldId/failure.ts'
import { operationKinds } from '../../registry/worldId/kinds.ts'
import { decodeRevert } from '../../registry/worldId/reverts.ts'
import { type ChainClient, chainUnavailable, isUnavailable } from '../../rpc/chainClient.ts'
import type { RequestStore } from '../../store/port.ts'
import type { Simulate } from '../simulation/simulationWays.ts'

export interface PreflightOptions {
  /** Gives the client for one operation: all that is asked for it is asked of one endpoint. */
  readonly pin: () => ChainClient
  readonly simulatorAt: (client: ChainClient) => Simulate
  readonly store: Pick<RequestStore, 'envelopes'>
  readonly registry: Address
  /** Ids of a lane's admitted operations before a nonce, in order. @throws UnavailableError when nobody knows them now */
  readonly predecessors: (leaf: string, nonce: number) => readonly OperationId[]
}

/** What pre-flight found. */
export interface PreflightReport {
  /** The lane's next nonce on chain; null for an operation without a lane. */
  readonly chainNonce: number | null
}

/** How far ahead of the chain a nonce may be. Specification, `pre_flight_checks`. */
const MOST_AHEAD = 100n

/** How long the first of a group waits for others. */
const GATHER_MS: DurationMs = 3

/** Calls of one group: half a million gas each keeps them under what a node allows for one `eth_call`. */
const MOST_GATHERED = 40

/** Errors that an operation meets only because those before it have not run, after its signer has been recognised. */
const OUT_OF_TURN: ReadonlySet<string> = new Set(['MismatchedSignatureNonce', 'LeafDoesNotExist'])

const getSignatureNonce = registryCall('getSignatureNonce')

/**
 * Makes the check.
 * @returns a function that resolves for an operation that may be let in
 * @throws RefusedError with the decoded reason when it would revert, or its nonce is out of reach
 * @throws UnavailableError `chain_unavailable` when the chain does not answer, or what `predecessors` throws: never the
 *   caller's fault
 */
export function createPreflight(options: PreflightOptions) {
  const checks = new WeakMap<ChainClient, ReturnType<typeof createCheck>>()
  const checkThrough = (client: ChainClient) => {
    const check = checks.get(client) ?? createCheck(options.simulatorAt(client), options)
    checks.set(client, check)
    return check
  }

  return async (operation: Operation): Promise<PreflightReport> => {
    try {
      return await checkThrough(options.pin())(operation)
    } catch (error) {
      if (error instanceof GatewayError) throw error
      throw isUnavailable(error) ? chainUnavailable(error) : error
    }
  }
}

/** The check through one endpoint: calls are gathered with others that go there too. */
function createCheck(simulate: Simulate, { store, registry, predecessors }: PreflightOptions) {
  const gathered = new DataLoader<SimulatedCall, SimulatedResult>((calls) => simulate(calls), {
    cache: false,
    maxBatchSize: MOST_GATHERED,
    batchScheduleFn: (run) => setTimeout(run, GATHER_MS),
  })
  /** One that fails without a reason ran out of gas, which may be its companions' fault: it is tried again alone. */
  const isolated = async (callData: Hex): Promise<SimulatedResult> => {
    const call = { target: registry, callData, isolated: true }
    const outcome = await gathered.load(call)
    if (outcome.success || outcome.returnData !== '0x') return outcome
    const [alone] = await simulate([call])
    return alone ?? outcome
  }

  return check

  async function check(operation: Operation): Promise<PreflightReport> {
    const definition = operationKinds[operation.kind]
    const callData = definition.callData(operation)
    const lane = definition.lane(operation)
    if (lane === null) {
      const outcome = await isolated(callData)
      if (!outcome.success) throw toRefusal(decodeRevert(outcome.returnData))
      return { chainNonce: null }
    }
    const [counter, alone] = await Promise.all([
      isolated(getSignatureNonce({ leafIndex: numberToHex(BigInt(lane.leaf)) })),
      isolated(callData),
    ])
    const chainNonce = counter.success ? BigInt(counter.returnData) : 0n
    if (lane.nonce > chainNonce + MOST_AHEAD) {
      const message = `nonce ${lane.nonce} is more than ${MOST_AHEAD} ahead of the account's next nonce ${chainNonce}`
      throw new RefusedError('mismatched_signature_nonce', message)
    }
    const nonce = Number(lane.nonce)
    const outcome = alone.success || nonce <= chainNonce ? alone : await inTurn(lane.leaf, nonce, callData)
    if (!outcome.success) {
      const revert = decodeRevert(outcome.returnData)
      const isEarly = nonce > chainNonce && OUT_OF_TURN.has(revert.name)
      if (!isEarly) throw toRefusal(revert)
    }
    return { chainNonce: Number(chainNonce) }
  }

  /** Tries an operation after those of its lane that are in flight: they may insert its signer, or move its leaf. */
  async function inTurn(leaf: string, nonce: number, callData: Hex): Promise<SimulatedResult> {
    const envelopes = await store.envelopes(predecessors(leaf, nonce))
    const before = envelopes.map(({ operation }) => operationKinds[operation.kind].callData(operation))
    const outcomes = await simulate(
      [...before, callData].map((data) => ({ target: registry, callData: data, isolated: false })),
    )
    const own = outcomes.at(-1)
    if (own === undefined) throw new Error('the simulator returned no outcome')
    return own
  }
}
