/**
 * Verification of recoveries before their turn, on a real node. The agents are keys, contracts with a few bytes of code, and a
 * key with an EIP-7702 delegation.
 */
import { numberToHex } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPreflight } from '../../../src/actors/preflight/preflight.ts'
import { agentsIn, isSignedByOneOf } from '../../../src/actors/preflight/verifyAgents.ts'
import type { Address, Hex } from '../../../src/domain/primitives.ts'
import { recoverSigner } from '../../../src/evm/recoverSigner.ts'
import type { LiveAccount } from '../../../src/load/account.ts'
import { createKey, type Key } from '../../../src/load/key.ts'
import { operationKinds } from '../../../src/registry/worldId/kinds.ts'
import type { RecoverAccountOp } from '../../../src/registry/worldId/operations.ts'
import { changes, nextChange, seedAccounts, signedBy } from '../../support/accounts.ts'
import { versionAt } from '../../support/registry.ts'
import { methodsOf, type RpcCall } from '../../support/rpcProxy.ts'
import { startWorkshop, type Workshop } from '../support/workshop.ts'

/** Code that returns the word `1626ba7e000…`. */
const SAYS_YES: Hex = '0x631626ba7e60e01b60005260206000f3'
const AGENTS_THAT_DECLINE: readonly (readonly [string, Hex])[] = [
  ['answers zero', '0x60206000f3'],
  ['answers nothing', '0x00'],
  ['answers fewer bytes than a word', '0x631626ba7e60e01b60005260046000f3'],
  ['reverts', '0x60006000fd'],
  ['has invalid code', '0xfe'],
  ['burns all gas in a loop', '0x5b600056'],
]

let workshop: Workshop
let accounts: LiveAccount[]

beforeAll(async () => {
  workshop = await startWorkshop(22)
  const seeds = { count: 16, authenticators: 2, random: workshop.random }
  accounts = [...(await seedAccounts(workshop.chain, seeds))]
})

afterAll(() => workshop.stop())

function nextAccount(): LiveAccount {
  const account = accounts.pop()
  if (account === undefined) throw new RangeError('more accounts are needed')
  return account
}

/** A recovery of an account, signed by `key`. */
function recovery(account: LiveAccount, nonce: number, key: Key = account.recovery): RecoverAccountOp {
  const { signing } = workshop
  const { operation } = nextChange(account, 'recover_account', signing)
  return signedBy(key, operation, signing.domain, { nonce: numberToHex(nonce) })
}

function digestOf(operation: RecoverAccountOp): Hex {
  return operationKinds.recover_account.digest(operation, workshop.signing.domain) ?? '0x'
}

/** @param queued the operations of the lane that are admitted already */
function check(operation: RecoverAccountOp, queued: readonly string[] = []) {
  const { chain, client, simulate, store, signing } = workshop
  const preflight = createPreflight({
    pin: () => client,
    longest: 8_000,
    futureNonces: 'queue',
    simulatorAt: () => simulate,
    store,
    version: versionAt(chain.registryAddress),
    domain: () => signing.domain,
    predecessors: () => queued,
  })
  return preflight(operation, recoverSigner(digestOf(operation), operation.signature))
}

const setCode = (address: Address, bytecode: Hex) => workshop.chain.client.setCode({ address, bytecode })

const NOT_SIGNED = { code: 'bad_request', message: 'the signature is not valid for this account' }

describe('a recovery at a later nonce', () => {
  it('is refused if a stranger signed it, at each of the hundred nonces', async () => {
    const account = nextAccount()
    const stranger = createKey(workshop.random)
    const nonces = Array.from({ length: 100 }, (_, index) => index + 1)
    const checks = await Promise.allSettled(nonces.map((nonce) => check(recovery(account, nonce, stranger))))
    for (const refused of checks) {
      expect(refused).toMatchObject({ status: 'rejected', reason: expect.objectContaining(NOT_SIGNED) })
    }
  })

  it('is refused if an authenticator of the account signed it', async () => {
    const account = nextAccount()
    const [{ key }] = account.authenticators
    await expect(check(recovery(account, 1, key))).rejects.toMatchObject(NOT_SIGNED)
  })

  it('passes if the recovery agent signed it', async () => {
    expect(await check(recovery(nextAccount(), 100))).toEqual({ chainNonce: 0 })
  })

  it('is refused on an account that does not exist', async () => {
    const absent: LiveAccount = { ...nextAccount(), leafIndex: '0xffff' }
    await expect(check(recovery(absent, 1))).rejects.toMatchObject({ code: 'bad_request' })
  })

  it('passes if the agent is a contract that accepts the signature, whoever signed it', async () => {
    const account = nextAccount()
    await setCode(account.recovery.address, SAYS_YES)
    expect(await check(recovery(account, 1, createKey(workshop.random)))).toEqual({ chainNonce: 0 })
  })

  it.each(AGENTS_THAT_DECLINE)('is refused if the agent is a contract that %s', async (_, code) => {
    const account = nextAccount()
    await setCode(account.recovery.address, code)
    await expect(check(recovery(account, 1))).rejects.toMatchObject(NOT_SIGNED)
  })

  it('is decided by the delegate if the agent is a key with an EIP-7702 delegation', async () => {
    const account = nextAccount()
    const [honest, declining]: readonly Address[] = [`0x${'e1'.repeat(20)}`, `0x${'e2'.repeat(20)}`]
    await setCode(honest ?? '0x', SAYS_YES)
    await setCode(declining ?? '0x', '0x60206000f3')
    await setCode(account.recovery.address, `0xef0100${honest?.slice(2)}`)
    expect(await check(recovery(account, 1, createKey(workshop.random)))).toEqual({ chainNonce: 0 })
    await setCode(account.recovery.address, `0xef0100${declining?.slice(2)}`)
    await expect(check(recovery(account, 1))).rejects.toMatchObject(NOT_SIGNED)
  })
})

describe('a node that has no result', () => {
  it.each([
    { code: -32603, message: 'Internal error' },
    { code: -32050, message: 'words that no table has' },
  ])('is no answer of the agent: $message', async (error) => {
    const account = nextAccount()
    await setCode(account.recovery.address, SAYS_YES)
    const isQuestion = ({ method, params }: RpcCall) =>
      method === 'eth_call' && JSON.stringify(params).includes('"data":"0x1626ba7e')
    const lift = workshop.proxy.impose((call) => (isQuestion(call) ? error : call))
    await expect(check(recovery(account, 1))).rejects.not.toMatchObject({ code: 'bad_request' })
    lift()
  })
})

describe('a recovery whose earlier nonces are all queued', () => {
  it('is verified by the simulation, without a further call to the node', async () => {
    const account = nextAccount()
    const [insert, second] = changes(account, ['insert_authenticator', 'recover_account'], workshop.signing)
    if (insert === undefined || second?.kind !== 'recover_account') throw new Error('no operations')
    const ids = (await workshop.queue([insert])).map(({ id }) => id)
    const before = methodsOf(workshop.proxy).length
    expect(await check(second, ids)).toEqual({ chainNonce: 0 })
    expect(methodsOf(workshop.proxy).slice(before)).toEqual(['eth_call', 'eth_call'])

    const forged = signedBy(createKey(workshop.random), second, workshop.signing.domain)
    await expect(check(forged, ids)).rejects.toMatchObject(NOT_SIGNED)
  })
})

describe('an account whose agent may be replaced', () => {
  it('may be recovered by either agent', async () => {
    const [present, next, stranger] = [1, 2, 3].map(() => createKey(workshop.random))
    if (present === undefined || next === undefined || stranger === undefined) throw new Error('no keys')
    const word = ({ address }: Pick<Key, 'address'>): Hex => `0x${address.slice(2).padStart(64, '0')}`
    const answer = (returnData: Hex, success = true) => ({ success, returnData, gasUsed: 1 })
    const agents = agentsIn([
      answer(word(present)),
      answer(`${word(next)}${'00'.repeat(32)}`),
      answer(word({ address: `0x${'0'.repeat(40)}` })),
      answer(word(stranger), false),
      answer('0x'),
    ])
    expect(agents).toEqual([present.address, next.address])

    const account = nextAccount()
    const isAccepted = (key: Key) => {
      const operation = recovery(account, 1, key)
      const { client, chain } = workshop
      const { signature } = operation
      const signed = {
        digest: digestOf(operation),
        signature,
        signer: key.address,
        registry: chain.registryAddress,
      }
      return isSignedByOneOf(agents, signed, client)
    }
    expect(await Promise.all([present, next, stranger].map(isAccepted))).toEqual([true, true, false])
  })
})
