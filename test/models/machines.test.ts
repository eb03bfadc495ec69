/** Every path that the definitions give is taken by the real actors, and every edge of every machine with them. */
import { describe, expect, it } from 'vitest'
import { sizeOf } from '../support/campaign.ts'
import { MODELS } from './models.ts'
import { edgesOf } from './support/edges.ts'
import { walkAtRandom } from './support/randomWalk.ts'
import { takeAllPaths } from './support/walk.ts'

describe.each(MODELS)('$name', ({ models }) => {
  it('does on every path what its definition says and what it promises, and every edge is taken', async () => {
    const { paths, missing, ignored, unseen } = await takeAllPaths(models)
    expect({ missing, ignored, unseen }).toEqual({ missing: [], ignored: [], unseen: [] })
    expect(paths).toBeGreaterThan(0)
  })

  it('does so on any way that events may take', async () => {
    for (const model of models) await walkAtRandom(model, { walks: sizeOf('machineWalks'), steps: 40 })
  })

  it('has the edges that its chart lists', async () => {
    const [{ machine }] = models
    await expect(`${edgesOf(machine).join('\n')}\n`).toMatchFileSnapshot(`charts/${machine.id}.txt`)
  })
})
