/** What a text stands for: in what has been seen, and, for a whole id, in what the gateway has stored. */
import { useEffect } from 'preact/hooks'
import { type RemoteBatch, type RemoteOperation, useRemote } from '../state/remote.ts'
import { hrefOf } from '../state/route.ts'
import { type Found, find, isUuid, normalized } from '../world/find.ts'
import type { World } from '../world/world.ts'
import { Empty, Panel } from './parts/basics.tsx'

export function Search({ world, text, isRemote }: { world: World; text: string; isRemote: boolean }) {
  const query = normalized(text)
  const found = find(world, query)
  const isAsked = isRemote && found.length === 0 && isUuid(query)
  const operation = useRemote<RemoteOperation>(isAsked ? `/operations/${query}` : null, '')
  const batch = useRemote<RemoteBatch>(isAsked ? `/batches/${query}` : null, '')
  const results = [...found, ...storedResults(query, operation.value, batch.value)]
  const [only] = results
  const href = results.length === 1 && only !== undefined ? hrefOf(...only.route) : null
  useEffect(() => {
    // Back leads to where one searched from, not here again.
    if (href !== null) location.replace(href)
  }, [href])
  if (results.length > 0) return <Results text={text} results={results} />
  if (operation.state === 'loading' || batch.state === 'loading') {
    return <Empty title={`Looking for ${text}`} text="Asking the gateway." isBusy />
  }
  return (
    <Empty
      title={`Nothing is known of ${text}`}
      text="Search for an operation, a transaction or a batch by its id or the beginning of it, for an account by its leaf index, or for a block by its number. Of what ended before this page was opened, the gateway knows whole ids."
    />
  )
}

function storedResults(
  query: string,
  operation: RemoteOperation | null,
  batch: RemoteBatch | null,
): readonly Found[] {
  return [
    ...(operation === null
      ? []
      : [{ kind: 'operation' as const, route: ['operation', query], title: query, detail: operation.kind }]),
    ...(batch === null
      ? []
      : [
          {
            kind: 'batch' as const,
            route: ['batch', query],
            title: query,
            detail: `${batch.batch.operations} operations`,
          },
        ]),
  ]
}

function Results({ text, results }: { text: string; results: readonly Found[] }) {
  return (
    <Panel title={`Found for ${text}`} note={`${results.length}`}>
      <ul class="list results">
        {results.map(({ kind, route, title, detail }) => (
          <li key={route.join('/')}>
            <small>{kind}</small>
            <a class="id" href={hrefOf(...route)}>
              {title}
            </a>
            <span>{detail}</span>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
