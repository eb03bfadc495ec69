/** Basic elements of all views. */
import type { ComponentChildren } from 'preact'
import { exactClock, integer, short, words } from '../../format.ts'
import type { RemoteBatchSummary } from '../../state/remote.ts'
import { hrefOf } from '../../state/route.ts'
import { type Counts, toneOfRun, toneWith } from '../../world/outcomes.ts'
import { explained } from '../../world/reasons.ts'
import { leavesOf, stateWords, type Tone, tellingState, toneOf } from '../../world/states.ts'
import type { Run, World } from '../../world/world.ts'

interface ChipProps {
  readonly states: readonly string[]
  readonly label?: string
  /** Default: the tone of the states. */
  readonly tone?: Tone
}

/** The name of a state in the colour of the tone. */
export function Chip({ states, label, tone = toneOf(states) }: ChipProps) {
  return (
    <span class={`chip tone-${tone}`} title={leavesOf(states).join('\n')}>
      {label ?? stateWords(states)}
    </span>
  )
}

interface EmptyProps {
  readonly title: string
  readonly text: string
  readonly isBusy?: boolean
}

export function Empty({ title, text, isBusy = false }: EmptyProps) {
  return (
    <div class="empty">
      <div class={isBusy ? 'orbit busy' : 'orbit'} aria-hidden="true">
        <i />
        <i />
        <i />
      </div>
      <h2>{title}</h2>
      <p>{text}</p>
    </div>
  )
}

interface PanelProps {
  readonly title: string
  readonly note?: ComponentChildren
  readonly class?: string
  readonly children: ComponentChildren
}

export function Panel({ title, note, class: name = '', children }: PanelProps) {
  return (
    <section class={`panel ${name}`}>
      <header>
        <h2>{title}</h2>
        {note !== undefined && <span class="note">{note}</span>}
      </header>
      {children}
    </section>
  )
}

/** A value with its name. */
export function Figure(props: { name: string; tone?: string; title?: string; children: ComponentChildren }) {
  return (
    <div class={`figure ${props.tone === undefined ? '' : `tone-${props.tone}`}`} title={props.title}>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  )
}

/** A shortened hash or id. A click copies the full text. */
export function Code({ id, isWhole = false }: { id: string; isWhole?: boolean }) {
  return (
    <button
      type="button"
      class="code"
      title={`${id}\nClick to copy`}
      onClick={() => void navigator.clipboard?.writeText(id).catch(() => {})}
    >
      {isWhole ? id : short(id)}
    </button>
  )
}

export function BatchLink({ id }: { id: string }) {
  return (
    <a class="id" href={hrefOf('batch', id)} title={id}>
      {short(id)}
    </a>
  )
}

export function OperationLink({ id }: { id: string }) {
  return (
    <a class="id" href={hrefOf('operation', id)} title={id}>
      {short(id)}
    </a>
  )
}

export function Time({ at }: { at: number }) {
  return <time dateTime={new Date(at).toISOString()}>{exactClock(at)}</time>
}

function ReasonText({ reason }: { reason: string }) {
  const { words, code } = explained(reason)
  return (
    <span title={reason}>
      {words} {code !== null && <code>{code}</code>}
    </span>
  )
}

/** The state of a batch. A batch with failed or evicted operations is not green. */
export function BatchChip({ world, run }: { world: World; run: Run }) {
  const states = run.steps.at(-1)?.states ?? []
  return <Chip states={states} tone={toneOfRun(world, run)} label={words(tellingState(states).name)} />
}

/** The state of a stored batch. */
export function StoredChip({ batch: { state, outcomes } }: { batch: RemoteBatchSummary }) {
  const states = [`pendingBatch.${state}`]
  return <Chip states={states} tone={toneWith(toneOf(states), outcomes)} />
}

/** The number of operations by result: `58 finalized, 2 failed`. */
export function CountsText({ counts }: { counts: Counts | null }) {
  const parts = (
    [
      ['finalized', 'good'],
      ['failed', 'bad'],
      ['evicted', 'warn'],
    ] as const
  ).filter(([name]) => (counts?.[name] ?? 0) > 0)
  return (
    <span class="counts">
      {parts.map(([name, tone]) => (
        <b key={name} class={`tone-${tone}`}>
          {integer(counts?.[name] ?? 0)} {name}
        </b>
      ))}
    </span>
  )
}

/** The status of an operation, with the reason. */
export function OutcomeText({ type, reason }: { type: string; reason: string | null }) {
  const tone = type === 'Finalized' ? 'good' : type === 'Failed' ? 'bad' : 'warn'
  return (
    <span class={`outcome tone-${tone}`}>
      <b>{type}</b>
      {reason !== null && <ReasonText reason={reason} />}
    </span>
  )
}
