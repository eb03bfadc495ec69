/** The count of operations without a verdict, against a plain list. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addUnsettled,
  heldBy,
  removeUnsettled,
  type Unsettled,
  unsettledOf,
} from '../../../src/machines/nonceTracker/unsettled.ts'

const operations = fc.record({
  id: fc.constantFrom('1', '2', '3', '4'),
  isAdded: fc.boolean(),
})

/** Every operation has one client. */
const clientOf = (id: string) => (id === '4' ? null : id < '3' ? 'a' : 'b')

describe('the operations without a verdict', () => {
  it('are counted once each, whatever is added and removed how often', () => {
    fc.assert(
      fc.property(fc.array(operations), (steps) => {
        const known = new Set<string>()
        let unsettled: Unsettled = unsettledOf([])
        for (const { id, isAdded } of steps) {
          const change = isAdded ? addUnsettled : removeUnsettled
          unsettled = change(unsettled, { id, client: clientOf(id) })
          if (isAdded) known.add(id)
          else known.delete(id)
        }
        const held = [...known].map((id) => ({ id, client: clientOf(id) }))
        for (const client of ['a', 'b', null]) {
          const expected = held.filter((operation) => operation.client === client).length
          expect(heldBy(unsettled, client)).toBe(expected)
          expect(heldBy(unsettledOf(held), client)).toBe(expected)
        }
        expect([...unsettled.ids.keys()]).toEqual([...known].sort())
        expect(unsettled.clients.size).toBe(new Set(held.map(({ client }) => client)).size)
      }),
    )
  })
})
