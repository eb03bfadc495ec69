/** The depth of a settled block on the chain that the chainMonitor follows. */

import { noTags } from '../../domain/finality.ts'
import { ACTORS } from '../../machines/protocol.ts'
import { type FinalityRule, settlementDepth } from '../../policy/finality.ts'
import type { MonitorSystem } from './followedChain.ts'

/** @returns the depth at the moment of the call: a tag moves */
export function settledDepth(rule: FinalityRule): (system: MonitorSystem) => number {
  return (system) => {
    const { head = null, tags = noTags } = system.get(ACTORS.chainMonitor)?.getSnapshot().context ?? {}
    return settlementDepth(rule, { headNumber: head?.number ?? 0, tags })
  }
}
