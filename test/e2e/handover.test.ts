/** The key of the wallet is handed over while a transaction of the former gateway is in the pool. docs/migrating.md */
import { parseGwei } from 'viem'
import { expect, it } from 'vitest'
import { createIdleAccount } from '../../src/load/account.ts'
import { seededRandom } from '../load/seededRandom.ts'
import { callDataOf } from '../support/accounts.ts'
import { eventually } from '../support/eventually.ts'
import { useScene } from './scene.ts'

const random = seededRandom(91)
const scene = useScene(random)

/** A create that the former gateway has sent with the key of the wallet, and that is in the pool. Fees in gwei. */
async function sentBefore({ maxFee, tip }: { readonly maxFee: string; readonly tip: string }) {
  await scene.miner.pause()
  const { client, registryAddress } = scene.chain
  const hash = await client.sendTransaction({
    to: registryAddress,
    data: callDataOf(createIdleAccount(random)),
    gas: 3_000_000n,
    maxFeePerGas: parseGwei(maxFee),
    maxPriorityFeePerGas: parseGwei(tip),
  })
  const { nonce } = await client.getTransaction({ hash })
  return { hash, nonce }
}

const receiptOf = (hash: `0x${string}`) =>
  scene.chain.client.getTransactionReceipt({ hash }).catch(() => null)

it('a former transaction above the fee ceiling is included and reported, and no operation is lost', async () => {
  const former = await sentBefore({ maxFee: '400', tip: '200' })
  await scene.start({ RESUBMIT_TIMEOUT_MS: '600000' })
  const item = await scene.accepted()
  const [first] = (await scene.attempted(item.id, 1)).attempts
  expect(first?.nonce).toBe(former.nonce)
  await scene.mine()
  scene.miner.resume()

  const landed = await scene.expectLandedOnce(item)
  expect(landed.attempts).toMatchObject([{ nonce: former.nonce + 1 }])
  expect(landed.tries).toBe(0)
  expect(await receiptOf(former.hash)).toMatchObject({ status: 'success' })
  expect(await scene.counts('foreign_transactions_total', 1)).toBe(1)
})

it('a former transaction that can be outbid is replaced at its nonce, and its operations are not executed', async () => {
  const former = await sentBefore({ maxFee: '1.2', tip: '0.01' })
  await scene.start({ RESUBMIT_TIMEOUT_MS: '600000' })
  const item = await scene.accepted()
  await eventually(
    'the former transaction to leave the pool',
    () => scene.chain.client.getTransaction({ hash: former.hash }).catch(() => null),
    (found) => found === null,
  )
  scene.miner.resume()
  expect((await scene.expectLandedOnce(item)).attempts).toMatchObject([{ nonce: former.nonce }])
  expect(await receiptOf(former.hash)).toBeNull()
})
