/** Creates wait for a low base fee, and everything else is sent at once, the oldest first. */
import { fifoPolicy, type OrderingPolicy } from '../../src/index.ts'

/** @param limit base fee in wei per gas up to which creates are sent */
export function cheapCreates(limit: number): OrderingPolicy {
  return {
    name: 'cheap creates',
    compare: fifoPolicy.compare,
    filter: ({ kind }, { currentBaseFee }) => kind !== 'create_account' || currentBaseFee <= limit,
  }
}
