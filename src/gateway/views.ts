/** What the actors are doing, read from their snapshots. */
import type { AnyStateMachine, SnapshotFrom, StateValue } from 'xstate'
import type { ChainView, Health, PartHealth, WalletView } from '../domain/handle.ts'
import type { Address, Millis } from '../domain/primitives.ts'
import type { chainMonitorMachine } from '../machines/chainMonitor/chainMonitor.ts'
import { countWaiting } from '../machines/nonceTracker/lanes.ts'
import type { nonceTrackerMachine } from '../machines/nonceTracker/nonceTracker.ts'
import type { opsBatcherMachine } from '../machines/opsBatcher/opsBatcher.ts'
import { countInFlight } from '../machines/opsBatcher/slots.ts'
import type { ActorName } from '../machines/protocol.ts'
import type { requestTrackerMachine } from '../machines/requestTracker/requestTracker.ts'
import { type Crashes, countCrashes } from '../machines/root/crashes.ts'
import type { gatewayMachine } from '../machines/root/root.ts'
import { nextNonce } from '../machines/wallet/nonceStream.ts'
import type { walletMachine } from '../machines/wallet/wallet.ts'
import { chainState } from '../policy/feeWindow.ts'
import type { Endpoints } from '../rpc/endpoints.ts'

interface Machines extends Record<ActorName, AnyStateMachine> {
  readonly chainMonitor: typeof chainMonitorMachine
  readonly nonceTracker: typeof nonceTrackerMachine
  readonly wallet: typeof walletMachine
  readonly requestTracker: typeof requestTrackerMachine
  readonly opsBatcher: typeof opsBatcherMachine
}

/** Reads an actor's snapshot; undefined while it does not live. */
export type ReadSnapshot = <A extends ActorName>(actor: A) => SnapshotFrom<Machines[A]> | undefined

/** Names a state by its path: `Ready.Signing`. */
function nameState(value: StateValue): string {
  if (typeof value === 'string') return value
  const [entry] = Object.entries(value)
  if (entry === undefined) return ''
  const [state, inner] = entry
  return inner === undefined ? state : `${state}.${nameState(inner)}`
}

/** Names the root's state as an operator wants to read it. */
export function nameRootState(snapshot: SnapshotFrom<typeof gatewayMachine>): string {
  const { value } = snapshot
  if (typeof value === 'string') return value
  return 'Active' in value ? nameState(value.Active.Service) : 'Restarting'
}

export function viewCrashes(crashes: Crashes): Health['supervision'] {
  const { last } = crashes
  return {
    restarts: countCrashes(crashes),
    lastCrash: last === null ? null : { actor: last.actor, message: last.message, at: last.at },
  }
}

export function viewChain(read: ReadSnapshot, endpoints: Endpoints, registryAddress: Address): ChainView {
  const snapshot = read('chainMonitor')
  const head = snapshot?.context.head ?? null
  return {
    state: snapshot === undefined ? 'Connecting' : nameState(snapshot.value),
    chainId: endpoints.chainId,
    registryAddress,
    head: head === null ? null : { number: head.number, hash: head.hash, seenAt: head.seenAt },
    fees: snapshot === undefined ? null : chainState(snapshot.context.window),
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
    oldestReceivedAt: queue?.oldestReceivedAt ?? null,
  }
}

/**
 * The chain is well when it answers. That it makes no blocks is no illness by itself, since some chains make them only for
 * transactions; it is when operations have been waiting for one for as long as the stall timeout.
 */
export function chainHealth(read: ReadSnapshot): PartHealth {
  const snapshot = read('chainMonitor')
  if (snapshot === undefined) return { ok: false, state: 'Connecting', message: null }
  const { failure, head, stallTimeout, now } = snapshot.context
  const state = nameState(snapshot.value)
  const isLong = (since: Millis) => now() - since >= stallTimeout
  const slots = read('opsBatcher')?.context.slots ?? []
  const isAwaited = slots.some((slot) => slot?.operations.some(({ receivedAt }) => isLong(receivedAt)))
  if (state === 'Following' && head !== null && isLong(head.seenAt) && isAwaited) {
    const silence = Math.floor((now() - head.seenAt) / 1000)
    return { ok: false, state, message: `no new block for ${silence} s, and operations wait for one` }
  }
  return { ok: state === 'Following', state, message: failure }
}

export function walletHealth(read: ReadSnapshot): PartHealth {
  const snapshot = read('wallet')
  if (snapshot === undefined) return { ok: false, state: 'Syncing', message: null }
  const { balance, minBalance, failure } = snapshot.context
  const isLow = snapshot.matches('LowFunds')
  return {
    ok: !isLow && !snapshot.matches('Unreachable') && snapshot.context.syncedAt !== null,
    state: nameState(snapshot.value),
    message: isLow ? `the balance of ${balance} wei is too low (minimum ${minBalance} wei)` : failure,
  }
}

/** @param failure what the store said to a ping; null when it answered */
export function storeHealth(read: ReadSnapshot, failure: string | null): PartHealth {
  const snapshot = read('requestTracker')
  const message = failure ?? snapshot?.context.failure ?? null
  const state = snapshot === undefined ? 'Idle' : nameState(snapshot.value)
  return { ok: message === null, state, message }
}
