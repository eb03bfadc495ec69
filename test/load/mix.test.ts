import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { apportion, DEFAULT_MIX, LOAD_KINDS, parseMix, sumOf } from '../../src/load/mix.ts'
import { mixes } from './arbitraries.ts'

describe('parseMix', () => {
  it('parses weights of the short names of kinds', () => {
    expect(parseMix('create:70, insert:15,update:5,remove:5,agent:3,recover:2.5')).toEqual({
      create_account: 70,
      insert_authenticator: 15,
      update_authenticator: 5,
      remove_authenticator: 5,
      update_recovery_agent: 3,
      recover_account: 2.5,
    })
  })

  it('gives missing kinds the weight 0', () => {
    expect(sumOf(parseMix('recover:3'))).toBe(3)
  })

  it.each([
    '',
    'create',
    'create:',
    'create:-1',
    'create:x',
    'created:1',
    'create:1:2',
    'create:1,,insert:1',
    'toString:1',
  ])('rejects "%s" and names the wrong part', (text) => {
    expect(() => parseMix(text)).toThrow(/is not valid in a mix; write kind:weight/)
  })

  it('rejects a mix without a weight', () => {
    expect(() => parseMix('create:0,insert:0')).toThrow('a weight above 0')
  })
})

describe('apportion', () => {
  it('splits by the weights of the default mix', () => {
    expect(Object.values(apportion(1000, parseMix(DEFAULT_MIX)))).toEqual([700, 150, 50, 50, 0, 50])
  })

  it('gives whole counts with the right sum, each less than 1 away from the exact share', () => {
    fc.assert(
      fc.property(fc.nat(100_000), mixes, (total, mix) => {
        const counts = apportion(total, mix)
        expect(sumOf(counts)).toBe(total)
        for (const kind of LOAD_KINDS) {
          expect(Number.isInteger(counts[kind])).toBe(true)
          expect(Math.abs(counts[kind] - (total * mix[kind]) / sumOf(mix))).toBeLessThan(1)
          if (mix[kind] === 0) expect(counts[kind]).toBe(0)
        }
      }),
    )
  })
})
