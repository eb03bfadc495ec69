import { describe, expect, it } from 'vitest'
import { ALL_FAULTS } from './faults.ts'
import { readOptions } from './options.ts'

describe('the options of a chaos campaign', () => {
  it('default to some seeds with all faults', () => {
    const { seeds, enabled, keep } = readOptions([])
    expect(seeds).toHaveLength(20)
    expect(seeds[0]).toBe(1)
    expect(enabled).toEqual(ALL_FAULTS)
    expect(keep).toBe(false)
  })

  it('select the seeds', () => {
    expect(readOptions(['--seeds', '3', '--from', '100']).seeds).toEqual([100, 101, 102])
  })

  it('replay one seed and keep its files', () => {
    expect(readOptions(['--seed', '7'])).toMatchObject({ seeds: [7], keep: true })
  })

  it('select the faults', () => {
    expect([...readOptions(['--only', 'kill,drop']).enabled]).toEqual(['kill', 'drop'])
    expect([...readOptions(['--only', 'kill,drop', '--without', 'kill']).enabled]).toEqual(['drop'])
    expect(readOptions(['--without', 'deepReorg']).enabled.size).toBe(ALL_FAULTS.size - 1)
  })

  it.each([[['--seeds', 'many']], [['--only', 'flood']], [['--what']]])('refuse %j', (args) => {
    expect(() => readOptions(args)).toThrow(TypeError)
  })
})
