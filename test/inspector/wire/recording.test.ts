/** Reading of recordings: a file is opened, or refused with a reason. */
import { describe, expect, it } from 'vitest'
import { RecordingError, readRecording } from '../../../inspector/src/wire/recording.ts'
import type { Recording } from '../../../inspector/src/wire.ts'
import { Recorder } from '../../../src/inspection/recorder.ts'
import { ABOUT, startRoom } from '../../inspection/system.ts'

function record(): Recording {
  let time = 1_000
  const recorder = new Recorder({ now: () => time, redact: (text) => text, about: ABOUT })
  const { relay } = startRoom(recorder.observe)
  relay('press')
  relay('press')
  for (let times = 0; times < 20; times += 1) relay('count')
  recorder.noteEvent({ type: 'chain.followed', at: time })
  time += 1_000
  relay('count')
  return recorder.recording()
}

const recording = record()
const copy = () => JSON.parse(JSON.stringify(recording))

describe('a recording', () => {
  it('is equal after a write and a read, with every message type', () => {
    expect(readRecording(JSON.stringify(recording))).toEqual(recording)
    expect(new Set(recording.messages.map(({ type }) => type))).toEqual(
      new Set([
        '@xstate.actor',
        '@xstate.event',
        '@xstate.snapshot',
        'opsbatcher.fact',
        'opsbatcher.sample',
        'opsbatcher.traffic',
      ]),
    )
  })

  it('may contain unknown types of messages and facts', () => {
    const novel = copy()
    const stamp = { id: 'x', createdAt: '5' }
    novel.messages.push({ type: 'opsbatcher.novelty', ...stamp })
    novel.messages.push({ type: 'opsbatcher.fact', ...stamp, fact: { type: 'moon.rose' } })
    expect(readRecording(JSON.stringify(novel)).messages).toHaveLength(recording.messages.length + 2)
  })
})

describe('an invalid recording', () => {
  it.each(['', '{', 'null', '3', '"opsbatcher-recording"', '[]', '{}', '{"format":"other"}'])(
    'is refused: %s',
    (text) => {
      expect(() => readRecording(text)).toThrow(
        new RecordingError('This file is not a recording of opsbatcher.'),
      )
    },
  )

  it('with an unknown version is refused with the reason', () => {
    expect(() => readRecording(JSON.stringify({ ...copy(), version: 2 }))).toThrow('version 2')
  })

  it.each(['gateway', 'limits', 'at', 'version', 'actors', 'paths', 'samples', 'blocks'])(
    'with a damaged welcome message is refused: %s',
    (field) => {
      const damaged = copy()
      delete damaged.welcome[field]
      expect(() => readRecording(JSON.stringify(damaged))).toThrow(
        'The first message (welcome) of this recording',
      )
    },
  )

  /** All required fields, by message type. */
  const fields = [
    ['@xstate.actor', ['id', 'createdAt', 'sessionId', 'name', 'definition', 'snapshot', 'states']],
    ['@xstate.event', ['id', 'createdAt', 'sessionId', 'event']],
    ['@xstate.snapshot', ['id', 'createdAt', 'sessionId', 'event', 'snapshot', 'states', 'transitions']],
    ['opsbatcher.fact', ['id', 'createdAt', 'fact']],
    ['opsbatcher.sample', ['id', 'createdAt', 'sample']],
    ['opsbatcher.traffic', ['id', 'createdAt', 'edges']],
  ] as const
  const cases = fields.flatMap(([type, names]) => names.map((name) => [type, name] as const))

  it.each(cases)('with a damaged message is refused with this reason: %s without %s', (type, name) => {
    for (const value of [undefined, 17, null]) {
      const damaged = copy()
      const index = recording.messages.findIndex((message) => message.type === type)
      damaged.messages[index][name] = value
      expect(() => readRecording(JSON.stringify(damaged))).toThrow(
        `Message ${index + 1} of ${recording.messages.length} in this recording is damaged.`,
      )
    }
  })

  it('without messages is refused', () => {
    expect(() => readRecording(JSON.stringify({ ...copy(), messages: {} }))).toThrow('no messages')
  })
})
