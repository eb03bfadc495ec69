/** Figures of the gateway over time. */

import type { Sample } from '../../../wire.ts'
import { compact, duration, gwei, integer } from '../../format.ts'
import type { World } from '../../world/world.ts'
import { Bars, Spark } from '../parts/spark.tsx'

/** The increase of a counter per second. */
function ratesOf(
  samples: readonly Sample[],
  counter: 'accepted' | 'finalized' | 'chainCalls' | 'commits',
): readonly number[] {
  return samples.slice(1).map((sample, index) => {
    const before = samples[index]
    const seconds = Math.max(0.5, (sample.at - (before?.at ?? sample.at)) / 1_000)
    return Math.max(0, sample[counter] - (before?.[counter] ?? 0)) / seconds
  })
}

const rate = (value: number | undefined) => integer(value ?? 0)

export function Charts({ world: { samples, blocks, limits } }: { world: World }) {
  const last = samples.at(-1)
  const block = blocks.at(-1)
  const accepted = ratesOf(samples, 'accepted')
  const finalized = ratesOf(samples, 'finalized')
  const calls = ratesOf(samples, 'chainCalls')
  const commits = ratesOf(samples, 'commits')
  return (
    <section class="charts" aria-label="Figures">
      <Spark
        title="Queue"
        now={integer(last?.ready ?? 0)}
        note={`${integer(last?.waiting ?? 0)} waiting for a nonce`}
        lines={[
          { values: samples.map(({ ready }) => ready), tone: 'flight' },
          { values: samples.map(({ waiting }) => waiting), tone: 'warn' },
        ]}
      />
      <Spark
        title="Oldest ready"
        now={last?.oldestAge == null ? '–' : duration(last.oldestAge)}
        note="age since receipt"
        lines={[{ values: samples.map(({ oldestAge }) => oldestAge ?? 0), tone: 'work' }]}
      />
      <Spark
        title="Operations per second"
        now={rate(finalized.at(-1))}
        note={`finalized; ${rate(accepted.at(-1))} admitted`}
        lines={[
          { values: accepted, tone: 'calm' },
          { values: finalized, tone: 'good' },
        ]}
      />
      <Spark
        title="Base fee"
        now={block === undefined ? '–' : gwei(block.baseFee)}
        note={`average ${gwei(block?.baseFeeEma ?? 0)}, max ${gwei(limits.maxBaseFee)}`}
        lines={[
          { values: blocks.map(({ baseFee }) => baseFee), tone: 'flight' },
          { values: blocks.map(({ baseFeeEma }) => baseFeeEma), tone: 'warn' },
        ]}
        ceiling={limits.maxBaseFee}
      />
      <Bars
        title="Blocks"
        now={block === undefined ? '–' : integer(block.number)}
        note={`${compact(block?.gasUsed ?? 0)} of ${compact(block?.gasLimit ?? 0)} gas`}
        bars={blocks.map(({ at, gasUsed, gasLimit, number }) => ({
          at,
          share: gasUsed / (gasLimit || 1),
          title: `block ${integer(number)}: ${integer(gasUsed)} gas`,
        }))}
      />
      <Spark
        title="RPC calls per second"
        now={rate(calls.at(-1))}
        note={`and ${rate(commits.at(-1))} commits`}
        lines={[
          { values: calls, tone: 'included' },
          { values: commits, tone: 'calm' },
        ]}
      />
    </section>
  )
}
