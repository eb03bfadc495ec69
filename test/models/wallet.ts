/** The model of the wallet: the events of each state, and the context that guards read. */
import { type AnyMachineSnapshot, createActor, type SnapshotFrom } from 'xstate'
import {
  ACTORS,
  type BatchAddressed,
  type RecordRequested,
  type SignatureRequested,
} from '../../src/machines/protocol.ts'
import type {
  SignResult,
  WalletContext,
  WalletInput,
  WalletReading,
} from '../../src/machines/wallet/context.ts'
import { isFreeFor, nextNonce } from '../../src/machines/wallet/nonceStream.ts'
import { walletMachine } from '../../src/machines/wallet/wallet.ts'
import { address, attempt, block, chainState } from '../machines/support/samples.ts'
import { START, type Stage } from '../machines/support/stage.ts'
import { cancelRequest, MARKET } from '../machines/support/wallet.ts'
import { after, done, fails, possible } from './support/events.ts'
import { deferredEffects, logicOf, type Model, pathStage } from './support/model.ts'
import type { ModelEvent } from './support/paths.ts'
import { hold, isSameSet } from './support/promises.ts'

const RECORDED_TOO_LATE = 'recorded too late'
const HIGHEST = { maxFeePerGas: 10, maxPriorityFeePerGas: 1 }

const EVENTS: readonly ModelEvent[] = [
  { ...request('batch-1', null), label: 'requested' },
  { ...request('batch-2', 7), label: 'replacement requested' },
  { type: 'signature.withdrawn', batchId: 'batch-1', label: 'withdrawn' },
  { type: 'nonce.settled', nonce: 7, label: 'settled' },
  { type: 'attempts.restored', attempts: [attempt(7)], label: 'restored' },
  { type: 'block.observed', head: block(20), chain: chainState(), label: 'block' },
  { type: 'recorded', token: 'another', label: 'recorded for another attempt' },
  done('readAccount', reading(7, 20), 'read'),
  done('readAccount', reading(7, 21), 'read a block later'),
  done('readAccount', reading(6, 20), 'read, after a reorg'),
  done('readAccount', reading(6, 21), 'read a block later, after a reorg'),
  done('readAccount', reading(8, 21), 'read, with a foreign transaction'),
  done('readAccount', { ...reading(7, 20), balance: '0' }, 'read, with low funds'),
  fails('readAccount'),
  done('signAttempt', { type: 'capped' } satisfies SignResult, 'capped'),
  done('signAttempt', { type: 'unaffordable', balance: '0' } satisfies SignResult, 'unaffordable'),
  fails('signAttempt'),
  after('retryDelay', 'wallet.Unreachable'),
  after('retryDelay', 'wallet.Ready.Pausing'),
]

const REORG = { type: 'chain.reorged', depth: 1, orphanedFrom: 20, head: block(20), label: 'reorg' }

const REFUSALS: readonly ModelEvent[] = [
  { type: 'funds.insufficient', batchId: 'batch-1', words: 'insufficient funds', label: 'refused for funds' },
  { type: 'configuration.refused', batchId: 'batch-1', words: 'invalid sender', label: 'refused for ever' },
]

const HIGHER_BALANCE = done(
  'readAccount',
  { ...reading(7, 21), balance: '6000' },
  'read, with a higher balance',
)

function request(batchId: string, nonce: number | null): SignatureRequested {
  return {
    type: 'signature.requested',
    request: cancelRequest(batchId),
    nonce,
    highest: nonce === null ? null : HIGHEST,
    pricing: 'raise',
  }
}

function reading(chainNonce: number, blockNumber: number): WalletReading {
  return { chainNonce, balance: '5000', blockNumber, at: START }
}

function recorded(token: string, isTooLate: boolean): ModelEvent {
  return { type: 'recorded', token, label: isTooLate ? RECORDED_TOO_LATE : 'recorded' }
}

/** The context that guards read. */
function view({ context }: AnyMachineSnapshot): string {
  const { nonces, balance, blockDue, gapAt, missing, requests, serving, signed }: WalletContext = context
  return JSON.stringify({
    nonces: [
      nonces.chainNonce,
      nonces.floor,
      nonces.tracked.map(({ nonce, hashes }) => [nonce, hashes.length]),
    ],
    balance,
    blocks: [blockDue, gapAt, missing],
    requests: [...requests, serving].map((asked) => asked?.nonce),
    signed: signed?.attempt.nonce,
    isSynced: context.syncedAt !== null,
    isReorged: context.reorgAt !== null,
    refusal: context.refusal?.type,
  })
}

/** A waiting request and two attempts in flight reach every state. The signed attempt fits the request. */
function events(snapshot: AnyMachineSnapshot): readonly ModelEvent[] {
  const context: WalletContext = snapshot.context
  const { nonces, requests, serving, signed } = context
  const batchId = serving?.request.batchId ?? ''
  const signedAt = (nonce: number, label: string) => {
    const made = attempt(nonce, { maxFeePerGas: 10 + nonces.tracked.length, batchId })
    return done('signAttempt', { type: 'signed', attempt: made, market: MARKET } satisfies SignResult, label)
  }
  const isTooLate = signed !== null && !isFreeFor(nonces, signed.attempt.nonce, signed.attempt.batchId)
  const isBusy = requests.length > 0 || nonces.tracked.flatMap(({ hashes }) => hashes).length > 1
  const isFirst = !isBusy && serving === null && context.syncedAt !== null
  const isQuiet = ({ type }: ModelEvent) => type !== 'signature.requested' && type !== 'attempts.restored'
  return possible(snapshot, [
    ...EVENTS.filter((event) => !isBusy || isQuiet(event)),
    ...(isFirst && context.reorgAt === null ? [REORG] : []),
    ...(isFirst && context.refusal === null ? REFUSALS : []),
    ...(context.refusal === null ? [] : [HIGHER_BALANCE]),
    signedAt(serving?.nonce ?? nextNonce(nonces), 'signed'),
    ...(isFreeFor(nonces, 7, batchId) ? [] : [signedAt(7, 'signed too late')]),
    ...(signed === null ? [] : [recorded(signed.attempt.hash, isTooLate)]),
  ])
}

const input: WalletInput = {
  ...{ address: address('a'), minBalance: '1000', now: () => START, stallTimeout: 1 },
  ...{ attempts: [], nextNonce: null },
}

export const walletModels: readonly [Model] = [
  {
    machine: walletMachine,
    input,
    events,
    view,
    sent: [
      ...[
        'signature.requested',
        'signature.withdrawn',
        'nonce.settled',
        'attempts.restored',
        'block.observed',
        'recorded',
      ],
      ...['chain.reorged', 'funds.insufficient', 'configuration.refused'],
    ],
    start(watch) {
      const { stage, ...hands } = pathStage(ACTORS.wallet, watch)
      const effects = deferredEffects(stage, ['readAccount', 'signAttempt'])
      const machine = watch.watch(walletMachine.provide({ actors: logicOf(effects) }))
      const actor = createActor(machine, { parent: stage.parent, systemId: ACTORS.wallet, input }).start()
      return {
        actor,
        effects,
        check: promises(stage, () => actor.getSnapshot()),
        ...hands,
      }
    },
  },
]

function promises(stage: Stage, read: () => SnapshotFrom<typeof walletMachine>) {
  const open = new Set<string>()
  const recorded = new Set<unknown>()
  let answered = 0
  return (event: ModelEvent) => {
    const { context, value } = read()
    if (isRequest(event)) open.add(event.request.batchId)
    if (event.type === 'recorded') recorded.add(event['token'])
    const toBatcher = stage.receivedBy('opsBatcher')
    const addressed = stage.received<BatchAddressed>('opsBatcher', 'batch.addressed')
    const answers = addressed.filter(({ message }) => message.type !== 'nonce.next')
    for (const { batchId } of answers.slice(answered)) open.delete(batchId)
    answered = answers.length
    const isRefused = answers.at(-1)?.message.type === 'signature.refused'
    hold(
      'an attempt that is stored too late is not delivered',
      event.label !== RECORDED_TOO_LATE || isRefused,
    )
    const { serving, requests } = context
    const waiting = [...requests, ...(serving === null ? [] : [serving])].map(
      (asked) => asked.request.batchId,
    )
    hold('every request is answered once', isSameSet(open, new Set(waiting)))

    const isServing = /Signing|Recording/.test(JSON.stringify(value))
    hold(
      'one request is served while signing and recording, and no request in other states',
      isServing === (serving !== null),
    )

    const attempts = answers.flatMap(({ message }) =>
      message.type === 'transaction.signed' ? message.attempt : [],
    )
    const written = stage
      .received<RecordRequested>('requestTracker', 'record.requested')
      .map(({ reply }) => reply?.token)
    for (const { hash } of attempts) {
      hold('an attempt is stored before its delivery', recorded.has(hash))
      hold('the wallet requested the write of every delivered attempt', written.includes(hash))
    }
    const fresh = attempts.filter(({ batchId }) => batchId === 'batch-1').map(({ nonce }) => nonce)
    hold('no new nonce is given out twice', new Set(fresh).size === fresh.length)

    const last = toBatcher.findLast(({ type }) => type.startsWith('wallet.'))?.type
    const isReady = typeof value === 'object' && 'Ready' in value
    const isLow = typeof value === 'object' && ('LowFunds' in value || 'Stopped' in value)
    if (isReady) hold('a wallet in Ready has sent wallet.available', last === 'wallet.available')
    if (isLow)
      hold('a wallet in LowFunds or Stopped has sent wallet.unavailable', last === 'wallet.unavailable')
  }
}

function isRequest(event: ModelEvent): event is ModelEvent & SignatureRequested {
  return event.type === 'signature.requested'
}
