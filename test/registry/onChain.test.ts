/** Compares the bindings and kinds with the registry on a local chain. */
import { privateKeyToAccount, sign } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Address, Hex } from '../../src/domain/primitives.ts'
import { encodeAggregate3 } from '../../src/evm/multicall.ts'
import { decodeSimulation, encodeSimulation, simulatorCode } from '../../src/evm/simulator.ts'
import { attribute } from '../../src/registry/attribution.ts'
import { registryFunctions } from '../../src/registry/worldId/abi.ts'
import { foldCreates } from '../../src/registry/worldId/fold.ts'
import { operationKinds } from '../../src/registry/worldId/kinds.ts'
import type {
  CreateAccountOp,
  InsertAuthenticatorOp,
  WorldIdOperation,
} from '../../src/registry/worldId/operations.ts'
import { registryDomain } from '../../src/registry/worldId/typedData.ts'
import { worldIdV1 } from '../../src/registry/worldId/worldId.ts'
import { startTestChain, type TestChain } from '../support/chain.ts'
import { registryAt } from '../support/registry.ts'
import { create, insert, recover, remove, update } from './samples.ts'

const keyOf = (n: number): Hex => `0x${n.toString(16).padStart(64, '0')}`
const addressOf = (n: number): Address => privateKeyToAccount(keyOf(n)).address.toLowerCase() as Address

/** Account n is created with authenticators 10n and 10n + 1, and is recovered by key 10n + 9. */
function account(n: number): CreateAccountOp {
  return {
    ...create,
    recoveryAddress: addressOf(10 * n + 9),
    authenticatorAddresses: [addressOf(10 * n), addressOf(10 * n + 1)],
    authenticatorPubkeys: ['0x1', '0x2'],
    offchainSignerCommitment: '0x64',
  }
}

let chain: TestChain

beforeAll(async () => {
  chain = await startTestChain()
})

afterAll(async () => {
  await chain.stop()
})

/** The same operation, signed with key n. */
async function signedBy<O extends WorldIdOperation>(n: number, operation: O): Promise<O> {
  const hash = operationKinds[operation.kind].digest(
    operation,
    registryDomain(chain.chainId, chain.registryAddress),
  )
  if (hash === null) return operation
  return { ...operation, signature: await sign({ hash, privateKey: keyOf(n), to: 'hex' }) }
}

const callOf = (operation: WorldIdOperation) => ({
  target: chain.registryAddress,
  callData: operationKinds[operation.kind].callData(operation),
})

/** Sends the calls in a single transaction. @returns for each operation whether it succeeded */
async function send(operations: readonly WorldIdOperation[], calls = operations.map(callOf)) {
  const receipt = await chain.client.sendTransactionSync({
    to: chain.multicallAddress,
    data: encodeAggregate3(calls),
    gas: 16_000_000n,
  })
  expect(receipt.status).toBe('success')
  const envelopes = operations.map((operation, index) => ({ id: `${index}`, operation }))
  const succeeded = attribute(envelopes, receipt.logs, registryAt(chain.registryAddress))
  return envelopes.map(({ id }) => succeeded.has(id))
}

/** The simulated result of each operation alone. */
async function simulate(operations: readonly WorldIdOperation[]) {
  const calls = operations.map((operation) => ({ ...callOf(operation), isolated: true }))
  const { data } = await chain.client.call({
    to: chain.multicallAddress,
    data: encodeSimulation(calls),
    gas: 60_000_000n,
    stateOverride: [{ address: chain.multicallAddress, code: simulatorCode }],
  })
  return decodeSimulation(data ?? '0x')
}

describe('the registry', () => {
  it('has the EIP-712 domain of the signatures', async () => {
    const separator = await chain.client.readContract({
      address: chain.registryAddress,
      abi: registryFunctions,
      functionName: 'domainSeparatorV4',
    })
    expect(registryDomain(chain.chainId, chain.registryAddress).separator).toBe(separator)
  })

  it('creates folded accounts, with a log for each', async () => {
    const accounts = [account(1), account(2), account(3), account(4)]
    const fold = { target: chain.registryAddress, callData: foldCreates(accounts) }
    expect(await send(accounts, [fold])).toEqual([true, true, true, true])
  })

  it('creates no account of a fold with an invalid create', async () => {
    const accounts = [account(5), account(1)]
    const fold = { target: chain.registryAddress, callData: foldCreates(accounts) }
    expect(await send(accounts, [fold])).toEqual([false, false])
  })

  it('logs every kind of success between failures of every kind', async () => {
    const at = (leaf: number, nonce: number) =>
      ({ leafIndex: `0x${leaf}`, nonce: `0x${nonce}`, oldOffchainSignerCommitment: '0x64' }) as const
    const inserted = { ...insert, ...at(1, 0), newAuthenticatorAddress: addressOf(12), pubkeyId: 2 }
    const updated = {
      ...update,
      ...at(2, 0),
      oldAuthenticatorAddress: addressOf(20),
      newAuthenticatorAddress: addressOf(22),
    }
    const removed = { ...remove, ...at(3, 0), authenticatorAddress: addressOf(31), pubkeyId: 1 }
    const recovered = { ...recover, ...at(4, 0), newAuthenticatorAddress: addressOf(42) }

    const operations: readonly [WorldIdOperation, boolean][] = [
      [await signedBy(11, { ...inserted, pubkeyId: 3, nonce: '0x1' }), false],
      [await signedBy(10, inserted), true],
      [await signedBy(10, inserted), false],
      [await signedBy(21, { ...updated, newAuthenticatorAddress: addressOf(23) }), false],
      [await signedBy(20, updated), true],
      [account(1), false],
      [account(6), true],
      [await signedBy(30, { ...removed, pubkeyId: 0 }), false],
      [await signedBy(30, removed), true],
      [await signedBy(40, { ...recovered, newAuthenticatorAddress: addressOf(43) }), false],
      [await signedBy(49, recovered), true],
    ]
    const outcomes = await send(operations.map(([operation]) => operation))
    expect(outcomes).toEqual(operations.map(([, success]) => success))
  })

  it('simulates each operation alone, with gas or a named error', async () => {
    const free: InsertAuthenticatorOp = {
      ...insert,
      leafIndex: '0x1',
      nonce: '0x1',
      oldOffchainSignerCommitment: '0xc8',
      newOffchainSignerCommitment: '0xc9',
      newAuthenticatorAddress: addressOf(13),
      pubkeyId: 3,
    }
    const outcomes = await simulate([
      await signedBy(10, free),
      await signedBy(10, { ...free, nonce: '0x0' }),
      await signedBy(10, { ...free, nonce: '0x2' }),
      await signedBy(10, { ...free, pubkeyId: 2 }),
      await signedBy(10, { ...free, newAuthenticatorAddress: addressOf(12) }),
      await signedBy(99, free),
      await signedBy(21, free),
      { ...free, signature: `0x${'00'.repeat(64)}1b` },
      await signedBy(10, { ...free, oldOffchainSignerCommitment: '0x63' }),
    ])
    const failures = outcomes.map(({ success, returnData }) =>
      success ? null : worldIdV1.toFailure(returnData, 'simulation'),
    )
    expect(failures).toMatchObject(
      [
        null,
        { type: 'NonceTooLow', expected: 1 },
        { type: 'NonceTooHigh', expected: 1 },
        { type: 'ContractError', code: 'pubkey_id_in_use' },
        { type: 'ContractError', code: 'authenticator_already_exists' },
        { type: 'ContractError', code: 'authenticator_does_not_exist' },
        { type: 'SimulationReverted', revert: { name: 'MismatchedLeafIndex', args: ['1', '2'] } },
        { type: 'InvalidSignature' },
        { type: 'SimulationReverted', revert: { name: 'LeafDoesNotExist' } },
      ].map((failure) => (failure === null ? null : failure)),
    )
    expect(outcomes[0]?.gasUsed).toBeGreaterThan(100_000)
  })
})
