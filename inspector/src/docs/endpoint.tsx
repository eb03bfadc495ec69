/** One operation of the API: what it takes, what it answers, and a request to send. */
import { useState } from 'preact/hooks'
import { type ApiDocument, type Endpoint, resolve, type Schema, typeOf } from './api.ts'
import { type Answer, curlOf, type Draft, exampleDraft, requestIdIn, send } from './request.ts'

export interface Shared {
  readonly api: ApiDocument
  readonly token: string
  /** The newest id that an answer gave; null before the first. */
  readonly lastId: string | null
  readonly onId: (id: string) => void
}

export function EndpointView({ endpoint, shared }: { readonly endpoint: Endpoint; readonly shared: Shared }) {
  const { method, path, summary, description, deprecated, operationId, security = [] } = endpoint
  return (
    <section class="endpoint" id={operationId}>
      <div class="about">
        <h3>
          <span class={`method ${method.toLowerCase()}`}>{method}</span> <code>{path}</code>
          {deprecated === true && <span class="note">deprecated</span>}
          {security.length > 0 && <span class="note">operator token</span>}
        </h3>
        <p>{summary}</p>
        {description !== undefined && description !== summary && <Text text={description} />}
        <Parameters endpoint={endpoint} />
        <Body endpoint={endpoint} api={shared.api} />
        <Responses endpoint={endpoint} />
      </div>
      <Try endpoint={endpoint} shared={shared} />
    </section>
  )
}

/** Paragraphs, and code between backticks. */
function Text({ text }: { readonly text: string }) {
  return (
    <>
      {text.split(/\n\n+/).map((paragraph) => (
        <p key={paragraph}>
          {paragraph
            .split('`')
            .map((part, index) => (index % 2 === 1 ? <code key={part}>{part}</code> : part))}
        </p>
      ))}
    </>
  )
}

interface Row {
  readonly name: string
  readonly type: string
  readonly isRequired: boolean
  readonly description: string
}

function Rows({ title, rows }: { readonly title: string; readonly rows: readonly Row[] }) {
  if (rows.length === 0) return null
  return (
    <>
      <h4>{title}</h4>
      <table>
        <tbody>
          {rows.map(({ name, type, isRequired, description }) => (
            <tr key={name}>
              <th>
                <code>{name}</code>
                {isRequired && <span class="required">required</span>}
              </th>
              <td>
                <span class="type">{type}</span>
                <Text text={description} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}

function Parameters({ endpoint: { parameters = [] } }: { readonly endpoint: Endpoint }) {
  const rows = parameters.map(({ name, in: place, required = false, description = '', schema = {} }) => ({
    name,
    type: `${place}, ${typeOf(schema)}`,
    isRequired: required,
    description: description || (schema.description ?? ''),
  }))
  return <Rows title="Parameters" rows={rows} />
}

function Body({ endpoint, api }: { readonly endpoint: Endpoint; readonly api: ApiDocument }) {
  const content = endpoint.requestBody?.content['application/json']
  if (content?.schema === undefined) return null
  const { properties = {}, required = [] } = resolve(content.schema, api)
  const rows = Object.entries(properties).map(([name, schema]) => ({
    name,
    type: typeOf(schema),
    isRequired: required.includes(name),
    description: describe(schema, api),
  }))
  return <Rows title="Body" rows={rows} />
}

function describe(schema: Schema, api: ApiDocument): string {
  const { description, items } = resolve(schema, api)
  return schema.description ?? description ?? (items === undefined ? '' : describe(items, api))
}

function Responses({ endpoint: { responses } }: { readonly endpoint: Endpoint }) {
  return (
    <details>
      <summary>Answers: {Object.keys(responses).join(', ')}</summary>
      <table>
        <tbody>
          {Object.entries(responses).map(([status, { description }]) => (
            <tr key={status}>
              <th>
                <code class={status.startsWith('2') ? 'good' : 'bad'}>{status}</code>
              </th>
              <td>
                <Text text={description} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  )
}

function Try({ endpoint, shared }: { readonly endpoint: Endpoint; readonly shared: Shared }) {
  const [changed, setDraft] = useState<Draft>(exampleDraft(endpoint))
  const [isIdChanged, setIdChanged] = useState(false)
  const [answer, setAnswer] = useState<Answer | 'waiting' | null>(null)
  const { parameters = [], operationId } = endpoint
  const draft = isIdChanged ? changed : withId(changed, shared.lastId)
  const change = (name: string, value: string) => {
    if (name === 'id') setIdChanged(true)
    setDraft({ ...draft, parameters: { ...draft.parameters, [name]: value } })
  }
  const run = async () => {
    setAnswer('waiting')
    const received = await send(endpoint, draft, shared.token)
    setAnswer(received)
    const id = received.status === 200 ? requestIdIn(received) : null
    if (id !== null) shared.onId(id)
  }
  const command = curlOf(endpoint, draft)
  return (
    <form
      class="try"
      onSubmit={(event) => {
        event.preventDefault()
        void run()
      }}
    >
      {parameters.map(({ name }) => (
        <label key={name}>
          {name}
          <input
            name={name}
            spellcheck={false}
            value={draft.parameters[name]}
            onInput={({ currentTarget }) => change(name, currentTarget.value)}
          />
        </label>
      ))}
      {draft.body !== null && (
        <label>
          Body
          <textarea
            name="body"
            spellcheck={false}
            rows={Math.min(16, draft.body.split('\n').length + 1)}
            value={draft.body}
            onInput={({ currentTarget }) => setDraft({ ...draft, body: currentTarget.value })}
          />
        </label>
      )}
      <pre class="command">{command}</pre>
      <div class="buttons">
        <button type="submit" disabled={answer === 'waiting'}>
          Send
        </button>
        <button type="button" class="quiet" onClick={() => void navigator.clipboard.writeText(command)}>
          Copy as curl
        </button>
      </div>
      <output aria-label={`answer of ${operationId}`}>
        {answer !== null && <AnswerView answer={answer} />}
      </output>
    </form>
  )
}

/** An operation that was just sent is the one that a reader wants to ask for. */
function withId(draft: Draft, lastId: string | null): Draft {
  if (lastId === null || draft.parameters['id'] === undefined) return draft
  return { ...draft, parameters: { ...draft.parameters, id: lastId } }
}

function AnswerView({ answer }: { readonly answer: Answer | 'waiting' }) {
  if (answer === 'waiting') return <p class="dim">waiting for the answer</p>
  const { status, duration, text } = answer
  return (
    <>
      <p>
        <code class={status >= 200 && status < 300 ? 'good' : 'bad'}>
          {status === 0 ? 'no answer' : status}
        </code>
        <span class="dim"> {Math.round(duration)} ms</span>
      </p>
      <pre>{text}</pre>
    </>
  )
}
