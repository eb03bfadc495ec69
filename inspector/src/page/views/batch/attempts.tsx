/** The attempts of a batch. All attempts have the nonce of the batch. At most one attempt is included. */
import { gwei, integer } from '../../format.ts'
import type { RemoteAttempt } from '../../state/remote.ts'
import { type Attempt, contextOf, reasonOf } from '../../world/batches.ts'
import type { Run, World } from '../../world/world.ts'
import { Code, Panel, Time } from '../parts/basics.tsx'

export function Attempts({ world, id, run }: { world: World; id: string; run: Run }) {
  const { attempts = [], inclusion } = contextOf(run)
  return (
    <AttemptTable
      attempts={attempts}
      included={inclusion?.txHash ?? null}
      reasonFor={(hash) => reasonOf(world, id, hash)}
    />
  )
}

interface AttemptTableProps {
  readonly attempts: readonly Attempt[]
  readonly included: string | null
  readonly reasonFor: (hash: string) => string | null
}

const REASONS: Readonly<Record<string, string>> = {
  Timeout: 'Timeout: the attempt was not included in time',
  Underpriced: 'Underpriced: an endpoint refused the attempt',
}

export function AttemptTable({ attempts, included, reasonFor }: AttemptTableProps) {
  return (
    <Panel
      title="Attempts"
      note={attempts.length > 1 ? 'same nonce, higher fees' : undefined}
      class="attempts"
    >
      {attempts.length === 0 && <p class="none">No attempt is signed yet.</p>}
      <ol class="list">
        {attempts.map((attempt, index) => {
          const { hash, nonce, purpose, maxFeePerGas, maxPriorityFeePerGas, gasLimit, signedAt } = attempt
          const reason = reasonFor(hash)
          const before = attempts[index - 1]
          return (
            <li key={hash} class={hash === included ? 'tone-good included' : ''}>
              <span class="what">
                <Code id={hash} />
                {purpose === 'cancel' && <b class="tone-warn">cancel</b>}
                {hash === included && <b class="tone-good">included</b>}
              </span>
              <span class="fees">
                max fee {gwei(maxFeePerGas)}
                {before !== undefined && <Raise from={before.maxFeePerGas} to={maxFeePerGas} />}, tip{' '}
                {gwei(maxPriorityFeePerGas)}
              </span>
              <small>
                nonce {nonce}, gas limit {integer(gasLimit)}, signed <Time at={signedAt} />
              </small>
              {index > 0 && (
                <small class="reason tone-warn">
                  {reason === null
                    ? 'Replaced the previous attempt.'
                    : `Replaced the previous attempt. ${REASONS[reason] ?? reason}.`}
                </small>
              )}
            </li>
          )
        })}
      </ol>
    </Panel>
  )
}

function Raise({ from, to }: { from: number; to: number }) {
  return <em class="tone-warn"> +{Math.round((100 * (to - from)) / (from || 1))} %</em>
}

export function attemptOf(attempt: RemoteAttempt): Attempt {
  return {
    hash: attempt.tx_hash,
    nonce: attempt.nonce,
    purpose: attempt.purpose,
    gasLimit: attempt.gas_limit,
    maxFeePerGas: attempt.max_fee_per_gas,
    maxPriorityFeePerGas: attempt.max_priority_fee_per_gas,
    signedAt: attempt.signed_at,
    refusal: attempt.refusal,
  }
}
