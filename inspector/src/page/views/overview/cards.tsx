/** Figures that an operator is paged for: failures, latency and money. */
import { duration, ether, integer, long } from '../../format.ts'
import { contextOfMachine } from '../../world/batches.ts'
import type { Tone } from '../../world/states.ts'
import { period, recent } from '../../world/trouble.ts'
import type { World } from '../../world/world.ts'

export function Cards({ world }: { world: World }) {
  const last = world.samples.at(-1)
  const balance = contextOfMachine(world, 'wallet')?.balance ?? null
  const latency = last?.latency ?? null
  const money = last?.money ?? null
  return (
    <dl class="cards" aria-label="Results">
      <Card
        name="Failed operations"
        tone={recent(world, 'failed') > 0 ? 'bad' : null}
        note={`${integer(last?.failed ?? 0)} since the start`}
      >
        {integer(recent(world, 'failed'))}
      </Card>
      <Card
        name="Evicted operations"
        tone={recent(world, 'evicted') > 0 ? 'warn' : null}
        note={`in the last ${period(world)}, tried again`}
      >
        {integer(recent(world, 'evicted'))}
      </Card>
      <Card name="Latency p50 / p99" note="receipt to finality">
        {latency === null ? '–' : `${duration(latency.p50)} / ${duration(latency.p99)}`}
      </Card>
      <Card name="Cost an hour" note="spent in the last hour">
        {money === null ? '–' : ether(money.spentLastHour)}
      </Card>
      <Card name="Wallet runway" note={balance === null ? 'balance unknown' : `balance ${ether(balance)}`}>
        {money === null || money.runway === null ? '–' : long(money.runway)}
      </Card>
    </dl>
  )
}

interface CardProps {
  readonly name: string
  readonly note: string
  readonly tone?: Tone | null
  readonly children: string
}

function Card({ name, note, tone = null, children }: CardProps) {
  return (
    <div class={tone === null ? 'card' : `card tone-${tone}`}>
      <dt>{name}</dt>
      <dd>{children}</dd>
      <dd class="note">{note}</dd>
    </div>
  )
}
