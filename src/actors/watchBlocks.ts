/** Slot `watchBlocks` of the chainMonitor: reports each new block of the chain, and each failure to read one. */
import { fromCallback } from 'xstate'
import type { Now } from '../domain/primitives.ts'
import type { WatchEvent, WatchInput } from '../machines/chainMonitor/context.ts'
import type { Endpoints } from '../rpc/endpoints.ts'
import { BlockWatcher, type WatchConfig } from './blocks/blockWatcher.ts'

interface Dependencies {
  readonly endpoints: Endpoints
  readonly config: WatchConfig
  readonly now: Now
}

/** No failure ends the actor: it polls until the monitor stops it. */
export function watchBlocks({ endpoints, config, now }: Dependencies) {
  return fromCallback<WatchEvent, WatchInput>(({ sendBack, input }) => {
    const watcher = new BlockWatcher({ endpoints, config, now, report: sendBack, head: input.head })
    watcher.start()
    return () => watcher.stop()
  })
}
