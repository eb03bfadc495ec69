/** Random inputs for property tests. */
import fc from 'fast-check'
import { type Mix, sumOf } from '../../src/load/mix.ts'

const weight = fc.nat(20)

export const mixes: fc.Arbitrary<Mix> = fc
  .record({
    create_account: weight,
    insert_authenticator: weight,
    update_authenticator: weight,
    remove_authenticator: weight,
    update_recovery_agent: weight,
    recover_account: weight,
  })
  .filter((mix) => sumOf(mix) > 0)
