/** Slot `recover` of the root: reads from the store where to continue, and checks settled work against the chain. */
import { fromPromise } from 'xstate'
import type { Address, Now } from '../domain/primitives.ts'
import type { StartingPoint } from '../domain/recovery.ts'
import type { Endpoints } from '../rpc/endpoints.ts'
import type { RequestStore } from '../store/port.ts'
import { checkSigner } from './recovery/checkSigner.ts'
import { reviveOrphaned } from './recovery/reviveOrphaned.ts'
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
 * The actor fails with viem's error when the chain does not answer, with a StoreError, and with a StartupError when another
 * wallet signed the unfinished transactions.
 */
export function recover({ endpoints, store, wallet, commits, now }: Dependencies) {
  return fromPromise<StartingPoint>(async () => {
    await commits.ended()
    const checked = await reviveOrphaned(endpoints.pin(), store, now)
    const recovered = await store.recover(now())
    await checkSigner(recovered.batches, wallet)
    return { ...recovered, ...checked }
  })
}
