/** What a pendingBatch promises, held against everything that it has said and asked so far. */
import type { SnapshotFrom } from 'xstate'
import type { TransactionAttempt } from '../../src/domain/batch.ts'
import type { PendingBatchContext } from '../../src/machines/pendingBatch/context.ts'
import type { pendingBatchMachine } from '../../src/machines/pendingBatch/pendingBatch.ts'
import type { BatchInclusionChanged, NonceSettled, SignatureRequested } from '../../src/machines/protocol.ts'
import type { Deferred } from '../machines/support/deferred.ts'
import type { Stage } from '../machines/support/stage.ts'
import type { ModelEvent } from './support/paths.ts'
import { hold, isSameSet } from './support/promises.ts'

type Snapshot = SnapshotFrom<typeof pendingBatchMachine>
type Effects = Readonly<
  Record<'readInclusion' | 'broadcast' | 'readOutcome', Pick<Deferred<unknown>, 'inputs'>>
>

export function batchPromises(stage: Stage, effects: Effects, read: () => Snapshot) {
  const operations = new Set(read().context.operations.map(({ id }) => id))
  const requested = () => stage.told<SignatureRequested>('wallet', 'signature.requested')
  // A batch that fills a gap asks at its start.
  for (const request of requested()) checkRequest(request, read().context)
  let asked = requested().length
  let looks = effects.readInclusion.inputs.length
  return (event: ModelEvent) => {
    const snapshot = read()
    const requests = requested()
    for (const request of requests.slice(asked)) checkRequest(request, snapshot.context)
    asked = requests.length
    checkSending(effects, snapshot)
    if (effects.readInclusion.inputs.length > looks) checkLook(effects.readInclusion.inputs.at(-1), snapshot)
    looks = effects.readInclusion.inputs.length
    if (snapshot.status === 'active') {
      checkPlace(stage, snapshot)
      const isSure = isIn(snapshot, 'Confirming') || isIn(snapshot, 'Reading')
      hold('after a reorg it is looked for again', event.type !== 'chain.reorged' || !isSure)
      const isOutage = event.type.startsWith('xstate.error')
      hold('an outage evicts nobody', !isOutage || snapshot.context.operations.length === operations.size)
      hold(
        'no nonce is let go of before the end',
        stage.told<NonceSettled>('wallet', 'nonce.settled').length === 0,
      )
      hold('no verdict is said before the end', settledIn(stage).length === 0)
    } else {
      checkEnd(stage, effects, snapshot, operations)
    }
  }
}

/** What is asked for replaces all that was signed before, on its nonce. */
function checkRequest(
  { nonce, highest }: SignatureRequested,
  { attempts, gapNonce }: PendingBatchContext,
): void {
  hold('whoever asks for more has the same nonce', nonce === (attempts[0]?.nonce ?? gapNonce))
  const isOutbid = (attempt: TransactionAttempt) =>
    highest !== null &&
    highest.maxFeePerGas >= attempt.maxFeePerGas &&
    highest.maxPriorityFeePerGas >= attempt.maxPriorityFeePerGas
  hold('a replacement outbids all before it in both fees', attempts.every(isOutbid))
}

function checkSending(effects: Effects, { context }: Snapshot): void {
  const hashes = context.attempts.map(({ hash }) => hash)
  const sent = effects.broadcast.inputs.filter(isBroadcast)
  const isKnown = sent.every(({ attempt }) => hashes.includes(attempt.hash))
  hold('only what is on disk is sent', isKnown)
}

/** What is signed while it looks, it looks for the next time. */
function checkLook(look: unknown, { context }: Snapshot): void {
  const isWhole = isLook(look) && context.attempts.every(({ hash }) => look.hashes.includes(hash))
  hold('all of its hashes are looked for', isWhole)
}

/** Where it says that it is: whoever hears it gives its permit to another. */
function checkPlace(stage: Stage, snapshot: Snapshot): void {
  const { context } = snapshot
  if (isIn(snapshot, 'Confirming') || isIn(snapshot, 'Reading'))
    hold('what is confirmed is in a block', context.inclusion !== null)
  if (isIn(snapshot, 'AwaitingInclusion')) hold('what is waited for is in none', context.inclusion === null)
  const placed =
    stage.told<BatchInclusionChanged>('opsBatcher', 'batch.inclusionChanged').at(-1)?.isIncluded ?? false
  hold('the batcher knows whether it is in a block', placed === (context.inclusion !== null))
}

function checkEnd(stage: Stage, effects: Effects, { value, context, output }: Snapshot, began: Set<string>) {
  const { attempts, inclusion, gapNonce } = context
  const letGo = stage.told<NonceSettled>('wallet', 'nonce.settled').length
  hold('its nonce is let go of once', letGo === (attempts.length > 0 ? 1 : 0))
  hold('every operation has one verdict', isSameSet(new Set(settledIn(stage)), began))
  hold('none has two', settledIn(stage).length === began.size)
  const written = stage.heardBy('requestTracker').map((request) => JSON.stringify(request))
  hold('its end is written last', written.at(-1)?.includes('"batch.settled"') ?? false)
  const outcome = effects.readOutcome.inputs.at(-1)
  const isRead = typeof outcome === 'object' && outcome !== null && 'inclusion' in outcome
  const isLanded = inclusion !== null && isRead && outcome.inclusion === inclusion
  const isCancel = attempts.some(({ hash, purpose }) => hash === inclusion?.txHash && purpose === 'cancel')
  if (value === 'Finalized' && attempts.length > 0) {
    hold('it is finalized by what landed', isLanded && (gapNonce !== null || !isCancel))
  }
  if (value === 'Failed') {
    const statuses = Object.values(output?.batch.statuses ?? {})
    hold(
      'its operations go back',
      statuses.every(({ type }) => type === 'Evicted'),
    )
    hold('it fails by its cancel alone, or by a stranger', inclusion === null || (isLanded && isCancel))
  }
}

/** The operations whose fate was said, by id. */
function settledIn(stage: Stage): readonly string[] {
  return stage.emittedOf('operation.settled').map(({ id }) => String(id))
}

function isLook(input: unknown): input is { readonly hashes: readonly string[] } {
  return typeof input === 'object' && input !== null && 'hashes' in input
}

function isBroadcast(input: unknown): input is { readonly attempt: TransactionAttempt } {
  return typeof input === 'object' && input !== null && 'attempt' in input
}

/** Whether a batch that is submitted is in a state, or in one within it. */
function isIn({ value }: Snapshot, state: 'AwaitingInclusion' | 'Confirming' | 'Reading'): boolean {
  return typeof value === 'object' && 'Submitted' in value && JSON.stringify(value.Submitted).includes(state)
}
