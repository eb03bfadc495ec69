/**
 * The contract between the gateway and its viewers: the page, the bridge and recordings. It contains only types. Gateway and
 * viewers import nothing else of each other. `wire/recording.ts` reads recordings.
 *
 * Times are in milliseconds since the Unix epoch, fees in wei per unit of gas, balances in wei as decimal strings. There is no
 * bigint, no calldata, no signature and no signed bytes. The id of an operation is a UUID without prefix. The HTTP routes accept
 * the id with or without `gw_`.
 *
 * ## Routes
 *
 * | route | answer |
 * | --- | --- |
 * | `GET /inspector` | the page: `inspector/dist/index.html` |
 * | `GET /inspector/assets/{file}` | a file of the page: `inspector/dist/assets/{file}`, without subfolders |
 * | `GET /inspector/stream` | the stream, `text/event-stream` |
 * | `GET /inspector/charts` | a `ChartList` |
 * | `GET /inspector/charts/{machine}.svg` | a statechart. See `Chart` for the elements that a page can highlight |
 * | `GET /operations/{id}`, `/batches`, `/batches/{id}`, `/chain`, `/wallet`, `/health` | see `/openapi.json`. Names are in snake case |
 *
 * All routes are read-only. If an operator token is configured, the routes under `/inspector` require the token: as
 * `Authorization: Bearer`, or once as `GET /inspector?token=…`, which sets a cookie and redirects to `/inspector`. Without the
 * token the answer is 401. In the page, `fetch` and `EventSource` send the cookie automatically.
 *
 * The content security policy is `default-src 'none'` with `'self'` for scripts, styles, images (and `data:` images), fonts and
 * connections. Inline scripts and inline styles (including `style=""` in markup) are forbidden, but a script may set
 * `element.style.x`. Nothing is loaded from other hosts. A file input opens a recording, and a `blob:` link saves it.
 *
 * ## The stream
 *
 * | event | data | when |
 * | --- | --- | --- |
 * | `welcome` | `Welcome` | first, and after a reconnection that cannot resume. It replaces all state of the viewer |
 * | `messages` | `Message[]` | every 100 ms if there are messages, in order |
 * | `dropped` | `Dropped` | last. The server closes the stream, and EventSource reconnects |
 *
 * Every event has an id. A reconnection with `Last-Event-ID` resumes after this event without `welcome` if the gateway still has
 * all later events. A sample arrives every second. A stream that is silent for several seconds is broken. Above the maximum number
 * of viewers, the answer is 503.
 *
 * ## Sources of each view
 *
 * | view | source |
 * | --- | --- |
 * | Overview: the diagram | `Welcome.actors`, then `@xstate.actor` and `@xstate.snapshot` (highlight `states`). An event moves along the edge `sourceId` → `sessionId` of `@xstate.event`. `opsbatcher.traffic` counts many events |
 * | Overview: the small charts | `Welcome.samples` and `opsbatcher.sample` (queue depth, oldest age, rates from the differences of the counters). `Welcome.blocks` and the fact `block.observed` (base fee, average, blocks). Limits from `Welcome.limits` |
 * | Batches: slots over time | `Welcome.paths` of machine `pendingBatch` (active and recently ended), then `@xstate.actor` (the next batch of a slot) and `@xstate.snapshot` with changed `states`. The fact `batch.resubmitted` is a mark. Older batches from `GET /batches` |
 * | Batch: highlighted chart, path, timeline | the `Path`, each `@xstate.snapshot` (`states`, `transitions`), each `@xstate.event` to the session, and the facts with the `batchId` |
 * | Batch: operations, outcomes, gas, attempts | `Contexts['pendingBatch']` while the batch is in flight, and the fact `batch.finalized` or `batch.failed` after it is settled. Live also `GET /batches/{id}`. The reason of a replacement: fact `batch.resubmitted` with its `txHash` |
 * | Operation | `GET /operations/{id}`. In a recording: the batch with the operation, the path of the batch, and the outcome in the fact. Times: `receivedAt`; stored: the event `operations.recorded` with the id in `ids`; ready: the event `operations.ready`; then the facts `batch.spawned`, `.simulated`, `.submitted`, `.included`, `.finalized`. `GET /operations/{id}` has all times except stored and ready. An event contains the first 50 ids, and under load some events are only counted |
 * | Lanes | `Contexts['nonceTracker'].gaps` |
 * | Replay | a `Recording` with the same `Welcome` and `Message`s. The time is `createdAt` |
 */

export type { Json } from './wire/basics.ts'
export type * from './wire/charts.ts'
export type * from './wire/contexts.ts'
export type * from './wire/facts.ts'
export type * from './wire/messages.ts'
export type { Recording } from './wire/recording.ts'
