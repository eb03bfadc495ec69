/**
 * wallet: signs the transactions of one relayer account.
 *
 * The wallet gives each transaction its nonce. Batches request signed attempts, and the wallet signs one attempt at a
 * time. There is no nonce counter: the next nonce follows from the account's nonce on chain and from the signed
 * attempts that are not settled. The wallet stores an attempt before sending the attempt to the batch. At every block
 * the wallet reads the account again and sends `nonce.next` to the batch whose nonce the chain accepts next.
 *
 * | state          | entered when                                       | left when                                        |
 * | -------------- | -------------------------------------------------- | ------------------------------------------------ |
 * | Syncing        | the wallet starts; a pause in Unreachable is over  | the account is read, or the reading failed       |
 * | Synced         | the account is read, in any state; nodes refused a transaction | at once: to Stopped, LowFunds, Healing or Ready |
 * | Unreachable    | the first reading failed                           | the retry delay is over                          |
 * | Ready          | funds suffice and the nonces have no gap           | a reading arrives, funds do not cover a transaction, or nodes refused a transaction |
 * | · Idle         | no attempt is being signed                         | a request waits, or a new block is to be read    |
 * | · Refreshing   | there is a new block                               | the account is read, or the reading failed       |
 * | · Signing      | a request waits                                    | the attempt is signed, too late, refused or unaffordable, or signing failed |
 * | · Recording    | an attempt is signed                               | the attempt is stored: the batch gets it, unless it is too late |
 * | · Pausing      | signing failed                                     | the retry delay is over                          |
 * | Healing        | two blocks have shown a gap                        | a request for a given nonce arrives, or a new block |
 * | LowFunds       | the balance is below the minimum, or does not cover the transactions in flight | a reading arrives    |
 * | · Waiting      | the balance is known                               | there is a new block                             |
 * | · Reading      | there is a new block                               | the account is read, or the reading failed       |
 * | Stopped        | nodes refused a transaction for a reason that only the operator can change | a reading arrives        |
 * | · Waiting      | the refusal is known                               | there is a new block                             |
 * | · Reading      | there is a new block                               | the account is read, or the reading failed       |
 *
 * After a refusal for insufficient funds, LowFunds goes on until the balance rises. After any refusal of the nodes, the
 * wallet also goes on when one of its transactions is included or none is in flight: the same bytes are sent again meanwhile. For that reason
 * LowFunds and Stopped refuse requests for a replacement: a batch that waits for a signature sends nothing.
 *
 * Requests are queued in every state: requests for a given nonce first, the lowest nonce first; then requests for new
 * nonces in order of arrival. A request for a consumed nonce, or for a nonce with attempts of another batch, is
 * refused. The batch then finds the transaction that consumed the nonce. The same holds for a signed attempt that comes too
 * late: its nonce was consumed, or got attempts of a revived batch, while it was signed or stored. It is never broadcast.
 *
 * Promises: no nonce is given to two batches, even after a crash. No request is lost. Low funds fail no operation.
 * Foreign transactions are reported, and the wallet goes on after their nonces.
 */
import { readInput, signInput, startContext, type WalletContext, type WalletReading } from './context.ts'
import { walletSetup } from './setup.ts'

/** Several states read the account. Synced chooses the next state. */
const readAccount = {
  id: 'readAccount',
  src: 'readAccount',
  input: ({ context }: { readonly context: WalletContext }) => readInput(context),
  onDone: {
    target: '#wallet.Synced',
    actions: [
      {
        type: 'applyReading',
        params: ({ event }: { readonly event: { readonly output: WalletReading } }) => ({
          reading: event.output,
        }),
      },
      { type: 'noteSuccess', params: { effect: 'readAccount' } },
    ],
  },
} as const

interface OfError {
  readonly event: { readonly error: unknown }
}

const readingFailed = {
  type: 'noteFailure',
  params: ({ event }: OfError) => ({ effect: 'readAccount', error: event.error }) as const,
} as const

const signingFailed = {
  type: 'noteFailure',
  params: ({ event }: OfError) => ({ effect: 'signAttempt', error: event.error }) as const,
} as const

const signingSucceeded = { type: 'noteSuccess', params: { effect: 'signAttempt' } } as const

/** Reads the account at every block, and signs nothing. Synced decides whether the state goes on. */
const waitingStates = {
  Waiting: {
    always: [
      { guard: 'hasReplacement', actions: ['takeReplacement', 'refuseRequest'] },
      { guard: 'isReadingDue', target: 'Reading' },
    ],
  },
  Reading: {
    invoke: { ...readAccount, onError: { target: 'Waiting', actions: ['skipBlock', readingFailed] } },
  },
} as const

export const walletMachine = walletSetup.createMachine({
  id: 'wallet',
  context: ({ input }) => startContext(input),
  initial: 'Syncing',
  on: {
    'signature.requested': {
      actions: { type: 'enqueueRequest', params: ({ event }) => ({ request: event }) },
    },
    'signature.withdrawn': {
      actions: { type: 'withdrawRequest', params: ({ event }) => ({ batchId: event.batchId }) },
    },
    'nonce.settled': {
      actions: [{ type: 'settleNonce', params: ({ event }) => ({ nonce: event.nonce }) }, 'report'],
    },
    'attempts.restored': {
      actions: [{ type: 'restoreAttempts', params: ({ event }) => ({ attempts: event.attempts }) }, 'report'],
    },
    'block.observed': {
      actions: { type: 'noteBlock', params: ({ event }) => ({ number: event.head.number }) },
    },
    'chain.reorged': {
      actions: { type: 'noteReorg', params: ({ event }) => ({ number: event.head.number }) },
    },
    'funds.insufficient': {
      actions: { type: 'noteRefusal', params: ({ event }) => ({ type: 'funds', words: event.words }) },
    },
    'configuration.refused': {
      actions: { type: 'noteRefusal', params: ({ event }) => ({ type: 'config', words: event.words }) },
    },
  },
  states: {
    Syncing: {
      invoke: { ...readAccount, onError: { target: 'Unreachable', actions: readingFailed } },
    },
    Synced: {
      entry: ['report', 'announceNextNonce'],
      always: [
        { guard: 'isStopped', target: 'Stopped' },
        { guard: 'hasLowFunds', target: 'LowFunds' },
        { guard: 'hasGap', target: 'Healing' },
        { target: 'Ready' },
      ],
    },
    Unreachable: {
      after: { retryDelay: 'Syncing' },
    },
    Ready: {
      entry: { type: 'announceAvailability', params: 'wallet.available' },
      initial: 'Idle',
      states: {
        Idle: {
          always: [
            { guard: 'isPaused', target: '#wallet.Synced' },
            { guard: 'isObsolete', actions: ['takeRequest', 'refuseRequest'] },
            // Before the reading: blocks may come faster than readings.
            { guard: 'hasRequest', target: 'Signing', actions: 'takeRequest' },
            { guard: 'isReadingDue', target: 'Refreshing' },
          ],
        },
        Refreshing: {
          // After a failure the next block causes the next reading.
          invoke: { ...readAccount, onError: { target: 'Idle', actions: ['skipBlock', readingFailed] } },
        },
        Signing: {
          invoke: {
            id: 'signAttempt',
            src: 'signAttempt',
            input: ({ context }) => signInput(context),
            onDone: [
              {
                guard: { type: 'isOvertaken', params: ({ event }) => ({ result: event.output }) },
                target: 'Idle',
                actions: [signingSucceeded, 'putRequestBack'],
              },
              {
                guard: { type: 'isSigned', params: ({ event }) => ({ result: event.output }) },
                target: 'Recording',
                actions: [
                  signingSucceeded,
                  { type: 'keepSigned', params: ({ event }) => ({ result: event.output }) },
                  'recordSigned',
                ],
              },
              {
                guard: { type: 'isRefused', params: ({ event }) => ({ result: event.output }) },
                target: 'Idle',
                actions: [signingSucceeded, 'refuseRequest'],
              },
              {
                target: '#wallet.LowFunds',
                actions: [
                  signingSucceeded,
                  'putRequestBack',
                  { type: 'noteBalance', params: ({ event }) => ({ result: event.output }) },
                ],
              },
            ],
            onError: { target: 'Pausing', actions: ['putRequestBack', signingFailed] },
          },
        },
        Recording: {
          on: {
            recorded: [
              {
                guard: { type: 'isStoredTooLate', params: ({ event }) => ({ token: event.token }) },
                target: 'Idle',
                actions: ['dropSigned', 'refuseRequest'],
              },
              {
                guard: { type: 'isSignedAttempt', params: ({ event }) => ({ token: event.token }) },
                target: 'Idle',
                actions: ['deliverSigned', 'report'],
              },
            ],
          },
        },
        Pausing: {
          after: { retryDelay: 'Idle' },
        },
      },
    },
    Healing: {
      entry: 'requestHealing',
      on: {
        'signature.requested': {
          guard: { type: 'isForGivenNonce', params: ({ event }) => ({ nonce: event.nonce }) },
          target: 'Ready',
          actions: { type: 'enqueueRequest', params: ({ event }) => ({ request: event }) },
        },
        'block.observed': {
          target: 'Ready',
          actions: { type: 'noteBlock', params: ({ event }) => ({ number: event.head.number }) },
        },
      },
    },
    LowFunds: {
      entry: [{ type: 'announceAvailability', params: 'wallet.unavailable' }, 'announceLowFunds'],
      initial: 'Waiting',
      states: waitingStates,
    },
    Stopped: {
      entry: { type: 'announceAvailability', params: 'wallet.unavailable' },
      initial: 'Waiting',
      states: waitingStates,
    },
  },
})
