/** Compares the registry's Merkle tree with a tree computed from all leaves. */
import { encodePacked, keccak256, toHex } from 'viem'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Hex } from '../../src/domain/primitives.ts'
import {
  create,
  createMany,
  type NewAccount,
  newAccount,
  type RegistryFixture,
  signer,
  startRegistry,
} from './registryFixture.ts'

const DEPTH = 30

/** Order of BN254's scalar field. */
const FIELD = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n

let fixture: RegistryFixture

beforeAll(async () => {
  fixture = await startRegistry()
})

afterAll(() => fixture.chain.stop())

function hash(left: bigint, right: bigint): bigint {
  return BigInt(keccak256(encodePacked(['uint256', 'uint256'], [left, right]))) % FIELD
}

/** The root of the tree. Leaf 0 is unused and zero. */
function rootOver(accounts: readonly bigint[]): bigint {
  let nodes = [0n, ...accounts]
  let empty = 0n
  for (let level = 0; level < DEPTH; level++) {
    const filled = [...nodes, empty]
    nodes = Array.from({ length: Math.ceil(nodes.length / 2) }, (_, i) =>
      hash(filled[2 * i] ?? empty, filled[2 * i + 1] ?? empty),
    )
    empty = hash(empty, empty)
  }
  return nodes[0] ?? empty
}

/** The root after the transactions. The transactions are undone afterwards. */
async function rootAfter(transactions: readonly Hex[]): Promise<bigint> {
  const { client, registry, send } = fixture
  const before = await client.snapshot()
  for (const transaction of transactions) expect((await send(transaction)).status).toBe('success')
  const root = await client.readContract({ ...registry, functionName: 'getLatestRoot' })
  expect(await client.readContract({ ...registry, functionName: 'currentRoot' })).toBe(root)
  await client.revert({ id: before })
  return root
}

const leaves = Array.from({ length: 11 }, (_, i) => 100n + BigInt(i))

const accounts: readonly NewAccount[] = leaves.map((leaf, i) =>
  newAccount(i + 1, { offchainSignerCommitment: toHex(leaf) }),
)

test('the tree is empty at first', async () => {
  expect(await rootAfter([])).toBe(rootOver([]))
})

test('the tree grows by single accounts', async () => {
  for (const count of [1, 2, 3, 11]) {
    expect(await rootAfter(accounts.slice(0, count).map(create)), `${count}`).toBe(
      rootOver(leaves.slice(0, count)),
    )
  }
})

test('the tree grows by many accounts at once, from any size', async () => {
  for (const cut of [0, 1, 2, 3, 4, 7, 10]) {
    const portions = [accounts.slice(0, cut), accounts.slice(cut)].filter((portion) => portion.length > 0)
    expect(await rootAfter(portions.map(createMany)), `after ${cut}`).toBe(rootOver(leaves))
  }
})

test('the tree changes any leaf', async () => {
  for (const index of [1, 2, 7, 11]) {
    const insert = await fixture.insert(signer(index), {
      leafIndex: toHex(index),
      oldOffchainSignerCommitment: toHex(leaves[index - 1] ?? 0n),
      newOffchainSignerCommitment: '0x9',
    })
    const changed = leaves.with(index - 1, 9n)
    expect(await rootAfter([createMany(accounts), insert]), `leaf ${index}`).toBe(rootOver(changed))
  }
})

test('the proof of a leaf leads to the root', async () => {
  const { client, registry, send } = fixture
  const before = await client.snapshot()
  await send(createMany(accounts))
  for (const index of [0, 1, 6, 11]) {
    const proof = await client.readContract({ ...registry, functionName: 'getProof', args: [BigInt(index)] })
    const leaf = index === 0 ? 0n : (leaves[index - 1] ?? 0n)
    const root = proof.reduce(
      (node, sibling, level) => ((index >> level) & 1 ? hash(sibling, node) : hash(node, sibling)),
      leaf,
    )
    expect(root, `leaf ${index}`).toBe(rootOver(leaves))
  }
  const beyond = client.readContract({ ...registry, functionName: 'getProof', args: [12n] })
  await expect(beyond).rejects.toThrow('0x118f6218')
  await client.revert({ id: before })
})
