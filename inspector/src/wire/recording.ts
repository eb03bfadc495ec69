/**
 * A recording: a JSON file with the received messages of a viewer. The page saves and opens recordings, and a simulated run can
 * write a recording. Page and tests share the reader. The other files of the contract contain only types.
 */
import type { ActorSnapshot, Message, Path, PathStep, Welcome } from './messages.ts'

export interface Recording {
  readonly format: 'opsbatcher-recording'
  readonly version: 1
  /** State of the system before the first message. */
  readonly welcome: Welcome
  /** Messages, in order. */
  readonly messages: readonly Message[]
}

/** A file is not a valid recording. The message explains the reason to the user. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError'
}

/**
 * Reads a recording from the text of any file. Only fields used by the page are checked. Messages and facts of unknown types are
 * kept. Viewers ignore unknown types.
 * @throws RecordingError if the text is not a valid recording
 */
export function readRecording(text: string): Recording {
  const file = objectIn(parse(text))
  if (file?.format !== 'opsbatcher-recording')
    throw new RecordingError('This file is not a recording of opsbatcher.')
  const { version, welcome, messages } = file
  if (version !== 1) {
    throw new RecordingError(`This recording has version ${String(version)}. This page reads only version 1.`)
  }
  if (!isWelcome(welcome))
    throw new RecordingError('The first message (welcome) of this recording is damaged.')
  if (!Array.isArray(messages)) throw new RecordingError('This recording has no messages.')
  const damaged = messages.findIndex((message) => !isMessage(message))
  if (damaged >= 0) {
    throw new RecordingError(`Message ${damaged + 1} of ${messages.length} in this recording is damaged.`)
  }
  return { format: file.format, version, welcome, messages }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** The checked fields. Any field may be missing or have a wrong type. */
type Fields = Partial<
  Record<
    keyof Recording | keyof Welcome | keyof PathStep | keyof Path | keyof ActorSnapshot | FieldOfMessage,
    unknown
  >
>

type FieldOfMessage = Message extends infer M ? (M extends M ? keyof M : never) : never

function objectIn(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null
}

function isWelcome(value: unknown): value is Welcome {
  const welcome = objectIn(value)
  return (
    welcome !== null &&
    welcome.version === 1 &&
    typeof welcome.at === 'number' &&
    objectIn(welcome.gateway) !== null &&
    objectIn(welcome.limits) !== null &&
    isListOf(welcome.actors, isMessage) &&
    isListOf(welcome.paths, isPath) &&
    isListOf(welcome.samples, isObject) &&
    isListOf(welcome.blocks, isObject)
  )
}

function isPath(value: unknown): boolean {
  const path = objectIn(value)
  return (
    path !== null &&
    typeof path.sessionId === 'string' &&
    typeof path.machine === 'string' &&
    isListOf(path.steps, (step) => isListOf(objectIn(step)?.states, isText))
  )
}

/** Checks per message type, in addition to type, id and time. */
const KINDS: Readonly<Record<string, (message: Fields) => boolean>> = {
  '@xstate.actor': ({ name, definition, snapshot, states }) =>
    isText(name) && isText(definition) && isSnapshot(snapshot) && isListOf(states, isText),
  '@xstate.event': ({ event }) => isText(objectIn(event)?.type),
  '@xstate.snapshot': ({ event, snapshot, states, transitions }) =>
    isText(objectIn(event)?.type) &&
    isSnapshot(snapshot) &&
    isListOf(states, isText) &&
    isListOf(transitions, isText),
  'opsbatcher.fact': ({ fact }) => isText(objectIn(fact)?.type),
  'opsbatcher.sample': ({ sample }) => typeof objectIn(sample)?.at === 'number',
  'opsbatcher.traffic': ({ edges }) => isListOf(edges, isObject),
}

function isMessage(value: unknown): value is Message {
  const message = objectIn(value)
  if (message === null || !isText(message.id) || !isText(message.type)) return false
  if (!isText(message.createdAt) || !Number.isFinite(Number(message.createdAt))) return false
  if (message.type.startsWith('@xstate.') && !isText(message.sessionId)) return false
  const isSound = Object.hasOwn(KINDS, message.type) ? KINDS[message.type] : undefined
  return isSound?.(message) ?? true
}

function isSnapshot(value: unknown): boolean {
  return isText(objectIn(value)?.status)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isObject(value: unknown): boolean {
  return objectIn(value) !== null
}

function isListOf(value: unknown, isSound: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isSound)
}
