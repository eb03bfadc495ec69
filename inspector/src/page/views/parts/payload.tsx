/** The fields of an event or a context: summary and full list. */
import type { Json } from '../../../wire.ts'
import { ether, exactClock, gwei, integer, short } from '../../format.ts'

type Fields = Readonly<Record<string, Json>>

/** Times that are left out of a summary, because the time is shown beside the summary. */
const DULL = new Set(['at', 'createdAt', 'receivedAt', 'submittedAt', 'simulationCompletedAt', 'finalizedAt'])

/** The first fields in one line. */
export function summaryOf(payload: Fields, most = 4): string {
  return Object.entries(payload)
    .filter(([name, value]) => !DULL.has(name) && value !== null && typeof value !== 'object')
    .slice(0, most)
    .map(([name, value]) => `${name} ${valueText(name, value)}`)
    .join(', ')
}

function valueText(name: string, value: Json): string {
  if (typeof value === 'string' && /balance$/i.test(name)) return ether(value)
  if (typeof value === 'string')
    return /^(0x[0-9a-f]{16,}|[0-9a-f]{8}-[0-9a-f-]{27})$/.test(value) ? short(value) : value
  if (typeof value !== 'number') return String(value)
  if (/fee/i.test(name) && value >= 1_000) return gwei(value)
  if (/At$|^at$/.test(name) && value > 1e12) return exactClock(value)
  return Number.isInteger(value) ? integer(value) : value.toPrecision(3)
}

/** All fields, indented. */
export function Payload({ fields }: { fields: Fields }) {
  const entries = Object.entries(fields)
  if (entries.length === 0) return <p class="none">No fields.</p>
  return (
    <dl class="payload">
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <Value name={name} value={value} />
          </dd>
        </div>
      ))}
    </dl>
  )
}

function Value({ name, value }: { name: string; value: Json }) {
  if (value === null) return <i>none</i>
  if (isList(value)) {
    if (value.length === 0) return <i>none</i>
    const isFlat = value.every((item) => typeof item !== 'object')
    return isFlat ? <code>{value.join(', ')}</code> : <code>{JSON.stringify(value, null, 1)}</code>
  }
  if (typeof value === 'object') return <Payload fields={value} />
  return (
    <code title={String(value)}>
      {typeof value === 'number' || /balance$/i.test(name) ? valueText(name, value) : String(value)}
    </code>
  )
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value)
