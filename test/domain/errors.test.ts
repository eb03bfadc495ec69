import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { ERROR_CODES } from '../../src/domain/errors.ts'

/** The gateway watches a transaction until its nonce is settled, so no transaction stays without confirmation. */
const KEPT_FOR_CLIENTS = ['confirmation_error']

it('every error code has a place that produces it, except a code that clients of the reference know', () => {
  const root = fileURLToPath(new URL('../../src', import.meta.url))
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  const sources = files
    .filter((file) => file.endsWith('.ts') && file !== join('domain', 'errors.ts'))
    .map((file) => readFileSync(join(root, file), 'utf8'))
  // As a field, as the argument of an error, or in the table of the contract errors.
  const isProduced = (code: string) =>
    sources.some((source) =>
      new RegExp(`(code|errorCode): '${code}'|(Error|refusalWith)\\(\\s*'${code}'|, '${code}'\\],`, 'i').test(
        source,
      ),
    )
  expect(Object.keys(ERROR_CODES).filter((code) => !isProduced(code))).toEqual(KEPT_FOR_CLIENTS)
})
