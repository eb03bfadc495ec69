import { describe, expect, it } from 'vitest'
import { SimulationOrder } from '../../../src/actors/simulation/simulationOrder.ts'

interface Simulation {
  readonly promise: Promise<string>
  readonly resolve: (result: string) => void
  readonly reject: (error: Error) => void
}

function simulation(): Simulation {
  let resolve: Simulation['resolve'] = () => {}
  let reject: Simulation['reject'] = () => {}
  const promise = new Promise<string>((onResult, onError) => {
    resolve = onResult
    reject = onError
  })
  return { promise, resolve, reject }
}

/** Begins simulations one after the other, and lists their results in the order in which they end. */
function begin(order: SimulationOrder, count: number) {
  const simulations = Array.from({ length: count }, simulation)
  const ends: string[] = []
  const all = simulations.map(({ promise }) =>
    order
      .inTurn(promise, (result) => result.endsWith('without some'))
      .then(({ result, isChanged }) => ends.push(isChanged ? `${result}, behind others` : result))
      .catch((error: Error) => ends.push(error.message)),
  )
  return { simulations, ends, all: () => Promise.all(all) }
}

describe('simulations', () => {
  it('end in the order in which they began', async () => {
    const { simulations, ends, all } = begin(new SimulationOrder(), 3)
    simulations[2]?.resolve('third')
    simulations[1]?.resolve('second')
    await simulations[1]?.promise
    expect(ends).toEqual([])
    simulations[0]?.resolve('first')
    await all()
    expect(ends).toEqual(['first', 'second', 'third'])
  })

  it('know that operations have left a batch ahead, or that its simulation failed', async () => {
    const order = new SimulationOrder()
    const left = begin(order, 2)
    left.simulations[0]?.resolve('first without some')
    left.simulations[1]?.resolve('second')
    await left.all()
    expect(left.ends).toEqual(['first without some', 'second, behind others'])
    const failed = begin(order, 2)
    failed.simulations[0]?.reject(new Error('no answer'))
    failed.simulations[1]?.resolve('second')
    await failed.all()
    expect(failed.ends).toEqual(['no answer', 'second, behind others'])
  })

  it('do not depend on simulations that had ended before they began', async () => {
    const order = new SimulationOrder()
    const former = begin(order, 1)
    former.simulations[0]?.resolve('former without some')
    await former.all()
    const { simulations, ends, all } = begin(order, 1)
    simulations[0]?.resolve('next')
    await all()
    expect(ends).toEqual(['next'])
  })
})
