/** The live view of a gateway, put together: what observes it, what is streamed, and the routes that show it. */

import { VERSION } from './cli/version.ts'
import type { Access } from './domain/access.ts'
import type { GatewayConfig } from './domain/config.ts'
import type { OpsBatcherHandle } from './domain/handle.ts'
import type { Now } from './domain/primitives.ts'
import type { Watch } from './gateway/events.ts'
import { createRedactor, type Logger } from './gateway/log.ts'
import { aboutGateway } from './inspection/about.ts'
import { createCharts } from './inspection/charts/charts.ts'
import { Inspection } from './inspection/inspection.ts'
import { gatewayMachine } from './machines/root/root.ts'
import { createInspectorApp } from './server/inspector/app.ts'

export interface LiveViewOptions {
  readonly config: GatewayConfig
  readonly access: Access
  /** Texts that nobody is shown. */
  readonly secrets: readonly string[]
  readonly logger: Logger
  readonly now: Now
}

export interface LiveView {
  /** For `createGateway`. */
  readonly inspect: Watch
  /** The routes under `/inspector`. */
  readonly app: ReturnType<typeof createInspectorApp>
  /** Watches a gateway that was created with `inspect`. */
  follow(gateway: OpsBatcherHandle): void
  /** Ends every viewer's stream. */
  close(): void
}

export function createLiveView({ config, access, secrets, logger, now }: LiveViewOptions): LiveView {
  const startedAt = now()
  let chainId = 0
  const inspection = new Inspection({
    now,
    redact: createRedactor(secrets),
    about: () => aboutGateway(config, { version: VERSION, chainId, startedAt }),
  })
  const charts = createCharts(gatewayMachine)
  const source = { open: (lastEventId: string | null) => inspection.open(lastEventId), charts }
  return {
    inspect: inspection.observe,
    app: createInspectorApp({ source, access, logger }),
    follow(gateway) {
      chainId = gateway.chain().chainId
      gateway.on(inspection.noteEvent)
    },
    close: () => inspection.close(),
  }
}
