/** One batch: its statechart lit, the path taken, its operations, attempts and events. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Contexts } from '../../wire.ts'
import { clock, duration, gwei, integer, short, stateName, topState } from '../format.ts'
import type { Run, World } from '../world.ts'

export function Batch({ world, id }: { world: World; id: string }) {
  const run = [...world.runs.values()].findLast(({ context }) => context['batchId'] === id)
  if (run === undefined) return <p class="empty">Batch {short(id)} is not in what has been seen here.</p>
  const context = run.context as unknown as Partial<Contexts['pendingBatch']>
  const states = run.steps.at(-1)?.states ?? []
  return (
    <>
      <h1>
        Batch {short(id)} <span class={`chip top-${topState(states)}`}>{stateName(states)}</span>
      </h1>
      <p>
        {integer(context.kept ?? 0)} operations, gas planned {integer(context.plan?.gasLimit ?? 0)}, used{' '}
        {integer(context.gasUsed ?? 0)}
        {context.failure != null && `; failed: ${context.failure}`}
      </p>
      <LitChart run={run} />
      <Path run={run} />
      <Operations world={world} id={id} operations={context.operations ?? []} />
      <Attempts world={world} id={id} attempts={context.attempts ?? []} />
      <Timeline run={run} />
    </>
  )
}

/** The gateway's drawing, with the states lit that the machine is in and those marked that it has been in. */
function LitChart({ run: { machine, steps } }: { run: Run }) {
  const holder = useRef<HTMLDivElement>(null)
  const [svg, setSvg] = useState<string | null>(null)
  useEffect(() => {
    fetch(`/inspector/charts/${machine}.svg`)
      .then((answer) => (answer.ok ? answer.text() : null))
      .then(setSvg, () => setSvg(null))
  }, [machine])
  useEffect(() => {
    if (svg === null) return
    const { documentElement } = new DOMParser().parseFromString(svg, 'image/svg+xml')
    holder.current?.replaceChildren(document.importNode(documentElement, true))
  }, [svg])
  useEffect(() => {
    const lit = new Set(steps.at(-1)?.states)
    const seen = new Set(steps.flatMap(({ states }) => states))
    const taken = new Set(steps.flatMap(({ transitions }) => transitions))
    for (const element of holder.current?.querySelectorAll('[data-state]') ?? []) {
      const state = element.getAttribute('data-state') ?? ''
      element.classList.toggle('lit', lit.has(state))
      element.classList.toggle('seen', seen.has(state))
    }
    for (const element of holder.current?.querySelectorAll('[data-transition], [data-transitions]') ?? []) {
      const ids = element.getAttribute('data-transitions') ?? element.getAttribute('data-transition') ?? ''
      element.classList.toggle(
        'taken',
        ids.split(' ').some((each) => taken.has(each)),
      )
    }
  }, [svg, steps])
  return <div class="statechart" ref={holder} />
}

function Path({ run: { steps, startedAt } }: { run: Run }) {
  return (
    <section>
      <h2>Path</h2>
      <ol class="path">
        {steps.map(({ at, states, event }, index) => (
          <li key={index}>
            <b>{stateName(states)}</b> +{duration(at - startedAt)} <i>{event}</i>
          </li>
        ))}
      </ol>
    </section>
  )
}

type Batched = Contexts['pendingBatch']

function Operations(props: { world: World; id: string; operations: Batched['operations'] }) {
  const end = props.world.facts.get(props.id)?.find((fact) => 'outcomes' in fact)
  const outcomes = end !== undefined && 'outcomes' in end ? end.outcomes : {}
  return (
    <section>
      <h2>Operations</h2>
      <ul>
        {props.operations.map(({ id, kind, lane }) => (
          <li key={id}>
            <code>{short(id)}</code> {kind} {lane ?? ''}{' '}
            <b class="outcome">
              {outcomes[id]?.type ?? 'in flight'} {outcomes[id]?.reason ?? ''}
            </b>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Attempts(props: { world: World; id: string; attempts: Batched['attempts'] }) {
  const facts = props.world.facts.get(props.id) ?? []
  return (
    <section>
      <h2>Attempts</h2>
      <ul>
        {props.attempts.map(({ hash, nonce, maxFeePerGas, maxPriorityFeePerGas, purpose }) => {
          const why = facts.find((fact) => fact.type === 'batch.resubmitted' && fact.txHash === hash)
          return (
            <li key={hash}>
              <code>{short(hash)}</code> nonce {nonce}, {purpose}, at most {gwei(maxFeePerGas)}, tip{' '}
              {gwei(maxPriorityFeePerGas)}
              {why?.type === 'batch.resubmitted' && `; because ${why.reason}`}
            </li>
          )
        })}
      </ul>
    </section>
  )
}

function Timeline({ run: { events } }: { run: Run }) {
  return (
    <section>
      <h2>Events</h2>
      <ul>
        {events.map(({ id, at, type, from, payload }) => (
          <li key={id}>
            {clock(at)} <b>{type}</b> {from !== null && `from ${from}`} <code>{JSON.stringify(payload)}</code>
          </li>
        ))}
      </ul>
    </section>
  )
}
