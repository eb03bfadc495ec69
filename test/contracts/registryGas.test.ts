/**
 * Gas of the registry's operations. The figures were measured on the code of the deployed contract, on a warm chain.
 * The gateway sizes batches by gas, so the development registry must use as much as the deployed contract.
 */
import { toHex } from 'viem'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Hex } from '../../src/domain/primitives.ts'
import {
  create,
  createMany,
  newAccount,
  type RegistryFixture,
  signer,
  startRegistry,
} from './registryFixture.ts'

/** Tolerated relative deviation from the measured gas. */
const TOLERANCE = 0.1

/** Number of accounts before the measurement. Account n has leaf index n and key n, also as recovery address. */
const ACCOUNTS = 100

let fixture: RegistryFixture
let snapshot: Hex

beforeAll(async () => {
  fixture = await startRegistry()
  await fixture.send(
    createMany(range(ACCOUNTS, 1).map((n) => newAccount(n, { recoveryAddress: signer(n).address }))),
  )
  snapshot = await fixture.client.snapshot()
})

beforeEach(async () => {
  await fixture.client.revert({ id: snapshot })
  snapshot = await fixture.client.snapshot()
})

afterAll(() => fixture.chain.stop())

function range(count: number, from: number): number[] {
  return Array.from({ length: count }, (_, i) => from + i)
}

/** A number of 30 bytes, like real commitments and public keys: calldata bytes cost gas. */
function large(n: number): Hex {
  return toHex(2n ** 240n - BigInt(n))
}

function strangers(count: number, authenticators = 1) {
  return range(count, 1).map((n) => {
    const keys = range(authenticators, 1000 + n * authenticators)
    return newAccount(n, {
      recoveryAddress: signer(n).address,
      authenticatorAddresses: keys.map((key) => signer(key).address),
      authenticatorPubkeys: keys.map(large),
      offchainSignerCommitment: large(n),
    })
  })
}

function inserts(count: number): Promise<Hex[]> {
  const operations = range(count, 1).map((n) =>
    fixture.insert(signer(n), {
      leafIndex: toHex(n),
      newAuthenticatorAddress: signer(1000 + n).address,
      newAuthenticatorPubkey: large(n),
      newOffchainSignerCommitment: large(n),
    }),
  )
  return Promise.all(operations)
}

function expectCost(receipt: { readonly status: string; readonly gasUsed: bigint }, expected: number): void {
  expect(receipt.status).toBe('success')
  expect(Number(receipt.gasUsed)).toBeGreaterThan(expected * (1 - TOLERANCE))
  expect(Number(receipt.gasUsed)).toBeLessThan(expected * (1 + TOLERANCE))
}

describe('the gas of a single operation', () => {
  const operations = {
    createAccount: { expected: 533_000, encode: async () => strangers(1).map(create) },
    insertAuthenticator: { expected: 528_000, encode: () => inserts(1) },
    updateAuthenticator: { expected: 530_000, encode: async () => [await fixture.update(signer(1))] },
    removeAuthenticator: { expected: 493_000, encode: async () => [await fixture.remove(signer(1))] },
    recoverAccount: { expected: 553_000, encode: async () => [await fixture.recover(signer(1))] },
  }
  test.each(Object.entries(operations))('%s', async (_name, { expected, encode }) => {
    for (const data of await encode()) expectCost(await fixture.send(data), expected)
  })
})

test.each([
  [1, 555_000],
  [2, 674_000],
  [5, 961_000],
  [10, 1_474_000],
  [16, 2_121_000],
  [50, 5_663_000],
  [100, 10_930_000],
  [200, 21_530_000],
])('the gas of createManyAccounts with %i accounts', async (count, expected) => {
  expectCost(await fixture.send(createMany(strangers(count))), expected)
})

test.each([
  [1, 694_000],
  [10, 2_957_000],
])('the gas of createManyAccounts with %i accounts of seven authenticators', async (count, expected) => {
  expectCost(await fixture.send(createMany(strangers(count, 7))), expected)
})

test.each([
  [1, 539_000],
  [2, 856_000],
  [5, 1_825_000],
  [10, 3_455_000],
  [20, 6_681_000],
  [50, 16_390_000],
  [100, 32_560_000],
])('the gas of aggregate3 with %i inserts', async (count, expected) => {
  expectCost(await fixture.sendAll(await inserts(count)), expected)
})

test.each([
  [1, 529_000],
  [10, 3_570_000],
  [50, 17_190_000],
])('the gas of aggregate3 with %i single creates', async (count, expected) => {
  expectCost(await fixture.sendAll(strangers(count).map(create)), expected)
})
