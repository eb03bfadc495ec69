/** The setting of the operator's patterns for refusals of transactions. */
import { z } from 'zod'
import { REFUSAL_CLASSES, type RefusalClass, type RefusalPatterns } from '../domain/refusal.ts'
import type { ValueKind } from './values.ts'

const ACCEPTS =
  'a JSON object of a regular expression, or a list of them, per class, such as {"poolFull":"mempool busy"}'

const CLASSES = REFUSAL_CLASSES.filter((kind) => kind !== 'unknown')

const isRegExp = (source: string) => {
  try {
    new RegExp(source)
    return true
  } catch {
    return false
  }
}

const expression = z
  .string('is not a text')
  .min(1, 'is empty')
  .refine(isRegExp, 'is not a regular expression')
const expressions = z.preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(expression))

const schema = z.string().transform((text, context): RefusalPatterns => {
  const patterns: Partial<Record<RefusalClass, readonly string[]>> = {}
  for (const [key, value] of Object.entries(objectIn(text) ?? { '': null })) {
    const kind = CLASSES.find((name) => name === key)
    const parsed = expressions.safeParse(value)
    if (kind !== undefined && parsed.success) {
      patterns[kind] = parsed.data
      continue
    }
    context.addIssue({ code: 'custom', message: mistake(key, kind !== undefined, parsed.error) })
    return z.NEVER
  }
  return patterns
})

function mistake(key: string, isClass: boolean, error: z.ZodError | undefined): string {
  if (key === '') return `must be ${ACCEPTS}`
  if (!isClass) return `must not name the class ${JSON.stringify(key)}; the classes are ${CLASSES.join(', ')}`
  return `must hold a regular expression for ${key}; the given value ${error?.issues[0]?.message}`
}

/** @returns null for a text that is not a JSON object */
function objectIn(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null
  } catch {
    return null
  }
}

export const refusalPatterns: ValueKind<RefusalPatterns> = { schema, accepts: ACCEPTS, unit: null }
