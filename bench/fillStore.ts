/** Fills the database of a gateway with accepted operations, as a crash leaves them. */
import { randomBytes, randomUUID } from 'node:crypto'
import { bytesToHex, createPublicClient, http, numberToHex } from 'viem'
import type { Devnet } from '../src/devnet/devnet.ts'
import type { OpEnvelope } from '../src/domain/operation.ts'
import { createIdleAccount } from '../src/load/account.ts'
import { secureRandom } from '../src/load/random.ts'
import { toEnvelope } from '../src/registry/envelope.ts'
import { operationKinds } from '../src/registry/worldId/kinds.ts'
import type { InsertAuthenticatorOp } from '../src/registry/worldId/operations.ts'
import { openThreadedStore } from '../src/store/sqlite/threadedStore.ts'

/** The queue has 16 creates for each account, and each account has 4 operations in its lane. */
const [CREATES, LANE_LENGTH] = [16, 4]

/** Writes per commit. */
const COMMIT = 2_000

const WORD = `0x${'5a'.repeat(32)}` as const

/** A start does not verify signatures. */
const INSERT: InsertAuthenticatorOp = {
  kind: 'insert_authenticator',
  leafIndex: '0x1',
  newAuthenticatorAddress: `0x${'5a'.repeat(20)}`,
  pubkeyId: 1,
  newAuthenticatorPubkey: WORD,
  oldOffchainSignerCommitment: WORD,
  newOffchainSignerCommitment: WORD,
  signature: `0x${'5a'.repeat(65)}`,
  nonce: '0x0',
}

type Envelope = Omit<OpEnvelope, 'sequence'>

export async function fillStore(path: string, chain: Devnet, operations: number): Promise<void> {
  const { chainId, registryAddress, rpcUrl } = chain
  const { hash: genesisHash } = await createPublicClient({ transport: http(rpcUrl) }).getBlock({
    blockNumber: 0n,
  })
  const store = await openThreadedStore(path)
  await store.bind({ chainId, registryAddress, genesisHash })
  const queue = endlessQueue()
  for (let first = 1; first <= operations; first += COMMIT) {
    const count = Math.min(COMMIT, operations - first + 1)
    const envelopes = Array.from({ length: count }, (_, index) => ({
      ...queue.next().value,
      sequence: first + index,
    }))
    await store.commit(envelopes.map((envelope) => ({ type: 'operation.accepted', envelope })))
  }
  await store.close()
}

/** Operations with different addresses. All else is copied, because a million encodings take minutes. */
function* endlessQueue(): Generator<Envelope, never> {
  const provenance = { id: randomUUID(), client: null, receivedAt: Date.now(), signer: null }
  const create = toEnvelope(operationKinds.create_account, createIdleAccount(secureRandom), provenance)
  const insert = toEnvelope(operationKinds.insert_authenticator, INSERT, provenance)
  for (let leaf = 1; ; leaf += 1) {
    for (let count = 0; count < CREATES; count += 1) yield withAddress(create)
    for (let nonce = 0; nonce < LANE_LENGTH; nonce += 1) yield inLane(withAddress(insert), leaf, nonce)
  }
}

function withAddress(envelope: Envelope): Envelope {
  const address = bytesToHex(randomBytes(20))
  const { operation } = envelope
  const changed =
    operation.kind === 'create_account'
      ? { ...operation, authenticatorAddresses: [address] }
      : { ...operation, newAuthenticatorAddress: address }
  return { ...envelope, id: randomUUID(), claims: [address], operation: changed } as Envelope
}

function inLane(envelope: Envelope, leaf: number, nonce: number): Envelope {
  const position = { leafIndex: numberToHex(leaf), nonce: numberToHex(nonce) }
  const operation = { ...envelope.operation, ...position } as Envelope['operation']
  return { ...envelope, lane: { leaf: String(leaf), nonce }, operation }
}
