/** The batches that have been seen, newest first. */
import { clock, duration, short, stateName, topState } from '../format.ts'
import type { World } from '../world.ts'

export function Batches({ world }: { world: World }) {
  const runs = [...world.runs.values()].filter(({ machine }) => machine === 'pendingBatch').reverse()
  if (runs.length === 0) return <p class="empty">No batch yet. Send an operation and watch here.</p>
  return (
    <table>
      <thead>
        <tr>
          <th>Batch</th>
          <th>Slot</th>
          <th>State</th>
          <th>Began</th>
          <th>Took</th>
          <th>Attempts</th>
        </tr>
      </thead>
      <tbody>
        {runs.map(({ sessionId, name, steps, startedAt, endedAt, context }) => {
          const { batchId, attempts } = context
          const states = steps.at(-1)?.states ?? []
          return (
            <tr key={sessionId}>
              <td>
                <a href={`#/batch/${String(batchId)}`}>{short(String(batchId))}</a>
              </td>
              <td>{name}</td>
              <td>
                <span class={`chip top-${topState(states)}`}>{stateName(states)}</span>
              </td>
              <td>{clock(startedAt)}</td>
              <td>{duration((endedAt ?? world.at) - startedAt)}</td>
              <td>{Array.isArray(attempts) ? attempts.length : 0}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}
