/**
 * The traffic of a run: every account lives its planned life beside the others, through one gate.
 *
 * An account's operations follow each other closely: the next one is sent when the gateway has accepted the one before,
 * not when that is final, so that several consecutive nonces of an account are under way together.
 *
 * Nothing here rejects when the run is cut short: lives end where they are.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Operation } from '../domain/operation.ts'
import type { Millis, Now } from '../domain/primitives.ts'
import type { RegistryDomain } from '../registry/worldId/typedData.ts'
import { changeAccount, createAccount, createIdleAccount, type LiveAccount } from './account.ts'
import type { GatewayClient, Submission } from './client.ts'
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

/** Carries a plan out. Resolves when every operation has ended, or the run is cut short. */
export async function sendTraffic(plan: LoadPlan, parts: TrafficParts): Promise<void> {
  const { gate, now, emit } = parts
  emit({ type: 'planned', accounts: plan.setup.length })
  const prepared = await Promise.all(plan.setup.map((planned) => prepare(planned, parts)))
  emit({ type: 'started', at: now() })
  const lives = prepared.map((account, index) => change(account, plan.setup[index]?.script ?? [], parts))
  for (const planned of plan.accounts) {
    // Only one new account queues at the gate at a time: those that live already get their turn in between.
    if (!(await gate.enter())) break
    lives.push(live(planned, parts))
  }
  await Promise.all(lives)
}

/** Creates an account that does not count. */
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

/** A counted account's life; its creation is inside the gate already. */
async function live({ authenticators, script }: PlannedAccount, parts: TrafficParts): Promise<void> {
  if (script.length > 0) return change(await open(authenticators, parts), script, parts)
  const sent = await send(createIdleAccount(parts.random), parts)
  await sent?.succeeds
}

/** Creates an account, inside the gate, and finds its leaf; null when one of the two did not work out. */
async function open(authenticators: number, parts: TrafficParts): Promise<LiveAccount | null> {
  const { operation, account } = createAccount(authenticators, parts.random)
  const sent = await send(operation, parts)
  if (sent === null || !(await sent.succeeds)) return null
  const leafIndex = await parts.leaves.leafOf(account.authenticators[0].key.address)
  return leafIndex === null ? null : { ...account, leafIndex }
}

/** Sends an account's changes one after the other, and waits for all their ends. */
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

const NOT_SENT = { type: 'rejected', code: 'not_sent', message: 'what it builds on did not succeed' } as const

/** An operation that the gateway took. */
interface Sent {
  /** Whether it was finalized, once that is known; false when it has not ended in time. */
  readonly succeeds: Promise<boolean>
}

/** Sends an operation, which is inside the gate, and leaves it. Null when the gateway refused it. */
async function send(operation: Operation, parts: TrafficParts): Promise<Sent | null> {
  const sentAt = parts.now()
  const answer = await submit(operation, parts)
  parts.gate.leave()
  if (answer.type !== 'accepted') {
    report({ type: 'rejected', code: answer.code, message: answer.message }, parts)
    return null
  }
  report({ type: 'accepted' }, parts)
  return { succeeds: follow(answer.id, sentAt, parts) }
}

/** Asks until the gateway has room. */
async function submit(operation: Operation, { client, signal, emit }: TrafficParts): Promise<Submission> {
  for (;;) {
    const answer = await client.submit(operation)
    if (answer.type !== 'busy' || signal.aborted) return answer
    emit({ type: 'postponed', code: answer.code, message: answer.message })
    await sleep(answer.retryAfterMs)
  }
}

async function follow(id: string, sentAt: Millis, parts: TrafficParts): Promise<boolean> {
  const end = await parts.watcher.ended(id, sentAt)
  if (end === null) return false
  const at = parts.now()
  report(
    end.state === 'failed'
      ? { type: 'failed', error: end.error }
      : { type: 'finalized', latency: at - sentAt, at },
    parts,
  )
  return end.state === 'finalized'
}

/** Once the run is cut short, what goes wrong is our own doing and is not told. */
function report(event: LoadEvent, { signal, emit }: TrafficParts): void {
  const isMishap = event.type === 'rejected' || event.type === 'failed'
  if (!(isMishap && signal.aborted)) emit(event)
}
