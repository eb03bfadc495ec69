/** The real actors take every path generated from the definitions, and so every edge of every machine. */
import { describe, expect, it } from 'vitest'
import { sizeOf } from '../support/campaign.ts'
import { MODELS } from './models.ts'
import { edgesOf } from './support/edges.ts'
import { walkAtRandom } from './support/randomWalk.ts'
import { takeAllPaths } from './support/walk.ts'

describe.each(MODELS)('$name', ({ models }) => {
  it('follows the definition and keeps every promise on every path, and the paths take every edge', async () => {
    const { paths, missing, ignored, unseen } = await takeAllPaths(models)
    expect({ missing, ignored, unseen }).toEqual({ missing: [], ignored: [], unseen: [] })
    expect(paths).toBeGreaterThan(0)
  })

  it('follows the definition and keeps every promise on random walks', async () => {
    for (const model of models) await walkAtRandom(model, { walks: sizeOf('machineWalks'), steps: 40 })
  })

  it('has exactly the edges of the stored chart', async () => {
    const [{ machine }] = models
    await expect(`${edgesOf(machine).join('\n')}\n`).toMatchFileSnapshot(`charts/${machine.id}.txt`)
  })
})
