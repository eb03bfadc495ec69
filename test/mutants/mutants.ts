/** All mutants. */
import { batching } from './list/batching.ts'
import { keeping } from './list/keeping.ts'
import { landing } from './list/landing.ts'
import { lanes } from './list/lanes.ts'
import { life } from './list/life.ts'
import { sending } from './list/sending.ts'
import { wallet } from './list/wallet.ts'
import type { Mutant } from './mutant.ts'

export const MUTANTS: readonly Mutant[] = [
  ...sending,
  ...landing,
  ...lanes,
  ...batching,
  ...wallet,
  ...keeping,
  ...life,
]
