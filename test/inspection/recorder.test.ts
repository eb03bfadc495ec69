import { describe, expect, it } from 'vitest'
import { readRecording } from '../../inspector/src/wire/recording.ts'
import { Recorder, type RecorderOptions } from '../../src/inspection/recorder.ts'
import { ABOUT, startRoom } from './system.ts'

let time = 0

function recorderOf(options: Partial<RecorderOptions> = {}): Recorder {
  time = 0
  return new Recorder({ now: () => time, redact: (text) => text, about: ABOUT, ...options })
}

describe('a recording', () => {
  it('contains samples and messages by simulated time, without timers', () => {
    const recorder = recorderOf()
    const { relay } = startRoom(recorder.observe)
    for (let second = 1; second <= 60; second += 1) {
      time = second * 1_000
      relay(second % 2 === 0 ? 'burn' : 'count')
    }
    const { messages } = readRecording(JSON.stringify(recorder.recording()))
    const samples = messages.filter(({ type }) => type === 'opsbatcher.sample')
    expect(samples.length).toBeGreaterThanOrEqual(59)
    const times = messages.map(({ createdAt }) => Number(createdAt))
    expect([...times].sort((a, b) => a - b)).toEqual(times)
    expect(new Set(messages.map(({ id }) => id)).size).toBe(messages.length)
  })

  it('begins with the start of its actors', () => {
    const recorder = recorderOf()
    startRoom(recorder.observe)
    const { welcome, messages } = recorder.recording()
    expect(welcome.actors).toEqual([])
    const births = messages.flatMap((message) => (message.type === '@xstate.actor' ? [message.name] : []))
    expect(births).toEqual(['room', 'lamp'])
  })

  it('of a long run contains the end of the run, with a new welcome message', () => {
    const recorder = recorderOf({ kept: 50 })
    const { relay } = startRoom(recorder.observe)
    for (time = 1_000; time <= 500_000; time += 1_000) relay('count')
    const { welcome, messages } = recorder.recording()
    expect(messages.length).toBeGreaterThanOrEqual(50)
    expect(messages.length).toBeLessThan(110)
    expect(Number(messages[0]?.createdAt)).toBeGreaterThanOrEqual(welcome.at)
    expect(welcome.actors.map(({ name }) => name)).toContain('lamp')
    expect(messages.at(-1)).toMatchObject({ createdAt: '500000' })
  })

  it('contains no secret', () => {
    const recorder = recorderOf({ redact: (text) => text.replaceAll('hunter2', '[redacted]') })
    startRoom(recorder.observe)
    recorder.noteEvent({ type: 'chain.stalled', message: 'no answer of hunter2', at: time })
    expect(JSON.stringify(recorder.recording())).toContain('no answer of [redacted]')
  })

  it('does not harm an actor if recording fails', () => {
    let isBroken = false
    const recorder = recorderOf({
      now: () => {
        if (isBroken) throw new Error('no clock')
        return time
      },
    })
    const { room, relay } = startRoom(recorder.observe)
    isBroken = true
    relay('press')
    recorder.noteEvent({ type: 'chain.followed', at: time })
    expect(room.getSnapshot().status).toBe('active')
  })
})
