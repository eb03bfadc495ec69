/** The replay controls, and the strip that marks a shown moment of the past. */
import { useState } from 'preact/hooks'
import { clock, day, duration, eventWords, exactClock, integer } from '../format.ts'
import { goLive, openRecording, saveRecording, seek, step, togglePause, togglePlay } from '../state/store.ts'
import type { Replay, View } from '../state/view.ts'
import { type History, timeAt } from '../world/history.ts'
import { stateWords } from '../world/states.ts'
import type { World } from '../world/world.ts'
import { Icon } from './parts/icons.tsx'

const SPEEDS = [0.25, 1, 4, 16] as const

export function ReplayBar({ view }: { view: View }) {
  const [speed, setSpeed] = useState<number>(1)
  const [isUnfolded, setIsUnfolded] = useState(false)
  const { replay, live } = view
  const history = replay?.history ?? live
  const last = history?.messages.length ?? 0
  const isPlaying = replay !== null && replay.speed !== null
  return (
    <footer class={replay === null ? 'replay' : 'replay past'}>
      {replay !== null && <Strip replay={replay} live={live} world={view.world} />}
      <div class={isUnfolded ? 'controls unfolded' : 'controls'}>
        <button type="button" class="main" disabled={history === null} onClick={togglePause}>
          {replay === null ? 'Pause' : 'Go live'}
        </button>
        <Control
          name="backChange"
          title="Back to the previous change of state (Shift ←)"
          onClick={() => step(-1, 'change')}
        />
        <Control class="extra" name="back" title="One event back (←)" onClick={() => step(-1, 'event')} />
        <Control
          name={isPlaying ? 'pause' : 'play'}
          title={isPlaying ? 'Stop playing (P)' : 'Play (P)'}
          onClick={() => togglePlay(speed)}
        />
        <Control class="extra" name="on" title="One event forward (→)" onClick={() => step(1, 'event')} />
        <Control
          name="onChange"
          title="Forward to the next change of state (Shift →)"
          onClick={() => step(1, 'change')}
        />
        <select
          aria-label="Speed"
          value={speed}
          onChange={({ currentTarget }) => setSpeed(Number(currentTarget.value))}
        >
          {SPEEDS.map((each) => (
            <option key={each} value={each}>
              {each}×
            </option>
          ))}
        </select>
        <input
          type="range"
          aria-label="Time"
          disabled={history === null}
          min={0}
          max={last}
          value={replay?.position ?? last}
          onInput={({ currentTarget }) => seek(Number(currentTarget.value))}
        />
        <span class="where">
          {history !== null && <Where history={history} position={replay?.position ?? last} />}
        </span>
        <Control class="extra" name="save" title="Save a recording (S)" onClick={saveRecording} />
        <Control
          class="extra"
          name="open"
          title="Open a recording (O)"
          id="open"
          onClick={() => document.getElementById('file')?.click()}
        />
        <button
          type="button"
          class="icon more"
          title="More controls"
          aria-label="More controls"
          aria-expanded={isUnfolded}
          onClick={() => setIsUnfolded(!isUnfolded)}
        >
          <Icon name="more" />
        </button>
        <input
          id="file"
          type="file"
          accept=".json,application/json"
          aria-label="Recording"
          hidden
          onChange={({ currentTarget }) => {
            const [file] = currentTarget.files ?? []
            if (file !== undefined) void openRecording(file)
            currentTarget.value = ''
          }}
        />
      </div>
    </footer>
  )
}

interface ControlProps {
  readonly name: Parameters<typeof Icon>[0]['name']
  readonly title: string
  readonly id?: string
  /** `extra`: folded away on a phone. */
  readonly class?: string
  readonly onClick: () => void
}

function Control({ name, title, id, class: extra = '', onClick }: ControlProps) {
  return (
    <button
      type="button"
      class={`icon ${extra}`}
      title={title}
      aria-label={title}
      onClick={onClick}
      {...(id && { id })}
    >
      <Icon name={name} />
    </button>
  )
}

function Where({ history, position }: { history: History; position: number }) {
  const at = timeAt(history, position)
  return (
    <>
      <time>{clock(at)}</time>
      <small>
        {integer(position)} / {integer(history.messages.length)}
      </small>
    </>
  )
}

/** The shown moment and its event. */
function Strip({ replay, live, world }: { replay: Replay; live: History | null; world: World | null }) {
  const { history, position, file } = replay
  const at = timeAt(history, position)
  const behind = (live?.world.at ?? at) - at
  return (
    <div class="strip" role="status">
      <b class="mode">{file === null ? 'Paused' : 'Recording'}</b>
      <span class="what">
        {file === null
          ? `at ${exactClock(at)}, ${duration(behind)} behind live`
          : `${file}, of ${day(history.start.at)}, at ${exactClock(at)}`}
      </span>
      <span class="event">
        {world !== null && <Message world={world} message={history.messages[position - 1]} />}
      </span>
      <button type="button" onClick={goLive}>
        {file === null ? 'Go live' : 'Close recording'}
      </button>
    </div>
  )
}

/** The last applied message. */
function Message({ world, message }: { world: World; message: History['messages'][number] | undefined }) {
  const nameOf = (sessionId: string) =>
    world.runs.get(sessionId)?.name ?? world.actors.get(sessionId)?.name ?? 'an effect'
  switch (message?.type) {
    case undefined:
      return <>start</>
    case '@xstate.actor':
      return (
        <>
          <b>{message.name}</b> started
        </>
      )
    case '@xstate.event':
      return (
        <>
          <b>{eventWords(message.event.type)}</b>{' '}
          {message.sourceId !== null && `from ${nameOf(message.sourceId)} `}to {nameOf(message.sessionId)}
        </>
      )
    case '@xstate.snapshot':
      return (
        <>
          <b>{nameOf(message.sessionId)}</b>{' '}
          {message.snapshot.status === 'active' ? `is ${stateWords(message.states)}` : 'ended'}
        </>
      )
    case 'opsbatcher.fact':
      return <b>{message.fact.type}</b>
    case 'opsbatcher.sample':
      return <>sample</>
    case 'opsbatcher.traffic':
      return <>counted events</>
    default:
      return <>unknown message</>
  }
}
