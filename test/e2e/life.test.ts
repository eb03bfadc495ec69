/** All requests of an account, in order: the answers for the owner, and the result in the registry. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Address } from '../../src/domain/primitives.ts'
import { changeAccount, createAccount, type LiveAccount } from '../../src/load/account.ts'
import { toBody } from '../../src/load/client.ts'
import type { ChangeKind } from '../../src/load/plan.ts'
import { registryFunctions } from '../../src/registry/worldId/abi.ts'
import type { SignedOperation, WorldIdOperation } from '../../src/registry/worldId/operations.ts'
import { worldIdV1 } from '../../src/registry/worldId/worldId.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { domainOf } from '../support/accounts.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { type Miner, startMiner } from '../support/miner.ts'
import { startTestService, type TestService, temporaryFolder } from '../support/service.ts'

let chain: TestChain
let miner: Miner
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let service: TestService

beforeAll(async () => {
  chain = await startTestChain()
  miner = await startMiner(chain)
  folder = await temporaryFolder()
  service = await startTestService({ chain, dataDir: folder.path })
})

afterAll(async () => {
  await service.stop()
  await miner.pause()
  await chain.stop()
  await folder.remove()
})

/** The registry's entry of an authenticator; null for an unknown address. */
async function authenticatorAt(address: Address) {
  const packed = await chain.client.readContract({
    address: chain.registryAddress,
    abi: registryFunctions,
    functionName: 'getPackedAccountData',
    args: [address],
  })
  if (packed === 0n) return null
  return {
    leaf: BigInt.asUintN(64, packed),
    pubkeyId: Number(BigInt.asUintN(32, packed >> 192n)),
    recoveries: Number(packed >> 224n),
  }
}

type Body = Record<string, unknown>

/** Integer fields of a body. */
const INTEGERS = /^(leaf_index|nonce|pubkey_id|.*_commitment|.*_pubkeys?)$/

/** The body with each integer in a different notation. */
function rewrite(body: Body, write: (value: bigint) => string): Body {
  const each = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(each) : write(BigInt(String(value)))
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [name, INTEGERS.test(name) ? each(value) : value]),
  )
}

/** Sends an operation, polls until settlement, and checks every answer in full. */
async function land(operation: WorldIdOperation, write: (value: bigint) => string): Promise<void> {
  const { kind } = operation
  const answer = await service.post(worldIdV1.pathOf(kind), rewrite(toBody(operation), write))
  const uuid = answer.headers.get('X-Request-Id') ?? ''
  expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  const id = `gw_${uuid}`
  expect(answer.status).toBe(200)
  expect(answer.body).toEqual({ request_id: id, kind, status: { state: 'queued' } })

  const { status } = await service.reaches(id, 'finalized', 'failed')
  const hash = 'tx_hash' in status ? status.tx_hash : ''
  expect(hash).toMatch(/^0x[0-9a-f]{64}$/)
  for (const path of [`/status/${id}`, `/status/${uuid}`]) {
    const { body } = await service.get(path)
    expect(body).toEqual({ request_id: id, kind, status: { state: 'finalized', tx_hash: hash } })
  }
  const receipt = await chain.client.getTransactionReceipt({ hash: `0x${hash.slice(2)}` })
  expect(receipt).toMatchObject({ status: 'success', to: chain.multicallAddress })
  await expectDetail(id, operation, receipt)
}

/** Checks the full record against the request and the receipt. */
async function expectDetail(
  id: string,
  operation: WorldIdOperation,
  receipt: { transactionHash: string; blockNumber: bigint; gasUsed: bigint },
): Promise<void> {
  const detail = await service.operation(id)
  expect(detail.outcome).toMatchObject({
    type: 'Finalized',
    tx_hash: receipt.transactionHash,
    block_number: Number(receipt.blockNumber),
    gas_used: Number(receipt.gasUsed),
  })
  expect(detail.batch).toMatchObject({ state: 'Finalized', operations: 1, gas_used: Number(receipt.gasUsed) })
  expect(detail.attempts.map(({ tx_hash }) => tx_hash)).toEqual([receipt.transactionHash])
  const { signature, ...fields } = toBody(operation)
  const inHex = (value: bigint) => `0x${value.toString(16)}`
  expect(rewrite(detail.operation, inHex)).toEqual(rewrite(fields, inHex))
  expect(detail.operation).not.toHaveProperty('signature')
  if ('nonce' in operation) expect(detail.account).toEqual(placeOf(operation))
  else expect(detail).toMatchObject({ signer: null, account: null })
}

function placeOf({ leafIndex, nonce }: SignedOperation) {
  return { leaf_index: BigInt(leafIndex).toString(), nonce: Number(nonce) }
}

const WRITINGS: readonly [string, (value: bigint) => string][] = [
  ['hex', (value) => `0x${value.toString(16)}`],
  ['decimal', (value) => value.toString()],
  ['hex of another kind, with white space', (value) => ` 0X00${value.toString(16).toUpperCase()}\n`],
]

describe.each(WRITINGS)('an account whose integers are written in %s', (writing, write) => {
  const random = seededRandom(writing.length)

  it('is created, gets and loses an authenticator, is recovered, and hands over to a new key', async () => {
    const creation = createAccount(1, random)
    const [{ key: first }] = creation.account.authenticators
    await land(creation.operation, write)
    const created = await authenticatorAt(first.address)
    expect(created).toMatchObject({ pubkeyId: 0, recoveries: 0 })
    const leaf = created?.leaf ?? 0n
    let account: LiveAccount = { ...creation.account, leafIndex: `0x${leaf.toString(16)}` }

    const change = async (kind: ChangeKind) => {
      const step = changeAccount(account, kind, { domain: domainOf(chain), random })
      await land(step.operation, write)
      account = step.account
      return step.account.authenticators.at(-1)?.key.address ?? '0x'
    }

    const second = await change('insert_authenticator')
    expect(await authenticatorAt(second)).toEqual({ leaf, pubkeyId: 1, recoveries: 0 })
    expect(await authenticatorAt(first.address)).toEqual({ leaf, pubkeyId: 0, recoveries: 0 })

    await change('remove_authenticator')
    expect(await authenticatorAt(first.address)).toBeNull()
    expect(await authenticatorAt(second)).toEqual({ leaf, pubkeyId: 1, recoveries: 0 })

    const recovered = await change('recover_account')
    expect(await authenticatorAt(recovered)).toEqual({ leaf, pubkeyId: 0, recoveries: 1 })

    const updated = await change('update_authenticator')
    expect(await authenticatorAt(recovered)).toBeNull()
    expect(await authenticatorAt(updated)).toEqual({ leaf, pubkeyId: 0, recoveries: 1 })
  })
})

it('the service has settled each operation in its own transaction, with nonces from 0 on', async () => {
  const batches = await service.batches()
  expect(batches.flatMap(({ attempts }) => attempts.map(({ nonce }) => nonce))).toEqual(
    Array.from({ length: 5 * WRITINGS.length }, (_, nonce) => nonce),
  )
  const kinds = new Set<string>()
  for (const { operations } of batches) {
    for (const { request_id } of operations) kinds.add((await service.status(request_id)).kind)
  }
  expect([...kinds].sort()).toEqual([
    'create_account',
    'insert_authenticator',
    'recover_account',
    'remove_authenticator',
    'update_authenticator',
  ])
  expect(await service.health()).toMatchObject({ success: true, state: 'Running' })
  expect(await service.wallet()).toMatchObject({ next_nonce: 5 * WRITINGS.length, in_flight: [] })
})
