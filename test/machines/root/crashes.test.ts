import { describe, expect, it } from 'vitest'
import {
  type Crashes,
  countCrashes,
  isHopeless,
  MOST_FRUITLESS,
  noCrashes,
  noteCrash,
  noteProgress,
  restartPause,
} from '../../../src/machines/root/crashes.ts'

const CALM = 120_000

/** Crashes of the wallet, at these times. */
function crashesAt(times: readonly number[], before: Crashes = noCrashes): Crashes {
  return times.reduce(
    (crashes, at) => noteCrash(crashes, { actor: 'wallet', error: null, message: 'a defect', at }),
    before,
  )
}

describe('the pause before a restart', () => {
  it('is one second, and doubles with each crash in a row, up to 30 seconds', () => {
    const pauses = Array.from({ length: 8 }, (_, crashes) =>
      restartPause(crashesAt(Array.from({ length: crashes + 1 }, () => 0))),
    )
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
  })

  it('is one second again after a calm time', () => {
    expect(restartPause(crashesAt([0, 0, CALM - 1]))).toBe(4_000)
    expect(restartPause(crashesAt([0, 0, CALM]))).toBe(1_000)
  })

  it('is not shortened by progress, so that an actor with crashes after each success still pauses', () => {
    expect(restartPause(noteProgress(crashesAt([0, 0])))).toBe(2_000)
  })
})

describe('the limit of crashes without progress', () => {
  const fruitless = (count: number) => crashesAt(Array.from({ length: count }, (_, index) => index))

  it('is reached by crashes in a row without progress', () => {
    expect(isHopeless(fruitless(MOST_FRUITLESS - 1))).toBe(false)
    expect(isHopeless(fruitless(MOST_FRUITLESS))).toBe(true)
  })

  it('is not reached after progress or a calm time', () => {
    expect(isHopeless(crashesAt([0], noteProgress(fruitless(MOST_FRUITLESS - 1))))).toBe(false)
    expect(isHopeless(crashesAt([2 * CALM], fruitless(MOST_FRUITLESS - 1)))).toBe(false)
  })
})

describe('the count of crashes', () => {
  it('is kept by actor, also over progress and calm times', () => {
    const crashes = noteCrash(noteProgress(crashesAt([0, CALM])), {
      actor: 'ticker',
      error: null,
      message: 'a defect',
      at: 3 * CALM,
    })
    expect(crashes.counts).toEqual({ wallet: 2, ticker: 1 })
    expect(countCrashes(crashes)).toBe(3)
    expect(crashes.last).toMatchObject({ actor: 'ticker', at: 3 * CALM })
  })
})
