/** Search in the received messages. A complete id is also searched in the store of the gateway. */
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
    // With a replaced location, the browser history does not contain this page.
    if (href !== null) location.replace(href)
  }, [href])
  if (results.length > 0) return <Results text={text} results={results} />
  if (operation.state === 'loading' || batch.state === 'loading') {
    return <Empty title={`Searching for ${text}`} text="Loading from the gateway." isBusy />
  }
  return (
    <Empty
      title={`Nothing found for ${text}`}
      text="Search for the start of an operation id, batch id or transaction hash, for the leaf index of an account, or for a block number. For older operations and batches, enter the complete id."
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
    <Panel title={`Results for ${text}`} note={`${results.length}`}>
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
