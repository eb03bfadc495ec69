/** Slot `recover` of the root: reads from the store where to continue, and checks settled work against the chain. */
import { fromPromise } from 'xstate'
import type { Address, Now } from '../domain/primitives.ts'
import type { StartingPoint } from '../domain/recovery.ts'
import type { Endpoints } from '../rpc/endpoints.ts'
import type { RequestStore } from '../store/port.ts'
import { checkSigner } from './recovery/checkSigner.ts'
import { reviveOrphaned } from './recovery/reviveOrphaned.ts'

interface Dependencies {
  readonly endpoints: Pick<Endpoints, 'pin'>
  readonly store: RequestStore
  /** Address of the wallet that signs now. */
  readonly wallet: Address
  /** Resolves when no commit of the former actors is in progress. */
  readonly settle: () => Promise<void>
  readonly now: Now
}

/**
 * The actor fails with viem's error when the chain does not answer, with a StoreError, and with a StartupError when another
 * wallet signed the unfinished transactions.
 */
export function recover({ endpoints, store, wallet, settle, now }: Dependencies) {
  return fromPromise<StartingPoint>(async () => {
    await settle()
    const checked = await reviveOrphaned(endpoints.pin(), store, now)
    const recovered = await store.recover(now())
    await checkSigner(recovered.batches, wallet)
    return { ...recovered, ...checked }
  })
}
