import { describe, expect, it } from 'vitest'
import { ConfigurationError, readDevSettings } from '../../src/config/read.ts'

const read = (text: string) =>
  readDevSettings({ environment: { REFUSAL_PATTERNS: text }, flags: {} }).refusalPatterns

function mistakeIn(text: string): string {
  try {
    read(text)
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message
    throw error
  }
  return ''
}

describe('REFUSAL_PATTERNS', () => {
  it('has a regular expression, or a list of them, for each class', () => {
    expect(read('{"poolFull": "busy \\\\d+", "config": ["a", "b"]}')).toEqual({
      poolFull: ['busy \\d+'],
      config: ['a', 'b'],
    })
  })

  it.each([
    ['busy', 'must be a JSON object'],
    ['["busy"]', 'must be a JSON object'],
    ['{"full":"busy"}', 'must not name the class "full"; the classes are known, replacement, nonceTooLow'],
    ['{"unknown":"busy"}', 'must not name the class "unknown"'],
    [
      '{"poolFull":"(busy"}',
      'must hold a regular expression for poolFull; the given value is not a regular expression',
    ],
    ['{"poolFull":["busy",""]}', 'must hold a regular expression for poolFull; the given value is empty'],
    ['{"poolFull":7}', 'must hold a regular expression for poolFull; the given value is not a text'],
  ])('refuses %s', (text, message) => {
    expect(mistakeIn(text)).toContain(`is ${JSON.stringify(text)}; it ${message}`)
  })
})
