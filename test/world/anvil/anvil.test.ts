/** Compares the world's chain with a real node: a script gives equal results on both. */
import type { Hex } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { WorldIdOperation } from '../../../src/registry/worldId/operations.ts'
import { startTestChain, type TestChain } from '../../support/chain.ts'
import { nextBaseFee } from '../chain/eip1559.ts'
import { anvilBench, type Bench, WALLET, worldBench } from './bench.ts'
import { castOf, Stage } from './script.ts'

const GWEI = 1_000_000_000

let real: TestChain
let anvil: Stage
let world: Stage

beforeAll(async () => {
  real = await startTestChain()
  world = new Stage(await worldBench(real))
  anvil = new Stage(await anvilBench(real))
})

afterAll(() => real.stop())

/** Plays a scene on both chains. @returns the result of the real node */
async function both<T>(scene: (stage: Stage) => Promise<T>): Promise<T> {
  const seen = await scene(anvil)
  expect(await scene(world)).toEqual(seen)
  return seen
}

/** The scenes share the chains and follow in order. */
describe('the simulated chain and a real node', () => {
  it('give equal results for creates, alone and folded', async () => {
    const { creations, lone, fold, callDataOf } = castOf(anvil.bench)
    const operations: WorldIdOperation[] = [...creations.map(({ operation }) => operation), lone]
    const seen = await both(async (stage) => {
      const hash = await stage.batch(0, [fold, callDataOf(lone), callDataOf(lone)])
      return {
        inclusion: await stage.inclusion(hash),
        succeeded: await stage.succeeded(hash, operations),
        trace: await stage.trace(hash),
      }
    })
    expect(seen.succeeded).toEqual([true, true, true, true])
    expect(seen.trace.map(({ isReverted }) => isReverted)).toEqual([false, false, true])
  })

  it('agree on the success or the revert of each operation in a mixed batch', async () => {
    const { callDatas, operations } = mixedBatch(anvil.bench)
    const simulated = await both(async (stage) =>
      (await stage.simulate(callDatas, false)).map(({ success, returnData }) => ({ success, returnData })),
    )
    expect(simulated.map(({ success }) => success)).toEqual([
      true,
      false,
      false,
      false,
      false,
      true,
      true,
      false,
    ])
    const isolated = await both(async (stage) =>
      (await stage.simulate(callDatas, true)).map(({ success, returnData }) => ({ success, returnData })),
    )
    expect(isolated).not.toEqual(simulated)
    const seen = await both(async (stage) => {
      const hash = await stage.batch(1, callDatas)
      return {
        inclusion: await stage.inclusion(hash),
        succeeded: await stage.succeeded(hash, operations),
        trace: await stage.trace(hash),
      }
    })
    expect(seen.succeeded).toEqual([true, false, false, false, false, true, true, false])
    expect(seen.trace.map(({ output }) => output)).toEqual(
      simulated.map(({ success, returnData }) => (success ? null : returnData)),
    )
  })

  it('return equal values from the views of the registry', async () => {
    const { accounts, lone } = castOf(anvil.bench)
    const addresses = [
      ...accounts.flatMap(({ authenticators }) => authenticators.map(({ key }) => key.address)),
      ...lone.authenticatorAddresses,
      WALLET,
    ]
    const seen = await both((stage) => stage.registry([1n, 2n, 3n, 4n, 5n], addresses))
    expect(seen).toMatchObject({ next: 5n, nonces: [2n, 0n, 1n, 0n, 0n] })
  })

  it('use about the same gas', async () => {
    const { callDatas } = mixedBatch(anvil.bench)
    const [theirs, ours] = [await anvil.simulate(callDatas, true), await world.simulate(callDatas, true)]
    for (const [index, { gasUsed, success }] of ours.entries()) {
      const { gasUsed: measured = 0 } = theirs[index] ?? {}
      if (success) expect(Math.abs(Math.log2(gasUsed / measured))).toBeLessThan(1)
    }
  })

  it('agree on the refusal of a whole call of the registry', async () => {
    const { registry } = anvil.bench
    const seen = await both(async (stage) => {
      const { hash } = await stage.offer({ nonce: 2, to: registry, data: '0x12345678', gas: 100_000 })
      await stage.bench.mine()
      return { inclusion: await stage.inclusion(hash), nonce: await stage.nonce() }
    })
    expect(seen).toMatchObject({ inclusion: { status: 'reverted', logs: [] }, nonce: 3 })
  })

  it('give equal answers to rebroadcast bytes, before and after inclusion', async () => {
    const seen = await both(async (stage) => {
      const { hash, outcome } = await stage.offer({ nonce: 3 })
      const waiting = await stage.again(hash)
      const before = await stage.inclusion(hash)
      await stage.bench.mine()
      return [outcome, waiting, before, await stage.again(hash), await stage.inclusion(hash)]
    })
    expect(seen).toMatchObject(['accepted', 'accepted', null, 'nonceTooLow', { status: 'success' }])
  })

  it('accept and refuse replacements by equal rules, for each fee', async () => {
    const seen = await both(async (stage) => {
      const outcomes = [
        await stage.offer({ nonce: 4, fee: 10 * GWEI, tip: GWEI }),
        await stage.offer({ nonce: 4, fee: 9 * GWEI, tip: GWEI }),
        await stage.offer({ nonce: 4, fee: 10 * GWEI, tip: 2 * GWEI }),
        await stage.offer({ nonce: 4, fee: 11 * GWEI, tip: 1.1 * GWEI, gas: 30_000 }),
      ]
      await stage.bench.mine()
      const places = await Promise.all(outcomes.map(({ hash }) => stage.inclusion(hash)))
      return { outcomes, isIncluded: places.map((place) => place !== null), nonce: await stage.nonce() }
    })
    const outcomes = seen.outcomes.map(({ outcome }) => outcome)
    expect(outcomes).toEqual(['accepted', 'replacement', 'replacement', 'accepted'])
    expect(seen).toMatchObject({ isIncluded: [false, false, false, true], nonce: 5 })
  })

  it('handle a nonce gap and the filling transaction alike', async () => {
    const seen = await both(async (stage) => {
      const ahead = await stage.offer({ nonce: 6 })
      await stage.bench.mine()
      const gapped = { place: await stage.inclusion(ahead.hash), nonce: await stage.nonce() }
      const filler = await stage.offer({ nonce: 5 })
      await stage.bench.mine()
      return {
        ahead,
        gapped,
        filler,
        places: [await stage.inclusion(filler.hash), await stage.inclusion(ahead.hash)],
        nonce: await stage.nonce(),
      }
    })
    expect(seen).toMatchObject({
      ahead: { outcome: 'accepted' },
      gapped: { place: null, nonce: 5 },
      nonce: 7,
    })
  })

  it('refuse the same transactions from the pool', async () => {
    const seen = await both(async (stage) => {
      const outcomes = [
        await stage.offer({ nonce: 0 }),
        await stage.offer({ nonce: 7, fee: 1_000, tip: 1 }),
        await stage.offer({ nonce: 7, fee: 10 ** 15, gas: 20_000_000 }),
        await stage.offer({ nonce: 7, gas: 20_000 }),
        await stage.offer({ nonce: 7, fee: GWEI, tip: 2 * GWEI }),
        await stage.offer({ nonce: 7, gas: 70_000_000 }),
      ]
      return outcomes.map(({ outcome }) => outcome)
    })
    expect(seen).toEqual(['nonceTooLow', 'feeBelowBlock', 'funds', 'gasTooLow', 'unknown', 'tooLarge'])
  })

  it('have an equal base fee in each block', async () => {
    const newest = Number(await real.client.getBlockNumber())
    let compared = 0
    for (let number = 1; number < newest; number += 1) {
      const [block, next] = await Promise.all([
        real.client.getBlock({ blockNumber: BigInt(number) }),
        real.client.getBlock({ blockNumber: BigInt(number + 1) }),
      ])
      const fees = {
        baseFee: Number(block.baseFeePerGas),
        gasUsed: Number(block.gasUsed),
        gasLimit: Number(block.gasLimit),
      }
      expect(nextBaseFee(fees)).toBe(Number(next.baseFeePerGas))
      compared += 1
    }
    expect(compared).toBeGreaterThan(6)
  })

  it('lose equal transactions in a reorg, and include the lost transactions again', async () => {
    const { accounts, change, callDataOf } = castOf(anvil.bench)
    const { operation } = change(accounts[1], 'insert_authenticator', 'after the reorg')
    const seen = await both(async (stage) => {
      const hash = await stage.batch(7, [callDataOf(operation)])
      const before = await stage.inclusion(hash)
      await stage.bench.reorg(1)
      const orphaned = {
        place: await stage.inclusion(hash),
        nonce: await stage.nonce(),
        registry: await stage.registry([2n], []),
      }
      const outcome = await stage.again(hash)
      await stage.bench.mine()
      return {
        before,
        orphaned,
        outcome,
        after: await stage.inclusion(hash),
        registry: await stage.registry([2n], []),
      }
    })
    expect(seen.after).toEqual(seen.before)
    expect(seen).toMatchObject({
      before: { status: 'success' },
      orphaned: { place: null, nonce: 7, registry: { nonces: [0n] } },
      outcome: 'accepted',
      registry: { nonces: [1n] },
    })
  })

  it('return equal fields of fees, blocks and logs', async () => {
    const seen = await both(async ({ bench: { client, registry, start } }) => {
      const history = await client.getFeeHistory({
        blockCount: 5,
        rewardPercentiles: [50],
        blockTag: 'latest',
      })
      const logs = await client.getLogs({ address: registry, fromBlock: start + 1n, toBlock: 'latest' })
      const newest = await client.getBlock()
      return {
        fees: history.baseFeePerGas.length,
        rewards: history.reward?.map((tips) => tips.length),
        ratios: history.gasUsedRatio.length,
        isOfNewest: history.oldestBlock + 4n === newest.number,
        isNext: history.baseFeePerGas[4] === newest.baseFeePerGas,
        logs: logs.map(({ topics: [event, ...topics] }) => [event, topics.length]),
        transactions: newest.transactions.length,
        isMissing: await client.getBlock({ blockNumber: newest.number + 5n }).then(
          () => false,
          (error: Error) => error.name,
        ),
      }
    })
    expect(seen).toMatchObject({
      fees: 6,
      rewards: [1, 1, 1, 1, 1],
      ratios: 5,
      isOfNewest: true,
      isNext: true,
    })
  })

  it('differ where nodes differ: anvil accepts a replacement with a minimal fee increase', async () => {
    const offerTwice = async (stage: Stage, tip: number) => {
      const nonce = await stage.nonce()
      await stage.offer({ nonce, fee: 10 * GWEI, tip: GWEI })
      return (await stage.offer({ nonce, fee: 10.5 * GWEI, tip })).outcome
    }
    expect(await offerTwice(anvil, 1.05 * GWEI)).toBe('accepted')
    expect(await offerTwice(world, 1.05 * GWEI)).toBe('replacement')
  })
})

/** Operations of three accounts at once: in and out of order, authorized and not. */
function mixedBatch(bench: Bench): {
  readonly operations: readonly WorldIdOperation[]
  readonly callDatas: readonly Hex[]
} {
  const { accounts, creations, change, callDataOf } = castOf(bench)
  const [first, second, third] = accounts
  const inserted = change(first, 'insert_authenticator', 'insert')
  const updated = change(inserted.account, 'update_authenticator', 'update')
  const tooEarly = change({ ...second, nonce: 5 }, 'insert_authenticator', 'too early')
  const forged = change(third, 'insert_authenticator', 'forged').operation
  const operations: WorldIdOperation[] = [
    inserted.operation,
    // Not the next nonce.
    tooEarly.operation,
    // The signature of another account.
    {
      ...change(second, 'update_authenticator', 'stolen').operation,
      signature: 'signature' in forged ? forged.signature : '0x',
    } as WorldIdOperation,
    // The addresses belong to another account.
    creations[0]?.operation ?? inserted.operation,
    // Replaces a wrong leaf.
    change({ ...second, commitment: '0x1234' }, 'update_authenticator', 'wrong leaf').operation,
    change(third, 'remove_authenticator', 'remove').operation,
    updated.operation,
    // The operation before consumed the nonce.
    inserted.operation,
  ]
  return { operations, callDatas: operations.map(callDataOf) }
}
