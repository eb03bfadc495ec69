import { expect, it } from 'vitest'
import { chooseParts } from '../../bench/choose.ts'
import type { Part } from '../../bench/row.ts'

const part = (name: string, rows: readonly string[]): Part => ({ name, rows, measure: async () => [] })

const idle = part('idle', ['idle_accept_ms_p50', 'idle_broadcast_ms_p50'])
const fold = part('fold', ['gas_per_create_100'])
const PARTS = [idle, fold]

it('all parts run when no name is given', () => {
  expect(chooseParts(PARTS, [])).toEqual(PARTS)
})

it('a part is chosen by its name or by the name of a row, and runs once', () => {
  expect(chooseParts(PARTS, ['fold'])).toEqual([fold])
  expect(chooseParts(PARTS, ['idle_broadcast_ms_p50', 'idle'])).toEqual([idle])
})

it('an unknown name is an error that lists the known names', () => {
  expect(() => chooseParts(PARTS, ['fold', 'folds'])).toThrow(
    'no part or row is named folds; the parts and their rows are idle (idle_accept_ms_p50, idle_broadcast_ms_p50); fold (gas_per_create_100)',
  )
})
