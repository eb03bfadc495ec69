/** Classifies the error of a broadcast: class of the refusal, words of the node, and the limit named in the message. */
import { BaseError, HttpRequestError, RpcRequestError } from 'viem'
import { REFUSAL_CLASSES, type Refusal, type RefusalClass, type RefusalPatterns } from '../domain/refusal.ts'
import { isUnavailable } from './chainClient.ts'
import { CODE_CLASSES, LIMIT_TABLE, REFUSAL_TABLE, type RefusalRow } from './refusalTable.ts'

/** @param endpoint name of the endpoint that answered */
export type ClassifyRefusal = (error: unknown, endpoint: string) => Refusal

/** Longest text that is kept of a message. A node may echo the transaction. */
const MAX_WORDS = 400

const WEI_PER_ETHER = 1e18

/**
 * Makes the classifier.
 * @param patterns the operator's regular expressions, tried before the table
 */
export function refusalClassifier(patterns: RefusalPatterns): ClassifyRefusal {
  const rules = REFUSAL_CLASSES.flatMap((kind) =>
    (patterns[kind] ?? []).map((source) => ({ class: kind, regExp: new RegExp(source, 'i') })),
  )
  const table = REFUSAL_CLASSES.flatMap((kind) =>
    REFUSAL_TABLE.filter((row) => row.class === kind).map((row) => ({ class: kind, regExp: regExpOf(row) })),
  )
  const ordered = [...rules, ...table]
  return (error, endpoint) => {
    const { texts, code, fallback } = answerOf(error)
    const rule =
      code === null ? undefined : ordered.find(({ regExp }) => texts.some((text) => regExp.test(text)))
    const found = rule?.class ?? fallback
    const words = [...new Set(texts)].join('; ').slice(0, MAX_WORDS)
    return { class: found, words, code, endpoint, limit: limitIn(words, found) }
  }
}

interface Answer {
  /** The message, and the data if they hold a text. */
  readonly texts: readonly string[]
  /** Null without an answer: the text is a reason of the transport, or a page of a proxy, and is not matched. */
  readonly code: number | null
  /** The class if no pattern matches. */
  readonly fallback: RefusalClass
}

function answerOf(error: unknown): Answer {
  const rpc = linkOf(error, RpcRequestError)
  if (rpc !== null) {
    const { code, details, data, status = 200 } = rpc
    const texts = [details, ...textsIn(data)].map((text) => withoutPrefixes(oneLine(text)))
    return { texts, code, fallback: CODE_CLASSES[code] ?? classOfStatus(status) ?? 'unknown' }
  }
  const status = linkOf(error, HttpRequestError)?.status
  const reason = error instanceof BaseError ? error.details || error.shortMessage : String(error)
  const words = oneLine(status === undefined ? reason : `HTTP ${status}`)
  const fallback = classOfStatus(status ?? 0) ?? (isUnavailable(error) ? 'transport' : 'unknown')
  return { texts: [words], code: null, fallback }
}

/** @returns null for a status that says nothing about the endpoint */
function classOfStatus(status: number): RefusalClass | null {
  return CODE_CLASSES[status] ?? (status >= 500 ? 'transport' : null)
}

function linkOf<T>(error: unknown, type: abstract new (...args: never[]) => T): T | null {
  const link = error instanceof BaseError ? error.walk((cause) => cause instanceof type) : null
  return link instanceof type ? link : null
}

/** The data of a JSON-RPC error: a text, or an object with a message. */
function textsIn(data: unknown): readonly string[] {
  if (typeof data === 'string') return data === '' || data.startsWith('0x') ? [] : [data]
  if (typeof data !== 'object' || data === null) return []
  return ['message' in data ? data.message : null, 'reason' in data ? data.reason : null].filter(
    (text) => typeof text === 'string',
  )
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

/** Prefixes that clients and proxies put before the message of the pool. */
const PREFIXES = /^(?:(?:INTERNAL_ERROR|err|rpc error):\s*)+/i

function withoutPrefixes(text: string): string {
  return text.replace(PREFIXES, '')
}

/** Several words match inside a message at word boundaries; a single word matches the part before the first comma. */
function regExpOf({ pattern }: RefusalRow): RegExp {
  const literal = pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const isOneWord = /^\w+$/.test(pattern)
  return new RegExp(isOneWord ? `^${literal}\\W*(?:,|$)` : `(?<!\\w)${literal}(?!\\w)`, 'i')
}

function limitIn(words: string, kind: RefusalClass): number | null {
  for (const { classes, pattern } of LIMIT_TABLE) {
    const match = classes.some((one) => one === kind) ? pattern.exec(words) : null
    if (match !== null) return Math.floor(Number(match[1]) * (match[2] === 'ether' ? WEI_PER_ETHER : 1))
  }
  return null
}
