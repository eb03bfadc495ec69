/** The promises of a pendingBatch, checked against all messages and effect inputs so far. */
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
  const requestsSoFar = () => stage.received<SignatureRequested>('wallet', 'signature.requested')
  // A healing batch requests a signature at the start.
  for (const request of requestsSoFar()) checkRequest(request, read().context)
  let checkedRequests = requestsSoFar().length
  let checks = effects.readInclusion.inputs.length
  return (event: ModelEvent) => {
    const snapshot = read()
    const requests = requestsSoFar()
    for (const request of requests.slice(checkedRequests)) checkRequest(request, snapshot.context)
    checkedRequests = requests.length
    checkBroadcasts(effects, snapshot)
    if (effects.readInclusion.inputs.length > checks)
      checkHashes(effects.readInclusion.inputs.at(-1), snapshot)
    checks = effects.readInclusion.inputs.length
    if (snapshot.status === 'active') {
      checkInclusion(stage, snapshot)
      const isConfirmed = isIn(snapshot, 'Confirming') || isIn(snapshot, 'Reading')
      hold('an included attempt is not delivered', isIn(snapshot, 'Delivered') === isConfirmed)
      hold('a reorg causes a new check', event.type !== 'chain.reorged' || !isConfirmed)
      const isOutage = event.type.startsWith('xstate.error')
      hold(
        'an outage evicts no operation',
        !isOutage || snapshot.context.operations.length === operations.size,
      )
      hold(
        'no nonce is settled before the batch',
        stage.received<NonceSettled>('wallet', 'nonce.settled').length === 0,
      )
      hold('no verdict is announced before the batch is settled', settledIn(stage).length === 0)
    } else {
      checkSettled(stage, effects, snapshot, operations)
    }
  }
}

/** A request is for the batch's nonce and has the highest fees of all attempts. */
function checkRequest(
  { nonce, highest }: SignatureRequested,
  { attempts, gapNonce }: PendingBatchContext,
): void {
  hold('a replacement has the nonce of the batch', nonce === (attempts[0]?.nonce ?? gapNonce))
  const isCovered = (attempt: TransactionAttempt) =>
    highest !== null &&
    highest.maxFeePerGas >= attempt.maxFeePerGas &&
    highest.maxPriorityFeePerGas >= attempt.maxPriorityFeePerGas
  hold('a request for a replacement has the highest value of both fees', attempts.every(isCovered))
}

function checkBroadcasts(effects: Effects, { context }: Snapshot): void {
  const hashes = context.attempts.map(({ hash }) => hash)
  const broadcasts = effects.broadcast.inputs.filter(isBroadcast)
  const isKnown = broadcasts.every(({ attempt }) => hashes.includes(attempt.hash))
  hold('only stored attempts are broadcast', isKnown)
}

/** An attempt that is signed during a check is part of the next check. */
function checkHashes(input: unknown, { context }: Snapshot): void {
  const isWhole = isCheckInput(input) && context.attempts.every(({ hash }) => input.hashes.includes(hash))
  hold('a check includes all hashes', isWhole)
}

/** The batcher knows the inclusion, because inclusion releases the permit. */
function checkInclusion(stage: Stage, snapshot: Snapshot): void {
  const { context } = snapshot
  if (isIn(snapshot, 'Confirming') || isIn(snapshot, 'Reading'))
    hold('a batch is confirmed in a block', context.inclusion !== null)
  if (isIn(snapshot, 'Watching'))
    hold('a batch that awaits inclusion is in no block', context.inclusion === null)
  const reported =
    stage.received<BatchInclusionChanged>('opsBatcher', 'batch.inclusionChanged').at(-1)?.isIncluded ?? false
  hold('the batcher knows whether the batch is included', reported === (context.inclusion !== null))
}

function checkSettled(
  stage: Stage,
  effects: Effects,
  { value, context, output }: Snapshot,
  began: Set<string>,
) {
  const { attempts, inclusion, gapNonce } = context
  const settledNonces = stage.received<NonceSettled>('wallet', 'nonce.settled').length
  hold('the nonce of a settled batch is settled once', settledNonces === (attempts.length > 0 ? 1 : 0))
  hold('every operation has a verdict', isSameSet(new Set(settledIn(stage)), began))
  hold('no operation has two verdicts', settledIn(stage).length === began.size)
  const written = stage.receivedBy('requestTracker').map((request) => JSON.stringify(request))
  hold('the settled batch is written last', written.at(-1)?.includes('"batch.settled"') ?? false)
  const read = effects.readOutcome.inputs.at(-1)
  const isInput = typeof read === 'object' && read !== null && 'inclusion' in read
  const isRead = inclusion !== null && isInput && read.inclusion === inclusion
  const isCancel = attempts.some(({ hash, purpose }) => hash === inclusion?.txHash && purpose === 'cancel')
  if (value === 'Finalized' && attempts.length > 0) {
    hold('a batch is finalized by an included attempt', isRead && (gapNonce !== null || !isCancel))
  }
  if (value === 'Failed') {
    const statuses = Object.values(output?.batch.statuses ?? {})
    hold(
      'the operations of a failed batch are evicted',
      statuses.every(({ type }) => type === 'Evicted'),
    )
    hold(
      'a batch fails only after its cancel or a foreign transaction',
      inclusion === null || (isRead && isCancel),
    )
  }
}

/** The ids of the operations with an announced verdict. */
function settledIn(stage: Stage): readonly string[] {
  return stage.emittedOf('operation.settled').map(({ id }) => String(id))
}

function isCheckInput(input: unknown): input is { readonly hashes: readonly string[] } {
  return typeof input === 'object' && input !== null && 'hashes' in input
}

function isBroadcast(input: unknown): input is { readonly attempt: TransactionAttempt } {
  return typeof input === 'object' && input !== null && 'attempt' in input
}

/** Whether a submitted batch is in a state or in a substate of that state. */
function isIn({ value }: Snapshot, state: 'Delivered' | 'Watching' | 'Confirming' | 'Reading'): boolean {
  return typeof value === 'object' && 'Submitted' in value && JSON.stringify(value.Submitted).includes(state)
}
