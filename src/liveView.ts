/** The live view of a gateway: observer, event stream and HTTP routes. */
import type { Endpoint } from '../inspector/src/wire.ts'
import { VERSION } from './cli/version.ts'
import type { Access } from './domain/access.ts'
import type { GatewayConfig } from './domain/config.ts'
import type { OpsBatcherHandle } from './domain/handle.ts'
import type { Now } from './domain/primitives.ts'
import type { Watch } from './gateway/events.ts'
import { createRedactor } from './gateway/log.ts'
import { aboutGateway } from './inspection/about.ts'
import { createCharts } from './inspection/charts/charts.ts'
import { Inspection } from './inspection/inspection.ts'
import { Spending } from './inspection/spending.ts'
import { gatewayMachine } from './machines/root/root.ts'
import type { Logger } from './server/handler.ts'
import { createInspectorApp } from './server/inspector/app.ts'

export interface LiveViewOptions {
  readonly config: GatewayConfig
  readonly access: Access
  /** Texts that the live view hides. */
  readonly secrets: readonly string[]
  readonly logger: Logger
  readonly now: Now
}

export interface LiveView {
  /** Option `inspect` of `createGateway`. */
  readonly inspect: Watch
  /** The routes under `/inspector`. */
  readonly app: ReturnType<typeof createInspectorApp>
  /** Observes a gateway that was created with `inspect`. */
  follow(gateway: OpsBatcherHandle): void
  /** Closes the streams of all viewers. */
  close(): void
}

export function createLiveView({ config, access, secrets, logger, now }: LiveViewOptions): LiveView {
  const startedAt = now()
  let chainId = () => 0
  let endpoints = (): readonly Endpoint[] => []
  let spending: Spending | null = null
  const inspection = new Inspection({
    now,
    redact: createRedactor(secrets),
    about: () => ({
      ...aboutGateway(config, { version: VERSION, chainId: chainId(), startedAt }),
      endpoints: endpoints(),
    }),
    money: () => spending?.latest() ?? null,
  })
  const charts = createCharts(gatewayMachine)
  const source = { open: (lastEventId: string | null) => inspection.open(lastEventId), charts }
  return {
    inspect: inspection.observe,
    app: createInspectorApp({ source, access, logger }),
    follow(gateway) {
      // The chain may answer later than the first viewer asks.
      chainId = () => gateway.chain().chainId ?? 0
      endpoints = () =>
        gateway.chain().endpoints.map(({ name, state, message }) => ({ name, state, message }))
      spending = new Spending(gateway, now)
      gateway.on(inspection.noteEvent)
    },
    close: () => inspection.close(),
  }
}
