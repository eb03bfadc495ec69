import { availableParallelism } from 'node:os'
import { expect, it } from 'vitest'
import { readOptions } from './options.ts'

it('runs a range of seeds on all cores', () => {
  expect(readOptions(['--seeds', '3', '--from', '10'])).toEqual({
    type: 'campaign',
    seeds: [10, 11, 12],
    jobs: availableParallelism(),
  })
  expect(readOptions(['--seeds', '1', '--jobs', '1'])).toMatchObject({ seeds: [1], jobs: 1 })
})

it('replays a seed or a plan, and records the replay on demand', () => {
  expect(readOptions(['--seed', '7'])).toEqual({ type: 'replay', source: { seed: 7 }, recordTo: null })
  expect(readOptions(['--plan', 'least.json', '--record', 'run.json'])).toEqual({
    type: 'replay',
    source: { file: 'least.json' },
    recordTo: 'run.json',
  })
})

it.each([[['--seeds', 'many']], [['--seed', '-1']], [['--record', 'run.json']], [['--loud']]])(
  'refuses %j',
  (args) => {
    expect(() => readOptions(args)).toThrow(TypeError)
  },
)
