/** The base fee. Source: EIP-1559, `base_fee_per_gas`. */
import type { Gas, WeiPerGas } from '../../../src/domain/primitives.ts'

const ELASTICITY = 2
const CHANGE_DENOMINATOR = 8

export interface FeeBlock {
  readonly baseFee: WeiPerGas
  readonly gasUsed: Gas
  readonly gasLimit: Gas
}

/** The base fee of the next block. */
export function nextBaseFee({ baseFee, gasUsed, gasLimit }: FeeBlock): WeiPerGas {
  const target = Math.floor(gasLimit / ELASTICITY)
  if (gasUsed === target) return baseFee
  // In whole wei, as on the chain: the products exceed a double.
  const difference = BigInt(Math.abs(gasUsed - target))
  const delta = Number((BigInt(baseFee) * difference) / BigInt(target) / BigInt(CHANGE_DENOMINATOR))
  return gasUsed > target ? baseFee + Math.max(1, delta) : baseFee - delta
}
