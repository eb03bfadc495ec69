/** Views of the actors for the HTTP API, read from snapshots. */
import type { AnyStateMachine, SnapshotFrom, StateValue } from 'xstate'
import type { ChainView, Health, PartHealth, WalletView } from '../domain/handle.ts'
import type { Address, Millis } from '../domain/primitives.ts'
import type { chainMonitorMachine } from '../machines/chainMonitor/chainMonitor.ts'
import { watchFailure } from '../machines/chainMonitor/context.ts'
import { countWaiting, oldestWaiting } from '../machines/nonceTracker/lanes.ts'
import type { nonceTrackerMachine } from '../machines/nonceTracker/nonceTracker.ts'
import type { opsBatcherMachine } from '../machines/opsBatcher/opsBatcher.ts'
import { countInFlight } from '../machines/opsBatcher/slots.ts'
import type { ActorName } from '../machines/protocol.ts'
import type { requestTrackerMachine } from '../machines/requestTracker/requestTracker.ts'
import { type Crashes, countCrashes } from '../machines/root/crashes.ts'
import type { gatewayMachine } from '../machines/root/root.ts'
import type { seatMachine } from '../machines/seat/seat.ts'
import { nextNonce } from '../machines/wallet/nonceStream.ts'
import type { walletMachine } from '../machines/wallet/wallet.ts'
import type { DeployedRegistry } from '../registry/registry.ts'
import type { Endpoints } from '../rpc/endpoints.ts'

/** A process that stands by follows no chain and no wallet. */
const STANDBY: PartHealth = { ok: true, state: 'Standby', message: null }

interface Machines extends Record<ActorName, AnyStateMachine> {
  readonly chainMonitor: typeof chainMonitorMachine
  readonly nonceTracker: typeof nonceTrackerMachine
  readonly wallet: typeof walletMachine
  readonly requestTracker: typeof requestTrackerMachine
  readonly seat: typeof seatMachine
  readonly opsBatcher: typeof opsBatcherMachine
}

/** Reads the snapshot of an actor; undefined while the actor does not run. */
export type ReadSnapshot = <A extends ActorName>(actor: A) => SnapshotFrom<Machines[A]> | undefined

/** Names a state by its path: `Ready.Signing`. */
function nameState(value: StateValue): string {
  if (typeof value === 'string') return value
  const [entry] = Object.entries(value)
  if (entry === undefined) return ''
  const [state, inner] = entry
  return inner === undefined ? state : `${state}.${nameState(inner)}`
}

/** Names the state of the root for an operator. */
export function nameRootState(snapshot: SnapshotFrom<typeof gatewayMachine>): string {
  const { value } = snapshot
  if (typeof value === 'string') return value
  return 'Active' in value ? nameState(value.Active.Service) : (Object.keys(value)[0] ?? '')
}

export function viewCrashes(crashes: Crashes): Health['supervision'] {
  const { last } = crashes
  return {
    restarts: countCrashes(crashes),
    lastCrash: last === null ? null : { actor: last.actor, message: last.message, at: last.at },
  }
}

export function viewChain(
  read: ReadSnapshot,
  endpoints: Endpoints,
  registry: Pick<DeployedRegistry, 'name' | 'address'>,
): ChainView {
  const snapshot = read('chainMonitor')
  const head = snapshot?.context.head ?? null
  return {
    state: snapshot === undefined ? 'Connecting' : nameState(snapshot.value),
    chainId: endpoints.knownChainId,
    registry: registry.name,
    registryAddress: registry.address,
    head: head === null ? null : { number: head.number, hash: head.hash, seenAt: head.seenAt },
    fees: snapshot?.context.chain ?? null,
    endpoints: endpoints.view(),
  }
}

export function viewWallet(read: ReadSnapshot, address: Address): WalletView {
  const snapshot = read('wallet')
  if (snapshot === undefined) {
    return { state: 'Syncing', address, balance: null, nextNonce: null, inFlight: [] }
  }
  const { balance, nonces, syncedAt } = snapshot.context
  return {
    state: nameState(snapshot.value),
    address,
    balance,
    nextNonce: syncedAt === null ? null : nextNonce(nonces),
    inFlight: nonces.tracked,
  }
}

export function viewBatcher(read: ReadSnapshot): Health['batcher'] {
  const snapshot = read('opsBatcher')
  const lanes = read('nonceTracker')?.context.lanes
  const queue = snapshot?.context.queue
  return {
    state: snapshot === undefined ? 'Idle' : nameState(snapshot.value),
    ready: queue?.size ?? 0,
    waiting: lanes === undefined ? 0 : countWaiting(lanes),
    batches: snapshot === undefined ? 0 : countInFlight(snapshot.context.slots),
    throttled: snapshot?.context.throttled ?? null,
    oldestReceivedAt: earlier(
      queue?.oldestReceivedAt ?? null,
      lanes === undefined ? null : oldestWaiting(lanes),
    ),
  }
}

function earlier(a: Millis | null, b: Millis | null): Millis | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b)
}

/**
 * The chain is healthy while an endpoint answers. Missing blocks alone are no failure, because some chains make blocks only for
 * transactions. They are a failure when operations have waited for a block as long as the stall timeout.
 * @param startDelay why the start is delayed; null if it is not
 */
function chainHealth(read: ReadSnapshot, startDelay: string | null): PartHealth {
  const snapshot = read('chainMonitor')
  if (snapshot === undefined) return { ok: false, state: 'Connecting', message: startDelay }
  const { head, stallTimeout, now } = snapshot.context
  const state = nameState(snapshot.value)
  const isLong = (since: Millis) => now() - since >= stallTimeout
  const slots = read('opsBatcher')?.context.slots ?? []
  const isAwaited = slots.some((slot) => slot?.operations.some(({ receivedAt }) => isLong(receivedAt)))
  if (state === 'Following' && head !== null && isLong(head.seenAt) && isAwaited) {
    const silence = Math.floor((now() - head.seenAt) / 1000)
    return { ok: false, state, message: `no new block for ${silence} s, and operations wait for inclusion` }
  }
  return { ok: state === 'Following', state, message: watchFailure(snapshot.context) }
}

function walletHealth(read: ReadSnapshot): PartHealth {
  const snapshot = read('wallet')
  if (snapshot === undefined) return { ok: false, state: 'Syncing', message: null }
  const { balance, minBalance, refusal, failure, syncedAt } = snapshot.context
  const isLow = snapshot.matches('LowFunds')
  const isOk = !isLow && !snapshot.matches('Unreachable') && !snapshot.matches('Stopped') && syncedAt !== null
  const message = isLow ? `balance too low: ${balance} wei, minimum ${minBalance} wei` : failure
  const state = nameState(snapshot.value)
  return { ok: isOk, state, message: refusal === null ? message : `transaction refused: ${refusal.words}` }
}

/** Chain and wallet, which only the leader follows. */
export function partsOfLeader(read: ReadSnapshot, state: string, startDelay: string | null) {
  if (state === 'Standby') return { chain: STANDBY, wallet: STANDBY }
  return { chain: chainHealth(read, startDelay), wallet: walletHealth(read) }
}

/** Who leads; null for a store that belongs to this process alone. */
export function viewSeat(read: ReadSnapshot): Health['seat'] {
  const snapshot = read('seat')
  if (snapshot === undefined || snapshot.context.isSole) return null
  const { leader, failure } = snapshot.context
  return { isLeading: snapshot.matches('Holding'), leader, failure }
}

/** @param failure the error of a ping or of a read; null when the store answers */
export function storeHealth(read: ReadSnapshot, failure: string | null): PartHealth {
  const snapshot = read('requestTracker')
  const message = failure ?? snapshot?.context.failure ?? null
  const state = snapshot === undefined ? 'Idle' : nameState(snapshot.value)
  return { ok: message === null, state, message }
}
