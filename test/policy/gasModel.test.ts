import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gasModel, marginalGas, observeGas } from '../../src/policy/gasModel.ts'
import { startingGas } from './arbitraries.ts'

const line = { base: 200_000, each: 100_000, foldBytes: null }
const start = {
  create_account: line,
  insert_authenticator: line,
  update_authenticator: line,
  remove_authenticator: line,
  recover_account: line,
}

describe('gasModel', () => {
  it('starts with the estimates: base gas once, and equal gas for each operation', () => {
    expect(marginalGas(gasModel(start), 'create_account', true)).toBe(300_000)
    expect(marginalGas(gasModel(start), 'create_account', false)).toBe(100_000)
  })

  it('counts the first measurement in place of the estimate, for the measured kind only', () => {
    const model = observeGas(gasModel(start), 'insert_authenticator', 3, 1_000_000)
    expect(marginalGas(model, 'insert_authenticator', false)).toBe(200_000)
    expect(marginalGas(model, 'create_account', false)).toBe(100_000)
  })

  it('moves from the first measurement towards each further one', () => {
    const measured = observeGas(gasModel(start), 'insert_authenticator', 3, 1_000_000)
    const model = observeGas(measured, 'insert_authenticator', 3, 500_000)
    expect(marginalGas(model, 'insert_authenticator', false)).toBe(180_000)
  })

  it('counts a kind as the configured gas until the kind is measured', () => {
    const model = gasModel(start, 250_000)
    expect(marginalGas(model, 'create_account', true)).toBe(250_000)
    expect(marginalGas(model, 'create_account', false)).toBe(250_000)
    const measured = observeGas(model, 'create_account', 3, 1_000_000)
    expect(marginalGas(measured, 'create_account', false)).toBe(200_000)
    expect(marginalGas(measured, 'create_account', true)).toBe(600_000)
    expect(marginalGas(measured, 'insert_authenticator', false)).toBe(250_000)
  })

  it('does not change when the estimate was right, or without a measurement', () => {
    const model = gasModel(start)
    expect(marginalGas(observeGas(model, 'recover_account', 3, 500_000), 'recover_account', true)).toBe(
      300_000,
    )
    expect(observeGas(model, 'recover_account', 0, 0)).toBe(model)
  })

  it('converges to the true gas from batches of any size', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(start)),
        fc.double({ min: 0.3, max: 3.5, noNaN: true }),
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 60, maxLength: 60 }),
        (kind, truth, batches) => {
          const model = batches.reduce(
            (model, count) => observeGas(model, kind, count, truth * (line.base + count * line.each)),
            gasModel(start),
          )
          const expected = truth * line.each
          expect(Math.abs(marginalGas(model, kind, false) - expected)).toBeLessThan(expected * 0.01)
        },
      ),
    )
  })

  it('stays between a quarter and four times the starting estimate', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(50), fc.nat(2 ** 40)), { maxLength: 80 }), (observations) => {
        const model = observations.reduce(
          (model, [count, gas]) => observeGas(model, 'create_account', count, gas),
          gasModel(start),
        )
        expect(marginalGas(model, 'create_account', false)).toBeGreaterThanOrEqual(line.each / 4)
        expect(marginalGas(model, 'create_account', false)).toBeLessThanOrEqual(line.each * 4)
      }),
    )
  })

  it('is unchanged by JSON', () => {
    const model = observeGas(gasModel(startingGas), 'create_account', 3, 900_000)
    expect(JSON.parse(JSON.stringify(model))).toEqual(model)
  })
})
