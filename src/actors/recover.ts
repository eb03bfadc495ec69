/** Slot `recover` of the root: reads from the store where to continue, and checks settled work against the chain. */
import type { Address, Now } from '../domain/primitives.ts'
import type { StartingPoint } from '../domain/recovery.ts'
import type { Endpoints } from '../rpc/endpoints.ts'
import type { RequestStore } from '../store/port.ts'
import { checkSigner } from './recovery/checkSigner.ts'
import { nextNonceOf } from './recovery/nextNonce.ts'
import { reviveOrphaned } from './recovery/reviveOrphaned.ts'
import { startEffect } from './recovery/startEffect.ts'
import type { Commits } from './writeRecords.ts'

interface Dependencies {
  readonly endpoints: Pick<Endpoints, 'pin'>
  readonly store: RequestStore
  /** Address of the wallet that signs now. */
  readonly wallet: Address
  /** The commits of the former actors: the store is read after the end of the last commit. */
  readonly commits: Pick<Commits, 'ended'>
  readonly now: Now
}

/**
 * The actor fails with an UnavailableError when chain or store do not answer, and with a StartupError when the store is
 * damaged or another wallet signed the unfinished transactions.
 */
export function recover({ endpoints, store, wallet, commits, now }: Dependencies) {
  return startEffect<StartingPoint>(async () => {
    await commits.ended()
    const checked = await reviveOrphaned(endpoints.pin(), store, now)
    const { newestAttempts, ...recovered } = await store.recover(now())
    await checkSigner(recovered.batches, wallet)
    return { ...recovered, ...checked, nextNonce: nextNonceOf(newestAttempts, wallet) }
  })
}
