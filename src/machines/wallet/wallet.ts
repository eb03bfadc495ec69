/**
 * wallet: one relayer account's stream of transaction nonces.
 *
 * Batches ask it for signed transactions; it signs one at a time, so nonces are consecutive. There is no counter: the next
 * nonce follows from what the chain has consumed and what has been signed and is not settled. A signed transaction is on
 * disk before anybody may broadcast it, so a nonce is never given out twice, whatever dies. With every block it reads
 * the account again, and tells the batch whose nonce is the next: that one is looked after first.
 *
 * | state          | entered when                                  | left when                                          |
 * | -------------- | --------------------------------------------- | -------------------------------------------------- |
 * | Syncing        | at the start                                  | the chain told nonce and balance, or did not       |
 * | Synced         | a reading arrived                             | at once: Ready, Healing or LowFunds                |
 * | Unreachable    | the chain did not answer                      | after a pause: Syncing                             |
 * | Ready          | nonce and balance are known                   | the balance is too low; the stream has a gap       |
 * | · Idle         | nobody waits for a signature                  | a request arrives; a new block                     |
 * | · Refreshing   | there is a new block                          | the chain told nonce and balance, or did not       |
 * | · Signing      | a request waits                               | the transaction is signed, refused or unaffordable |
 * | · Recording    | a transaction is signed                       | it is on disk: the batch gets it                   |
 * | · Pausing      | signing failed                                | after a pause: Idle                                |
 * | Healing        | two blocks showed that nobody stands for a nonce | a batch asks to fill it; a new block            |
 * | LowFunds       | the balance is below what is needed           | the chain told that it is not any more             |
 * | · Waiting      | the chain has told the balance, or did not    | there is a new block                               |
 * | · Reading      | there is a new block                          | the chain told nonce and balance, or did not       |
 *
 * Ignored meanwhile: nothing. Requests that arrive in any state wait: those for a nonce that is given, the lowest first,
 * then those for new ones in order. What is asked for a nonce that the chain has consumed, or that another batch stands
 * for, is refused: the batch looks for what has consumed it.
 * Promises: no request is lost; a low balance fails nobody; somebody else's use of the key is said, and survived.
 */
import { refreshInput, signInput, startContext, walletSetup } from './setup.ts'

export const walletMachine = walletSetup.createMachine({
  id: 'wallet',
  context: ({ input }) => startContext(input),
  initial: 'Syncing',
  on: {
    'signature.requested': { actions: 'enqueueRequest' },
    'nonce.settled': { actions: ['settle', 'report'] },
    'attempts.restored': { actions: ['restore', 'report'] },
    'block.observed': { actions: 'noteBlock' },
  },
  states: {
    Syncing: {
      invoke: {
        id: 'syncWallet',
        src: 'readAccount',
        input: ({ context }) => ({ address: context.address, blockNumber: null }),
        onDone: {
          target: 'Synced',
          actions: [
            { type: 'applyReading', params: ({ event }) => ({ reading: event.output }) },
            'report',
            'tellHead',
          ],
        },
        onError: {
          target: 'Unreachable',
          actions: { type: 'noteFailure', params: ({ event }) => ({ error: event.error }) },
        },
      },
    },
    Synced: {
      always: [
        { guard: 'isBroke', target: 'LowFunds' },
        { guard: 'hasGap', target: 'Healing' },
        { target: 'Ready' },
      ],
    },
    Unreachable: {
      after: { retryDelay: 'Syncing' },
    },
    Ready: {
      entry: { type: 'announce', params: 'wallet.available' },
      initial: 'Idle',
      states: {
        Idle: {
          always: [
            { guard: 'isObsolete', actions: ['takeRequest', 'refuseRequest'] },
            // First, since blocks may come faster than the chain answers.
            { guard: 'hasRequest', target: 'Signing', actions: 'takeRequest' },
            { guard: 'isReadingDue', target: 'Refreshing' },
          ],
        },
        Refreshing: {
          invoke: {
            id: 'readAccount',
            src: 'readAccount',
            input: ({ context }) => refreshInput(context),
            onDone: {
              target: '#wallet.Synced',
              actions: [
                { type: 'applyReading', params: ({ event }) => ({ reading: event.output }) },
                'report',
                'tellHead',
              ],
            },
            // The next block asks again.
            onError: {
              target: 'Idle',
              actions: [
                'skipBlock',
                { type: 'noteFailure', params: ({ event }) => ({ error: event.error }) },
              ],
            },
          },
        },
        Signing: {
          invoke: {
            id: 'signAttempt',
            src: 'signAttempt',
            input: ({ context }) => signInput(context),
            onDone: [
              {
                guard: { type: 'isSigned', params: ({ event }) => ({ outcome: event.output }) },
                target: 'Recording',
                actions: [
                  { type: 'holdSigned', params: ({ event }) => ({ outcome: event.output }) },
                  'recordSigned',
                ],
              },
              {
                guard: { type: 'isRefused', params: ({ event }) => ({ outcome: event.output }) },
                target: 'Idle',
                actions: 'refuseRequest',
              },
              {
                target: '#wallet.LowFunds',
                actions: [
                  'putRequestBack',
                  { type: 'noteBalance', params: ({ event }) => ({ outcome: event.output }) },
                ],
              },
            ],
            onError: {
              target: 'Pausing',
              actions: [
                'putRequestBack',
                { type: 'noteFailure', params: ({ event }) => ({ error: event.error }) },
              ],
            },
          },
        },
        Recording: {
          on: { recorded: { guard: 'isOurs', target: 'Idle', actions: ['deliverSigned', 'report'] } },
        },
        Pausing: {
          after: { retryDelay: 'Idle' },
        },
      },
    },
    Healing: {
      entry: 'askHealing',
      on: {
        'signature.requested': { guard: 'isForGivenNonce', target: 'Ready', actions: 'enqueueRequest' },
        'block.observed': { target: 'Ready', actions: 'noteBlock' },
      },
    },
    LowFunds: {
      entry: [{ type: 'announce', params: 'wallet.unavailable' }, 'tellLow'],
      initial: 'Waiting',
      states: {
        Waiting: {
          always: { guard: 'isReadingDue', target: 'Reading' },
        },
        Reading: {
          invoke: {
            id: 'readBalance',
            src: 'readAccount',
            input: ({ context }) => refreshInput(context),
            onDone: {
              target: '#wallet.Synced',
              actions: [
                { type: 'applyReading', params: ({ event }) => ({ reading: event.output }) },
                'report',
                'tellHead',
              ],
            },
            onError: {
              target: 'Waiting',
              actions: [
                'skipBlock',
                { type: 'noteFailure', params: ({ event }) => ({ error: event.error }) },
              ],
            },
          },
        },
      },
    },
  },
})
