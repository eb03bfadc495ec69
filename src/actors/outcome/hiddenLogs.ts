/**
 * Logs that a log query does not show yet. The log index of a node may lag behind its blocks. A receipt is exact: the
 * bloom filter shows whether a log is missing.
 */
import type { Log } from 'viem'
import type { OpEnvelope } from '../../domain/operation.ts'
import type { Hash, Hex } from '../../domain/primitives.ts'
import { isLogMissing, mayHaveLogOf } from '../../evm/logsBloom.ts'
import type { DeployedRegistry } from '../../registry/registry.ts'
import type { ChainClient } from '../../rpc/chainClient.ts'
import { ContradictionError } from './contradictions.ts'
import { readReceipt } from './readReceipt.ts'

export interface SearchedBlock {
  readonly hash: Hash
  /** Null if it is not known. */
  readonly logsBloom: Hex | null
}

interface Source {
  readonly client: ChainClient
  readonly registry: DeployedRegistry
}

/**
 * The logs in the receipts of all transactions that carry one of the operations.
 * @throws viem's error when the chain does not answer
 * @throws ContradictionError when such a receipt is missing or lacks logs
 */
export async function hiddenLogs(
  source: Source,
  blocks: readonly SearchedBlock[],
  envelopes: readonly OpEnvelope[],
): Promise<readonly Log[]> {
  if (envelopes.length === 0) return []
  const carriers = await Promise.all(
    blocks.map((block) =>
      carriersIn(
        source,
        block,
        envelopes.map((envelope) => markOf(source.registry, envelope)),
      ),
    ),
  )
  const logs = await Promise.all(carriers.flat().map((hash) => logsOf(source.client, hash)))
  return logs.flat()
}

/** Bytes that the calldata of every execution of the operation contains. */
function markOf(registry: DeployedRegistry, { operation, claims }: OpEnvelope): string {
  const mark = registry.kindOf(operation).signature(operation) ?? claims[0] ?? ''
  return mark.slice(2).toLowerCase()
}

/** The transactions of a block whose calldata contains a mark. The bloom filter excludes most blocks. */
async function carriersIn(
  { client, registry }: Source,
  { hash: blockHash, ...block }: SearchedBlock,
  marks: readonly string[],
): Promise<readonly Hash[]> {
  const logsBloom = block.logsBloom ?? (await client.getBlock({ blockHash })).logsBloom
  if (!mayHaveLogOf(logsBloom, registry.address)) return []
  const { transactions } = await client.getBlock({ blockHash, includeTransactions: true })
  const isCarrier = (input: string) => marks.some((mark) => input.toLowerCase().includes(mark))
  return transactions.filter(({ input }) => isCarrier(input)).map(({ hash }) => hash)
}

async function logsOf(client: ChainClient, hash: Hash): Promise<readonly Log[]> {
  const receipt = await readReceipt(client, hash)
  if (receipt === null) throw new ContradictionError(hash, 'it is in a block, and has no receipt')
  if (isLogMissing(receipt.logsBloom, receipt.logs)) {
    throw new ContradictionError(hash, 'its receipt lacks logs that the bloom filter shows')
  }
  return receipt.logs
}
