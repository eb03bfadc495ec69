/** What a finished gateway still holds: nothing, if all is well. */
import type { Chain } from './chain/chain.ts'
import type { Life } from './life.ts'

/** @returns in words; one line for each kind */
export function leftoversOf(life: Life | null, chain: Chain): readonly string[] {
  if (life === null || !life.isListening) return ['no gateway is running']
  const batcher = life.read('opsBatcher')?.context
  const tracker = life.read('nonceTracker')?.context
  const wallet = life.read('wallet')?.context
  const requests = life.read('requestTracker')?.context
  if (batcher === undefined || tracker === undefined || wallet === undefined || requests === undefined) {
    return ['an actor is missing']
  }
  // The requestTracker also has a task once a minute.
  const asked = [...requests.waiting, ...requests.writing].filter(({ writes }) =>
    writes.some(({ type }) => type !== 'pruned'),
  )
  const chainNonce = chain.account(wallet.address).nonce
  const counts = {
    'operations are ready': batcher.queue.size,
    'batches are alive': batcher.slots.filter((slot) => slot !== null).length,
    'lanes are kept': tracker.lanes.lanes.size,
    'claims are held': tracker.lanes.claims.size,
    'operations are being stored': tracker.lanes.storing.size,
    'nonces are tracked': wallet.nonces.tracked.length,
    'requests for signatures wait': wallet.requests.length,
    'writes wait': asked.length,
    'transactions wait in the pool': chain.pool.waiting(wallet.address.toLowerCase()).length,
    'nonces are the wallet behind or ahead': Math.abs(wallet.nonces.chainNonce - chainNonce),
  }
  const states = batcher.slots.flatMap((slot, index) =>
    slot === null ? [] : [`batch ${slot.batchId} is in ${JSON.stringify(life.stateOf(`slot-${index}`))}`],
  )
  const held = Object.entries(counts).filter(([, count]) => count > 0)
  return [...held.map(([what, count]) => `${count} ${what}`), ...states]
}
