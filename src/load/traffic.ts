/**
 * The traffic of a run: all accounts follow scripts at the same time, through one gate.
 *
 * The next operation of an account is sent when the gateway accepts the operation before, not after finalization.
 * Therefore several consecutive nonces of an account are in flight together.
 *
 * When the run is aborted, all promises resolve. Scripts end at their current operation.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Millis, Now } from '../domain/primitives.ts'
import type { WorldIdOperation } from '../registry/worldId/operations.ts'
import type { RegistryDomain } from '../registry/worldId/typedData.ts'
import { changeAccount, createAccount, createIdleAccount, type LiveAccount } from './account.ts'
import type { GatewayClient, Submission } from './client.ts'
import type { SettledOperation } from './costs.ts'
import type { Gate } from './gate.ts'
import type { LeafReader } from './leaves.ts'
import type { ChangeKind, LoadPlan, PlannedAccount } from './plan.ts'
import type { Random } from './random.ts'
import type { LoadEvent } from './report.ts'
import type { StatusWatcher } from './watcher.ts'

export interface TrafficParts {
  readonly client: GatewayClient
  readonly watcher: StatusWatcher
  readonly leaves: LeafReader
  readonly gate: Gate
  readonly domain: RegistryDomain
  readonly random: Random
  readonly now: Now
  readonly signal: AbortSignal
  readonly emit: (event: LoadEvent) => void
}

/** Executes a plan. Resolves when every operation is settled, or the run is aborted. */
export async function sendTraffic(plan: LoadPlan, parts: TrafficParts): Promise<void> {
  const { gate, now, emit } = parts
  emit({ type: 'planned', accounts: plan.setup.length })
  const prepared = await Promise.all(plan.setup.map((planned) => prepare(planned, parts)))
  emit({ type: 'started', at: now() })
  const running = prepared.map((account, index) => change(account, plan.setup[index]?.script ?? [], parts))
  for (const planned of plan.accounts) {
    // Only one new account waits at the gate at a time: existing accounts enter in between.
    if (!(await gate.enter())) break
    running.push(runAccount(planned, parts))
  }
  await Promise.all(running)
}

/** Creates an account of the setup. */
async function prepare({ authenticators }: PlannedAccount, parts: TrafficParts): Promise<LiveAccount | null> {
  const { gate, emit } = parts
  if (!(await gate.enter())) return null
  return open(authenticators, {
    ...parts,
    emit(event) {
      if (event.type === 'finalized') emit({ type: 'prepared' })
      if (event.type === 'rejected') emit({ type: 'unprepared', message: event.message })
      if (event.type === 'failed') emit({ type: 'unprepared', message: event.error })
    },
  })
}

/** Creates a counted account after its entry at the gate, and runs the account's script. */
async function runAccount({ authenticators, script }: PlannedAccount, parts: TrafficParts): Promise<void> {
  if (script.length > 0) return change(await open(authenticators, parts), script, parts)
  const sent = await send(createIdleAccount(parts.random), parts)
  await sent?.succeeds
}

/** Creates an account after its entry at the gate, and reads the leaf index; null if either fails. */
async function open(authenticators: number, parts: TrafficParts): Promise<LiveAccount | null> {
  const { operation, account } = createAccount(authenticators, parts.random)
  const sent = await send(operation, parts)
  if (sent === null || !(await sent.succeeds)) return null
  const leafIndex = await parts.leaves.leafOf(account.authenticators[0].key.address)
  return leafIndex === null ? null : { ...account, leafIndex }
}

/** Sends the changes of an account in sequence, and waits until all are settled. */
async function change(
  start: LiveAccount | null,
  script: readonly ChangeKind[],
  parts: TrafficParts,
): Promise<void> {
  const ends: Promise<boolean>[] = []
  let account = start
  for (const kind of script) {
    if (account === null) {
      report(NOT_SENT, parts)
      continue
    }
    if (!(await parts.gate.enter())) break
    const step = changeAccount(account, kind, parts)
    const sent = await send(step.operation, parts)
    account = sent === null ? null : step.account
    if (sent !== null) ends.push(sent.succeeds)
  }
  await Promise.all(ends)
}

const NOT_SENT = {
  type: 'rejected',
  code: 'not_sent',
  message: 'an earlier operation of the account did not succeed',
} as const

/** An accepted operation. */
interface Sent {
  /** Resolves with true if the operation is finalized, and with false if it fails or the run is aborted. */
  readonly succeeds: Promise<boolean>
}

/** Sends an operation, which has already entered the gate, and leaves the gate. Null if the gateway refuses it. */
async function send(operation: WorldIdOperation, parts: TrafficParts): Promise<Sent | null> {
  const sentAt = parts.now()
  const answer = await submit(operation, parts)
  parts.gate.leave()
  if (answer.type !== 'accepted') {
    report({ type: 'rejected', code: answer.code, message: answer.message }, parts)
    return null
  }
  report({ type: 'accepted' }, parts)
  return { succeeds: follow({ id: answer.id, kind: operation.kind }, sentAt, parts) }
}

/** Repeats the submission until the gateway has room. */
async function submit(
  operation: WorldIdOperation,
  { client, signal, emit }: TrafficParts,
): Promise<Submission> {
  for (;;) {
    const answer = await client.submit(operation)
    if (answer.type !== 'busy' || signal.aborted) return answer
    emit({ type: 'postponed', code: answer.code, message: answer.message })
    await sleep(answer.retryAfterMs)
  }
}

async function follow(sent: SettledOperation, sentAt: Millis, parts: TrafficParts): Promise<boolean> {
  const end = await parts.watcher.ended(sent.id, sentAt)
  if (end === null) return false
  const at = parts.now()
  report(
    end.state === 'failed'
      ? { type: 'failed', error: end.error, ...sent }
      : { type: 'finalized', latency: at - sentAt, at, ...sent },
    parts,
  )
  return end.state === 'finalized'
}

/** After an abort, problems are not reported: the run is the cause. */
function report(event: LoadEvent, { signal, emit }: TrafficParts): void {
  const isProblem = event.type === 'rejected' || event.type === 'failed'
  if (!(isProblem && signal.aborted)) emit(event)
}
