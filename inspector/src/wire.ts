/**
 * The contract between the gateway and whoever watches it: the page, the bridge, a recording. Types only; both sides
 * import this file and nothing else of each other. Recordings are read with `wire/recording.ts`.
 *
 * Times are milliseconds since the Unix epoch, fees are wei per gas, gas is gas; balances are decimal strings of wei.
 * Nothing here is a bigint, no calldata, no signature, no signed bytes. Ids of operations are bare UUIDs; the HTTP
 * routes take them with or without `gw_`.
 *
 * ## Routes of the gateway's own port
 *
 * | route | answer |
 * | --- | --- |
 * | `GET /inspector` | the page: `inspector/dist/index.html` |
 * | `GET /inspector/assets/{file}` | the page's files: `inspector/dist/assets/{file}`, flat |
 * | `GET /inspector/stream` | the stream, `text/event-stream` |
 * | `GET /inspector/charts` | a `ChartList` |
 * | `GET /inspector/charts/{machine}.svg` | a statechart; see `Chart` for what can be lit in it |
 * | `GET /operations/{id}`, `/batches`, `/batches/{id}`, `/chain`, `/wallet`, `/health` | as `/openapi.json` says; snake case |
 *
 * All are reads. Where an operator token is configured, the routes under `/inspector` want it: as
 * `Authorization: Bearer`, or once as `GET /inspector?token=…`, which sets a cookie and redirects to `/inspector`. Without
 * it they answer 401. The page needs to do nothing for that: `fetch` and `EventSource` send the cookie.
 *
 * The content security policy is `default-src 'none'` with `'self'` for scripts, styles, images (and `data:` images),
 * fonts and connections: no inline script, no inline style (`style=""` in markup included; `element.style.x = …` from a
 * script is allowed), nothing from elsewhere. A recording is opened with a file input and saved through a `blob:` link.
 *
 * ## The stream
 *
 * | event | data | when |
 * | --- | --- | --- |
 * | `welcome` | `Welcome` | first; and again after a reconnection that cannot be resumed: replace all state by it |
 * | `messages` | `Message[]` | every 100 ms in which something happened, in order |
 * | `dropped` | `Dropped` | last; the server closes, and EventSource comes back by itself |
 *
 * Every event has an id. A reconnection with `Last-Event-ID` goes on after it without `welcome` when the gateway still
 * has what was missed. A sample comes every second: a stream that is silent for several is dead. More viewers than the
 * gateway serves at a time are answered 503.
 *
 * ## What each view is made of
 *
 * | view | from |
 * | --- | --- |
 * | Overview: the diagram | `Welcome.actors`, then `@xstate.actor` and `@xstate.snapshot` (`states` is lit); an event moves along the edge `sourceId` → `sessionId` of `@xstate.event`; `opsbatcher.traffic` is many of them at once |
 * | Overview: the small charts | `Welcome.samples` and `opsbatcher.sample` (queue depth, oldest age, rates from the differences of the counters); `Welcome.blocks` and the fact `block.observed` (base fee, its average, block ticks); ceilings from `Welcome.limits` |
 * | Batches: lanes over time | `Welcome.paths` of machine `pendingBatch` (live and recently ended), then `@xstate.actor` (a slot's new tenant) and `@xstate.snapshot` with a changed `states`; fact `batch.resubmitted` marks; older batches from `GET /batches` |
 * | Batch: lit chart, path, timeline | its `Path`, its `@xstate.snapshot`s (`states`, `transitions`), the `@xstate.event`s to its session and the facts with its `batchId` |
 * | Batch: operations, outcomes, gas, attempts | `Contexts['pendingBatch']` while it lives and fact `batch.finalized`/`batch.failed` at its end (that is all a recording has); live also `GET /batches/{id}`. Why an attempt replaced another: fact `batch.resubmitted` with its `txHash` |
 * | Operation | `GET /operations/{id}`; in a recording: the batch whose `operations` hold it, its path, and its outcome in the fact. Its times: received: its `receivedAt`; stored: the event `operations.recorded` with its id in `ids`; ready: `operations.ready` likewise; then its batch's: facts `batch.spawned`, `.simulated`, `.submitted`, `.included`, `.finalized`, or all but stored and ready from `GET /operations/{id}`. An event names its first 50 operations, and under load not every event is told |
 * | Lanes | `Contexts['nonceTracker'].gaps` |
 * | Replay | a `Recording`: the same `Welcome` and `Message`s; time is `createdAt` |
 */

export type { Json } from './wire/basics.ts'
export type * from './wire/charts.ts'
export type * from './wire/contexts.ts'
export type * from './wire/facts.ts'
export type * from './wire/messages.ts'
export type { Recording } from './wire/recording.ts'
