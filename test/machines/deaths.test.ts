import { describe, expect, it } from 'vitest'
import {
  countDeaths,
  type Deaths,
  isHopeless,
  MOST_FRUITLESS,
  noDeaths,
  noteDeath,
  noteProgress,
  restartPause,
} from '../../src/machines/deaths.ts'

const CALM = 120_000

/** Deaths of the wallet, at these times. */
function deathsAt(times: readonly number[], before: Deaths = noDeaths): Deaths {
  return times.reduce(
    (deaths, at) => noteDeath(deaths, { actor: 'wallet', error: null, message: 'a defect', at }),
    before,
  )
}

describe('the pause before the next life', () => {
  it('begins with a second and doubles with each death of a row, up to half a minute', () => {
    const pauses = Array.from({ length: 8 }, (_, deaths) =>
      restartPause(deathsAt(Array.from({ length: deaths + 1 }, () => 0))),
    )
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
  })

  it('begins anew after a calm time', () => {
    expect(restartPause(deathsAt([0, 0, CALM - 1]))).toBe(4_000)
    expect(restartPause(deathsAt([0, 0, CALM]))).toBe(1_000)
  })

  it('is not shortened by progress: what dies while it works must not work itself to death', () => {
    expect(restartPause(noteProgress(deathsAt([0, 0])))).toBe(2_000)
  })
})

describe('giving up', () => {
  const fruitless = (count: number) => deathsAt(Array.from({ length: count }, (_, index) => index))

  it('comes with so many deaths in a row that have nothing to show', () => {
    expect(isHopeless(fruitless(MOST_FRUITLESS - 1))).toBe(false)
    expect(isHopeless(fruitless(MOST_FRUITLESS))).toBe(true)
  })

  it('is put off by progress, and by a calm time', () => {
    expect(isHopeless(deathsAt([0], noteProgress(fruitless(MOST_FRUITLESS - 1))))).toBe(false)
    expect(isHopeless(deathsAt([2 * CALM], fruitless(MOST_FRUITLESS - 1)))).toBe(false)
  })
})

describe('the count', () => {
  it('is kept by actor, whatever comes in between', () => {
    const deaths = noteDeath(noteProgress(deathsAt([0, CALM])), {
      actor: 'ticker',
      error: null,
      message: 'a defect',
      at: 3 * CALM,
    })
    expect(deaths.counts).toEqual({ wallet: 2, ticker: 1 })
    expect(countDeaths(deaths)).toBe(3)
    expect(deaths.last).toMatchObject({ actor: 'ticker', at: 3 * CALM })
  })
})
