import { describe, expect, it } from 'vitest'
import { ClosingError, type ClosingStep, closeAll } from '../../src/gateway/closing.ts'

function steps(...closes: readonly ClosingStep['close'][]) {
  const closed: number[] = []
  const all = closes.map((close, index): ClosingStep => {
    const run = () => {
      closed.push(index)
      return close()
    }
    return { part: `part ${index}`, deadline: 20, close: run }
  })
  return { all, closed }
}

const fine = () => {}
const failing = () => Promise.reject(new Error('disk full'))
const hanging = () => new Promise<void>(() => {})

describe('closing several parts', () => {
  it('closes each part in order', async () => {
    const { all, closed } = steps(fine, async () => {}, fine)
    await closeAll(all)
    expect(closed).toEqual([0, 1, 2])
  })

  it.each([
    ['rejects', failing, 'disk full'],
    [
      'throws',
      () => {
        throw new Error('disk full')
      },
      'disk full',
    ],
    ['does not end', hanging, 'no end within 0.02 s'],
  ])('closes the other parts when a part %s, and names that part', async (_, close, reason) => {
    const { all, closed } = steps(fine, close, fine)
    await expect(closeAll(all)).rejects.toEqual(new ClosingError(`could not close part 1: ${reason}`))
    expect(closed).toEqual([0, 1, 2])
  })

  it('names every part that could not be closed', async () => {
    const { all } = steps(failing, fine, hanging)
    await expect(closeAll(all)).rejects.toThrow(
      'could not close part 0: disk full; part 2: no end within 0.02 s',
    )
  })
})
