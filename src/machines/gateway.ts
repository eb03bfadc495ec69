/**
 * gateway: the root of the actor system.
 *
 * | state      | entered when                                   | left when                                             |
 * | ---------- | ---------------------------------------------- | ----------------------------------------------------- |
 * | Starting   | at the start                                   | the chain and the store have shown to belong together |
 * | Recovering | chain and store are known                      | what the store remembers is loaded                    |
 * | Active     | there is something to go on from               | it has stopped, or an actor has died                  |
 * | · Running  | the actors live; operations are taken          | `drain`                                               |
 * | · Draining | no operation is taken; batches finish          | the last batch has ended, or the deadline has passed  |
 * | · Flushing | no batch is waited for                         | the last write is on disk, or the deadline has passed |
 * | Stopped    | everything has ended in order                  | never                                                 |
 * | Failed     | it could not start, or an actor has died       | never                                                 |
 *
 * Promises: no operation is taken before everything that was known at the last stop is in its place again; what is not
 * finished when it stops is on disk, and the next start goes on from there.
 */
import { assign, fromPromise, sendTo, setup } from 'xstate'
import type { GatewayConfig } from '../domain/config.ts'
import type { Address, Now } from '../domain/primitives.ts'
import type { StartingPoint } from '../domain/recovery.ts'
import type { GasModel } from '../policy/gasModel.ts'
import { chainMonitorMachine } from './chainMonitor.ts'
import { nonceTrackerMachine } from './nonceTracker.ts'
import { opsBatcherMachine } from './opsBatcher.ts'
import { notProvided } from './ports.ts'
import { ACTORS } from './protocol.ts'
import { requestTrackerMachine } from './requestTracker.ts'
import { tickerMachine } from './ticker.ts'
import { walletMachine } from './wallet.ts'

export interface GatewayContext extends GatewayInput {
  readonly recovered: StartingPoint
  readonly failure: unknown
}

export interface GatewayInput {
  readonly config: GatewayConfig
  readonly walletAddress: Address
  /** What each kind of operation is estimated to cost, until it is measured. */
  readonly gas: GasModel['start']
  readonly newId: () => string
  readonly now: Now
}

export type GatewayMachineEvent = { readonly type: 'drain' } | { readonly type: 'flushed' }

const nothing: StartingPoint = { queued: [], batches: [], settled: [], nextSequence: 1 }

export const gatewayMachine = setup({
  types: {
    context: {} as GatewayContext,
    input: {} as GatewayInput,
    events: {} as GatewayMachineEvent,
  },
  actors: {
    prepare: fromPromise<void>(notProvided('prepare')),
    recover: fromPromise<StartingPoint>(notProvided('recover')),
    chainMonitor: chainMonitorMachine,
    nonceTracker: nonceTrackerMachine,
    opsBatcher: opsBatcherMachine,
    requestTracker: requestTrackerMachine,
    ticker: tickerMachine,
    wallet: walletMachine,
  },
  delays: {
    drainTimeout: ({ context }) => context.config.drainTimeout,
    flushTimeout: ({ context }) => context.config.drainTimeout,
  },
  actions: {
    noteRecovered: assign({ recovered: (_, { recovered }: { recovered: StartingPoint }) => recovered }),
    forgetRecovered: assign({ recovered: nothing }),
    noteFailure: assign({ failure: (_, { error }: { error: unknown }) => error }),
    drainBatcher: sendTo(({ system }) => system.get(ACTORS.opsBatcher), { type: 'drain' }),
    flushWrites: sendTo(({ system }) => system.get(ACTORS.requestTracker), { type: 'flush.requested' }),
  },
}).createMachine({
  id: 'gateway',
  context: ({ input }) => ({ ...input, recovered: nothing, failure: null }),
  initial: 'Starting',
  states: {
    Starting: {
      invoke: {
        id: 'prepare',
        src: 'prepare',
        onDone: 'Recovering',
        onError: {
          target: 'Failed',
          actions: { type: 'noteFailure', params: ({ event }) => ({ error: event.error }) },
        },
      },
    },
    Recovering: {
      invoke: {
        id: 'recover',
        src: 'recover',
        onDone: {
          target: 'Active',
          actions: { type: 'noteRecovered', params: ({ event }) => ({ recovered: event.output }) },
        },
        onError: {
          target: 'Failed',
          actions: { type: 'noteFailure', params: ({ event }) => ({ error: event.error }) },
        },
      },
    },
    Active: {
      // In the order in which they start: whoever speaks at its start finds the one it speaks to.
      invoke: [
        {
          id: ACTORS.requestTracker,
          systemId: ACTORS.requestTracker,
          src: 'requestTracker',
          input: ({ context }) => ({ now: context.now, retention: context.config.retention }),
          onError: {
            target: 'Failed',
            actions: { type: 'noteFailure', params: ({ event }) => ({ error: event.error }) },
          },
        },
        {
          id: ACTORS.opsBatcher,
          systemId: ACTORS.opsBatcher,
          src: 'opsBatcher',
          input: ({ context }) => ({
            batching: context.config.batching,
            transactions: context.config.transactions,
            target: context.config.chain.multicallAddress,
            gas: context.gas,
            resumable: context.recovered.batches,
            settled: context.recovered.settled,
            newId: context.newId,
            now: context.now,
          }),
          onDone: '.Flushing',
          onError: {
            target: 'Failed',
            actions: { type: 'noteFailure', params: ({ event }) => ({ error: event.error }) },
          },
        },
        {
          id: ACTORS.wallet,
          systemId: ACTORS.wallet,
          src: 'wallet',
          input: ({ context }) => ({
            address: context.walletAddress,
            minBalance: context.config.transactions.minBalance,
            now: context.now,
            attempts: context.recovered.batches.flatMap(({ attempts }) => attempts),
          }),
          onError: {
            target: 'Failed',
            actions: { type: 'noteFailure', params: ({ event }) => ({ error: event.error }) },
          },
        },
        {
          id: ACTORS.nonceTracker,
          systemId: ACTORS.nonceTracker,
          src: 'nonceTracker',
          input: ({ context }) => ({
            queued: context.recovered.queued,
            riding: context.recovered.batches.flatMap(({ operations }) => operations),
            nextSequence: context.recovered.nextSequence,
            laneTimeout: context.config.batching.laneTimeout,
            maxTries: context.config.batching.maxTries,
            now: context.now,
          }),
          onError: {
            target: 'Failed',
            actions: { type: 'noteFailure', params: ({ event }) => ({ error: event.error }) },
          },
        },
        {
          id: ACTORS.chainMonitor,
          systemId: ACTORS.chainMonitor,
          src: 'chainMonitor',
          input: ({ context }) => ({ stallTimeout: context.config.chain.stallTimeout, now: context.now }),
          onError: {
            target: 'Failed',
            actions: { type: 'noteFailure', params: ({ event }) => ({ error: event.error }) },
          },
        },
        {
          id: 'ticker',
          src: 'ticker',
          input: ({ context }) => ({ now: context.now }),
          onError: {
            target: 'Failed',
            actions: { type: 'noteFailure', params: ({ event }) => ({ error: event.error }) },
          },
        },
      ],
      initial: 'Running',
      states: {
        // The actors have been given what was recovered by now; a copy of a long queue is not kept.
        Running: { entry: 'forgetRecovered', on: { drain: 'Draining' } },
        Draining: { entry: 'drainBatcher', after: { drainTimeout: 'Flushing' } },
        Flushing: {
          entry: 'flushWrites',
          after: { flushTimeout: '#gateway.Stopped' },
          on: { flushed: '#gateway.Stopped' },
        },
      },
    },
    Stopped: { type: 'final' },
    Failed: { type: 'final' },
  },
})
