/** The page of the API, from its OpenAPI document. */
import { render } from 'preact'
import { useState } from 'preact/hooks'
import './docs.css'
import { type ApiDocument, type Endpoint, groupsOf } from './api.ts'
import { EndpointView } from './endpoint.tsx'
import { readDocument } from './request.ts'

function Page({ api }: { readonly api: ApiDocument }) {
  const [token, setToken] = useState('')
  const [lastId, setLastId] = useState<string | null>(null)
  const groups = groupsOf(api)
  const shared = { api, token, lastId, onId: setLastId }
  return (
    <>
      <nav aria-label="Operations">
        <h1>
          {api.info.title} <small>{api.info.version}</small>
        </h1>
        {[...groups].map(([tag, endpoints]) => (
          <div key={tag}>
            <h2>{tag}</h2>
            {endpoints.map((endpoint) => (
              <Link key={endpoint.operationId} endpoint={endpoint} />
            ))}
          </div>
        ))}
      </nav>
      <main>
        <header>
          <p>{api.info.description}</p>
          <p>
            The same as a file: <a href="../openapi.json">openapi.json</a>
          </p>
          <label class="token">
            Operator token
            <input
              type="password"
              autocomplete="off"
              value={token}
              placeholder="sent with each request; kept only in this page"
              onInput={({ currentTarget }) => setToken(currentTarget.value)}
            />
          </label>
        </header>
        {[...groups].map(([tag, endpoints]) => (
          <div key={tag}>
            <h2>{tag}</h2>
            {endpoints.map((endpoint) => (
              <EndpointView key={endpoint.operationId} endpoint={endpoint} shared={shared} />
            ))}
          </div>
        ))}
      </main>
    </>
  )
}

/** The page has a base address, so that an address of only a fragment would lead to another page. */
function Link({ endpoint: { operationId, method, path, deprecated } }: { readonly endpoint: Endpoint }) {
  return (
    <a href={`${location.pathname}#${operationId}`} class={deprecated === true ? 'deprecated' : ''}>
      <span class={`method ${method.toLowerCase()}`}>{method}</span> {path}
    </a>
  )
}

const root = document.getElementById('page')
if (root !== null) {
  try {
    render(<Page api={(await readDocument()) as ApiDocument} />, root)
    // The place is drawn only now.
    document.getElementById(location.hash.slice(1))?.scrollIntoView()
  } catch (error) {
    render(<p class="bad">The document of the API cannot be read: {String(error)}</p>, root)
  }
}
