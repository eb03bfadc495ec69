/** Every path that the definitions give is taken by the real actors, and every edge of every machine with them. */
import { describe, expect, it } from 'vitest'
import { MODELS } from './models.ts'
import { takeAllPaths } from './support/model.ts'

describe.each(MODELS)('$name', ({ models }) => {
  it('does on every path what its definition says, and every edge is taken', async () => {
    const { missing, paths } = await takeAllPaths(models)
    expect(missing).toEqual([])
    expect(paths).toBeGreaterThan(0)
  })
})
