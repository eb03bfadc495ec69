/** All mutants. */
import { admission } from './list/admission.ts'
import { batching } from './list/batching.ts'
import { embedding } from './list/embedding.ts'
import { endpoints } from './list/endpoints.ts'
import { finality } from './list/finality.ts'
import { gas } from './list/gas.ts'
import { harm } from './list/harm.ts'
import { keeping } from './list/keeping.ts'
import { keys } from './list/keys.ts'
import { landing } from './list/landing.ts'
import { lanes } from './list/lanes.ts'
import { life } from './list/life.ts'
import { money } from './list/money.ts'
import { registry } from './list/registry.ts'
import { seat } from './list/seat.ts'
import { sending } from './list/sending.ts'
import { shipping } from './list/shipping.ts'
import { tools } from './list/tools.ts'
import { view } from './list/view.ts'
import { wallet } from './list/wallet.ts'
import type { Mutant } from './mutant.ts'

export const MUTANTS: readonly Mutant[] = [
  ...admission,
  ...sending,
  ...landing,
  ...lanes,
  ...batching,
  ...gas,
  ...wallet,
  ...keeping,
  ...harm,
  ...endpoints,
  ...life,
  ...finality,
  ...money,
  ...registry,
  ...keys,
  ...shipping,
  ...seat,
  ...embedding,
  ...view,
  ...tools,
]
