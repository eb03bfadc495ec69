/** Facts about the gateway for viewers. */
import type { Limits, Welcome } from '../../inspector/src/wire.ts'
import type { GatewayConfig } from '../domain/config.ts'

export function aboutGateway(
  config: GatewayConfig,
  running: Omit<Welcome['gateway'], 'registryAddress'>,
): Pick<Welcome, 'gateway' | 'limits'> {
  return { gateway: { ...running, registryAddress: config.chain.registryAddress }, limits: limitsOf(config) }
}

/** The settings used as scales and limits of the charts. */
function limitsOf({ batching, transactions, chain }: GatewayConfig): Limits {
  const { targetBaseFee, softCapBaseFee, maxBaseFee, maxTransactionGas } = batching.adaptive
  return {
    targetBaseFee,
    softCapBaseFee,
    maxBaseFee,
    maxConcurrentBatches: batching.maxConcurrentBatches,
    confirmations: transactions.confirmations,
    resubmitTimeout: transactions.resubmitTimeout,
    maxResubmissions: transactions.maxResubmissions,
    batchWindow: batching.batchWindow,
    maxTransactionGas,
    stallTimeout: chain.stallTimeout,
  }
}
